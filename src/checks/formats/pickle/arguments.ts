import type { Cursor } from '../../bytes/cursor.ts';
import { broken } from '../../bytes/fault.ts';
import type { Value } from './stack.ts';

/** Of a line that is looked at; what is longer is passed over. */
const LINE_KEPT = 1024;

/** A line as text; undefined if it is longer than anything that matters. */
export const readLine = (cursor: Cursor): string | undefined => {
  const letters: number[] = [];
  for (let length = 0; ; length += 1) {
    const byte = cursor.u8();
    if (byte === 10) return length > LINE_KEPT ? undefined : Buffer.from(letters).toString('utf8');
    if (letters.length < LINE_KEPT) letters.push(byte);
  }
};

/** A text of so many bytes; undefined if it is longer than anything that matters. */
export const readText = (cursor: Cursor, length: number): string | undefined => {
  if (length <= LINE_KEPT) return cursor.bytes(length).toString('utf8');
  cursor.skip(length);
  return undefined;
};

/** How much follows, in four bytes. @throws Fault: below zero */
export const signedLength = (cursor: Cursor): number => {
  const length = cursor.i32();
  return length < 0 ? broken(`has a length below zero at byte ${cursor.at() - 4}`) : length;
};

/** An index of the memo, as picklers write it. Python takes more for one, `1_0` and ten thousand zeros: no two readings of it may differ. */
export const memoIndex = (cursor: Cursor): number => {
  const at = cursor.at();
  const line = readLine(cursor);
  return line !== undefined && /^\d{1,10}$/.test(line) ? Number(line) : broken(`has no place of a memo at byte ${at}`);
};

/** Text in quotes, as Python 2 wrote it; what is escaped in it is worked out when it is loaded. */
export const quoted = (line: string | undefined): Value => {
  const [, text] = /^(?:'([^'\\]*)'|"([^"\\]*)")$/.exec(line ?? '')?.filter((part) => part !== undefined) ?? [];
  return text;
};

/** `raw-unicode-escape`: a text with escapes is worked out when it is loaded. */
export const unescaped = (line: string | undefined): Value => (line?.includes('\\') === true ? undefined : line);

/** A number that was written as text, long ones with an `L`; undefined: none that fits. */
export const integer = (line: string | undefined): Value => {
  const value = Number(line?.replace(/L$/, ''));
  return Number.isSafeInteger(value) ? value : undefined;
};

/** The few integers of LONG1 that matter: sizes, little-endian. */
export const smallLong = (cursor: Cursor): Value => {
  const length = cursor.u8();
  const bytes = cursor.bytes(length);
  if (length === 0) return 0;
  return length <= 6 && (bytes[length - 1] ?? 0) < 128 ? bytes.readUIntLE(0, length) : undefined;
};
