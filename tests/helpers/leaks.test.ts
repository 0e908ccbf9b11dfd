import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { leaksIn, unpacked } from './leaks.ts';

const secret = { name: 'a secret', text: 'Se"cret+Words/0123456789-of?Length' };
const search = (text: string | Buffer): readonly string[] => leaksIn(unpacked('here', Buffer.from(text)), [secret]);
const { text } = secret;

it.each<readonly [form: string, planted: string]>([
  ['as it is', `before ${text} after`],
  ['as it is', `cut off: ${text.slice(0, 16)}…`],
  ['as it is', `ends in ${text.slice(-16)}`],
  ['in a URL', `/x?y=${encodeURIComponent(text)}`],
  ['percent-encoded', Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&')],
  ['in JSON', JSON.stringify({ text })],
  ['in JSON', JSON.stringify(JSON.stringify({ text }))],
  ...['', 'a', 'ab', 'name:'].flatMap((before) => [
    ['in Base64', Buffer.from(`${before}${text}.`).toString('base64')] as const,
    ['in Base64', Buffer.from(`${before}${text}.`).toString('base64url')] as const,
  ]),
  ['in hexadecimal', Buffer.from(text).toString('hex')],
  ['in UTF-16', Buffer.from(text, 'utf16le').toString('latin1')],
])('finds a secret %s', (form, planted) => {
  expect(search(Buffer.from(planted, 'latin1'))).toContain(`here: a secret, ${form}`);
  expect(search(gzipSync(Buffer.from(planted, 'latin1')))).toContain(`here, unpacked: a secret, ${form}`);
});

it('finds one that a database holds in pieces', () => {
  const database = new Database(':memory:');
  database.pragma('page_size = 512');
  database.exec('VACUUM; CREATE TABLE t (x TEXT)');
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  for (let before = 400; before < 440; before += 1) insert.run('x'.repeat(before) + text + 'x'.repeat(2000));
  expect(search(gzipSync(database.serialize()))).toContain('here, unpacked, its rows: a secret, as it is');
  database.close();
});

it.each(['https://h/x?a=1&X-Amz-Signature=abcdef', '/x?to=h%3FSignature%3Dabcdef', '"h?a\\u0026sig=abcdef"'])(
  'finds a signed URL: %s',
  (planted) => expect(search(planted)).toHaveLength(1),
);

it('finds nothing where all is hidden', () => {
  expect(search('h?Signature=[signed]&sig=•••••&sig=sealed.1.abc, X-Amz-Date, Signature: 8a477f59, Se"cret')).toEqual(
    [],
  );
});
