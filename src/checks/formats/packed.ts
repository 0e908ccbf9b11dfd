import { gunzipSync, inflateSync } from 'node:zlib';
import { type Bytes, bytesOfBuffer } from '../bytes/cursor.ts';
import { broken, unread } from '../bytes/fault.ts';

const UNPACKED_MOST = 64 * 1024 * 1024;

/** How files begin that joblib writes packed (joblib/compressor.py). No pickle begins so. */
const PACKED: readonly (readonly [begins: string, unpack: ((packed: Buffer) => Buffer) | undefined])[] = [
  ['\u001f\u008b', (packed) => gunzipSync(packed, { maxOutputLength: UNPACKED_MOST })],
  ['x', (packed) => inflateSync(packed, { maxOutputLength: UNPACKED_MOST })],
  ['BZh', undefined],
  ['\u00fd7zXZ', undefined],
  [']\0\0', undefined],
  ['\u0004"M\u0018', undefined],
];

const tooLarge = (): never => unread('is packed, and larger than a check unpacks');

/** What was packed as one; anything else as it is. @throws Fault or Unread */
export const unpacked = (bytes: Bytes): Bytes => {
  const head = bytes.read(0, Math.min(bytes.size, 8)).toString('latin1');
  const found = PACKED.find(([begins]) => head.startsWith(begins));
  if (!found) return bytes;
  const [, unpack] = found;
  if (!unpack) return unread('is packed in a way that a check does not know');
  if (bytes.size > UNPACKED_MOST) tooLarge();
  try {
    return bytesOfBuffer(unpack(bytes.read(0, bytes.size)));
  } catch (error) {
    if (error instanceof RangeError) return tooLarge();
    return broken('cannot be unpacked');
  }
};
