/** LZ4 as the frames of lz4_Frame_format.md hold it, made plainly: what a reader meets, not what a writer would want. */

const LEAST_MATCH = 4;
/** The last match begins so many bytes before the end, and the last bytes are literals (lz4_Block_format.md). */
const LAST_MATCH = 12;
const LAST_LITERALS = 5;
const FARTHEST = 65_535;
const TABLE_BITS = 13;

const MAGIC = 0x184d2204;
/** Version 1, blocks that do not depend on each other, no checksums, no size. */
const FLAGS = 0x60;
/** By the code of the largest block: its bytes, and the checksum of the header (the second byte of xxHash-32). */
const BLOCKS = [
  { code: 0x40, bytes: 65_536, checksum: 0x82 },
  { code: 0x50, bytes: 262_144, checksum: 0xfb },
] as const;
/** Set in a block's size if its bytes are as they were. */
const AS_IS = 0x8000_0000;

/** What is written, one thing behind the other. */
interface Output {
  readonly bytes: Buffer;
  at: number;
}

const writeByte = (out: Output, byte: number): void => {
  out.bytes[out.at] = byte;
  out.at += 1;
};

const writeLength = (out: Output, length: number): void => {
  let left = length - 15;
  for (; left >= 255; left -= 255) writeByte(out, 255);
  writeByte(out, left);
};

const writeSequence = (out: Output, literals: Uint8Array, match?: { length: number; distance: number }): void => {
  const matched = match ? match.length - LEAST_MATCH : 0;
  writeByte(out, (Math.min(15, literals.length) << 4) | Math.min(15, matched));
  if (literals.length >= 15) writeLength(out, literals.length);
  out.bytes.set(literals, out.at);
  out.at += literals.length;
  if (!match) return;
  writeByte(out, match.distance & 0xff);
  writeByte(out, match.distance >>> 8);
  if (matched >= 15) writeLength(out, matched);
};

/** @returns the bytes as one LZ4 block, which may be longer than they are */
const packBlock = (bytes: Buffer): Buffer => {
  // A block of nothing but literals is longer by one byte in 255 (LZ4_compressBound).
  const out: Output = { bytes: Buffer.allocUnsafe(bytes.length + Math.ceil(bytes.length / 255) + 16), at: 0 };
  const seen = new Int32Array(1 << TABLE_BITS).fill(-1);
  let literals = 0;
  for (let at = 0; at + LAST_MATCH <= bytes.length; ) {
    const word = bytes.readUInt32LE(at);
    const slot = Math.imul(word, 2_654_435_761) >>> (32 - TABLE_BITS);
    const before = seen[slot] ?? -1;
    seen[slot] = at;
    if (before < 0 || at - before > FARTHEST || bytes.readUInt32LE(before) !== word) {
      at += 1;
      continue;
    }
    let length = LEAST_MATCH;
    while (at + length < bytes.length - LAST_LITERALS && bytes[before + length] === bytes[at + length]) length += 1;
    writeSequence(out, bytes.subarray(literals, at), { length, distance: at - before });
    at += length;
    literals = at;
  }
  writeSequence(out, bytes.subarray(literals));
  return out.bytes.subarray(0, out.at);
};

const withSize = (size: number, bytes: Buffer): Buffer[] => {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(size >>> 0);
  return [head, bytes];
};

/** @returns an LZ4 frame; bytes that get no smaller lie in it as they are */
export const packLz4 = (bytes: Buffer): Buffer => {
  const form = bytes.length <= BLOCKS[0].bytes ? BLOCKS[0] : BLOCKS[1];
  const head = Buffer.alloc(7);
  head.writeUInt32LE(MAGIC);
  head.set([FLAGS, form.code, form.checksum], 4);
  const pieces: Buffer[] = [head];
  for (let at = 0; at < bytes.length; at += form.bytes) {
    const plain = bytes.subarray(at, at + form.bytes);
    const packed = packBlock(plain);
    const isSmaller = packed.length < plain.length;
    pieces.push(...withSize(isSmaller ? packed.length : AS_IS + plain.length, isSmaller ? packed : plain));
  }
  return Buffer.concat([...pieces, Buffer.alloc(4)]);
};
