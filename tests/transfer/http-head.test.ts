import { describe, expect, it } from 'vitest';
import { HEAD_MOST, readHead, writeRequest } from '../../src/transfer/http/head.ts';
import { createDice } from '../helpers/dice.ts';

const GOOD = 'HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nETag: "a"\r\n';
const read = (text: string) => readHead(Buffer.from(text, 'latin1'));

describe('the head of an answer', () => {
  it('is read when all of it is there, and tells where the body begins', () => {
    const head = read(`${GOOD}\r\nhello`);
    expect(head).toMatchObject({ status: 206, length: 5, bodyAt: GOOD.length + 2, keepAlive: true });
    const headers = typeof head === 'string' ? [] : [...head.headers];
    expect(headers).toEqual([
      ['content-length', '5'],
      ['etag', '"a"'],
    ]);
    for (let cut = 0; cut < GOOD.length + 2; cut += 1) expect(read(`${GOOD}\r\n`.slice(0, cut))).toBe('more');
  });

  it('says whether the connection can be used again', () => {
    expect(read(`${GOOD}Connection: close\r\n\r\n`)).toMatchObject({ keepAlive: false });
    expect(read(`${GOOD}Connection: Keep-Alive\r\n\r\n`)).toMatchObject({ keepAlive: true });
  });

  it.each([
    ['another version', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['an answer before the answer', 'HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n'],
    ['no length', 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n'],
    ['chunks', `${GOOD}Transfer-Encoding: chunked\r\n\r\n`],
    ['two lengths', `${GOOD}Content-Length: 6\r\n\r\n`],
    ['the same length twice', `${GOOD}content-length: 5\r\n\r\n`],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n'],
    ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n'],
    ['a length behind what looks like a space', 'HTTP/1.1 200 OK\r\nContent-Length: \xa05\r\n\r\n'],
    ['a length without end', `HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(16)}\r\n\r\n`],
    ['a continued line', `${GOOD}X: a\r\n b\r\n\r\n`],
    ['a space before the colon', `${GOOD}X : a\r\n\r\n`],
    ['a line break of one character', `${GOOD}X: a\nContent-Range: b\r\n\r\n`],
    ['a null', `${GOOD}X: a\0b\r\n\r\n`],
    ['a line without a name', `${GOOD}: a\r\n\r\n`],
    ['an answer without a body that has a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    ['something to upgrade to', `${GOOD}Upgrade: h2c\r\n\r\n`],
    ['a head without end', `${GOOD}X: ${'a'.repeat(HEAD_MOST)}`],
    ['a hundred and one headers', `${GOOD}${'X: a\r\n'.repeat(100)}\r\n`],
  ])('with %s is odd', (_, text) => {
    expect(read(text)).toBe('odd');
  });

  it('is never taken for something else, however it is damaged', () => {
    const dice = createDice(77);
    const parts = [
      GOOD,
      '\r\n',
      '\n',
      '\r',
      ':',
      ' ',
      '\0',
      'Content-Length: 7',
      '5',
      ',',
      'Transfer-Encoding: x',
      'é',
      '\r\n\r\n',
    ];
    for (let round = 0; round < 10_000; round += 1) {
      let text = `${GOOD}\r\nhello`;
      for (let changes = 1 + dice(4); changes > 0; changes -= 1) {
        const at = dice(text.length);
        text = text.slice(0, at) + (parts[dice(parts.length)] ?? '') + text.slice(at + dice(3));
      }
      const head = read(text);
      if (typeof head === 'string') continue;
      // Whatever is believed was said exactly once, in a line of its own, and ends where the first empty line is.
      const lines = text.slice(0, head.bodyAt - 4).split('\r\n');
      expect(text.indexOf('\r\n\r\n')).toBe(head.bodyAt - 4);
      const lengths = lines.filter((line) => /^content-length:/i.test(line));
      expect(lengths).toHaveLength(1);
      expect(Number(lengths[0]?.split(':')[1])).toBe(head.length);
      expect(lines.join('')).not.toMatch(/[\r\n\0]/);
      expect(lines.some((line) => /^transfer-encoding/i.test(line))).toBe(false);
    }
  });
});

describe('a request', () => {
  it('is written as it is signed', () => {
    expect(writeRequest(new URL('http://x:81/a%2Fb?c=d&e'), { range: 'bytes=0-1' })).toBe(
      'GET /a%2Fb?c=d&e HTTP/1.1\r\nhost: x:81\r\nrange: bytes=0-1\r\n\r\n',
    );
  });

  it('is not written if something in it would be read as more than it is', () => {
    const url = new URL('http://x/');
    for (const value of ['a\r\nb: c', 'a\nb', 'a\0', 'é']) expect(writeRequest(url, { x: value })).toBeUndefined();
    expect(writeRequest(url, { 'x y': 'a' })).toBeUndefined();
  });
});
