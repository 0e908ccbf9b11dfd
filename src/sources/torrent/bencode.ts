/** What bencoding holds (BEP 3): bytes, numbers, lists, and dictionaries by their keys read as latin1. */
export type Bencoded = Buffer | number | readonly Bencoded[] | ReadonlyMap<string, Bencoded>;

/** It is not bencoded, or not as far as anybody needs it. */
export class NotBencoded extends Error {
  override readonly name = 'NotBencoded';
}

/** Torrents nest half a dozen deep; the trees of files of the second version as deep as folders. */
const DEPTH_MOST = 100;

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

const fail = (): never => {
  throw new NotBencoded('it is not bencoded');
};

/** The digits before this character, which is passed over. */
const numberUntil = (reader: Reader, end: string, form: RegExp): number => {
  const { bytes, at } = reader;
  // No number that counts is longer.
  const found = bytes.subarray(at, at + 22).indexOf(end);
  const digits = found < 0 ? '' : bytes.toString('latin1', at, at + found);
  const value = form.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isSafeInteger(value)) fail();
  reader.at = at + found + 1;
  return value;
};

const bytesAt = (reader: Reader): Buffer => {
  const length = numberUntil(reader, ':', /^\d+$/);
  const end = reader.at + length;
  if (end > reader.bytes.length) fail();
  const found = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return found;
};

const isEnd = (reader: Reader): boolean => {
  if (reader.at >= reader.bytes.length) fail();
  if (reader.bytes[reader.at] !== 0x65) return false;
  reader.at += 1;
  return true;
};

const readValue = (reader: Reader, depth: number, onSpan?: (key: string, span: Buffer) => void): Bencoded => {
  if (depth > DEPTH_MOST) fail();
  const kind = String.fromCharCode(reader.bytes[reader.at] ?? 0);
  if (/\d/.test(kind)) return bytesAt(reader);
  reader.at += 1;
  if (kind === 'i') return numberUntil(reader, 'e', /^-?\d+$/);
  if (kind === 'l') {
    const list: Bencoded[] = [];
    while (!isEnd(reader)) list.push(readValue(reader, depth + 1));
    return list;
  }
  if (kind !== 'd') return fail();
  const entries = new Map<string, Bencoded>();
  while (!isEnd(reader)) {
    const key = bytesAt(reader).toString('latin1');
    const from = reader.at;
    const value = readValue(reader, depth + 1);
    // Of a key that stands there twice nobody knows which one others read.
    if (entries.has(key)) fail();
    entries.set(key, value);
    onSpan?.(key, reader.bytes.subarray(from, reader.at));
  }
  return entries;
};

/**
 * Reads a dictionary, and what its entries look like as bytes: hashes are of those.
 * @throws NotBencoded
 */
export const readDictionary = (
  bytes: Buffer,
): { readonly entries: ReadonlyMap<string, Bencoded>; readonly spans: ReadonlyMap<string, Buffer> } => {
  const spans = new Map<string, Buffer>();
  const reader: Reader = { bytes, at: 0 };
  const entries = readValue(reader, 0, (key, span) => spans.set(key, span));
  if (!(entries instanceof Map) || reader.at !== bytes.length) fail();
  return { entries: entries as ReadonlyMap<string, Bencoded>, spans };
};
