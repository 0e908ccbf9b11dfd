import { expect, it } from 'vitest';
import { decodeText } from '../../src/lib/text/decode.ts';

const TEXT = '{"name": "grüße 🦙"}\r\n';
const utf16be = Buffer.from(TEXT, 'utf16le').swap16();

it.each([
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8 with a mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(TEXT)])],
  ['UTF-16, low bytes first', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(TEXT, 'utf16le')])],
  ['UTF-16, high bytes first', Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be])],
])('text in %s is read', (_, bytes) => {
  expect(decodeText(bytes)).toBe(TEXT);
});

it.each([
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0])],
  ['zeros', Buffer.alloc(8)],
  ['UTF-16 without a mark', Buffer.from(TEXT, 'utf16le')],
])('%s is no text', (_, bytes) => {
  expect(decodeText(bytes)).toBeUndefined();
});
