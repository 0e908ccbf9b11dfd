/* checks/bytes: bytes that nobody trusts, read within their bounds. */

import { readSync } from 'node:fs';
import { broken, unread } from './fault.ts';

/** Bytes with a beginning and an end: a file, a part of one, or what was unpacked. */
export interface Bytes {
  readonly size: number;
  /** Exactly so many, all of which lie before the end. */
  readonly read: (start: number, length: number) => Buffer;
}

/** A place in bytes that moves on as they are read. Whatever lies behind the end is a fault of the file. */
export interface Cursor {
  readonly size: number;
  readonly at: () => number;
  readonly left: () => number;
  readonly jump: (to: number) => void;
  readonly skip: (bytes: number) => void;
  readonly u8: () => number;
  readonly u16: () => number;
  readonly u32: () => number;
  readonly i32: () => number;
  /** Little-endian, as all of these. @throws Fault: more than any file could mean */
  readonly u64: () => number;
  readonly bytes: (length: number) => Buffer;
}

/** Read from the disk at once. */
const WINDOW = 32 * 1024;
/**
 * Read of one file in all: the largest header that a format allows, several times over. A file that leads from place to place
 * for longer is left.
 */
const READ_MOST = 1024 ** 3;

/** @param fd of an open file, which stays open @throws whatever the disk says */
export const bytesOfFile = (fd: number, size: number): Bytes => {
  let readBytes = 0;
  return {
    size,
    read: (start, length) => {
      readBytes += length;
      if (readBytes > READ_MOST) unread('is longer than a check reads of a file');
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const bytes = readSync(fd, buffer, filled, length - filled, start + filled);
        if (bytes === 0) broken(`ends at byte ${start + filled}, before its ${size} bytes: it is being changed`);
        filled += bytes;
      }
      return buffer;
    },
  };
};

/** What lies in memory already. */
export const bytesOfBuffer = (buffer: Buffer): Bytes => ({
  size: buffer.length,
  read: (start, length) => buffer.subarray(start, start + length),
});

/** @returns a part of these bytes, with places of its own @throws Fault: it leads behind the end */
export const partOf = (bytes: Bytes, start: number, length: number): Bytes => {
  if (start + length > bytes.size) broken(`ends at byte ${bytes.size}, in the middle of what should be there`);
  return { size: length, read: (from, count) => bytes.read(start + from, count) };
};

/** @returns a place at the beginning of these bytes, which are read from the disk in windows */
export const cursorOf = (source: Bytes): Cursor => {
  const { size } = source;
  let offset = 0;
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;

  /** The bytes at the place, which moves on behind them. */
  const take = (length: number): Buffer => {
    const end = offset + length;
    if (end > size) broken(`ends at byte ${size}, in the middle of what should be there`);
    if (length > WINDOW) {
      const whole = source.read(offset, length);
      offset = end;
      return whole;
    }
    if (offset < windowStart || end > windowStart + window.length) {
      window = source.read(offset, Math.min(WINDOW, size - offset));
      windowStart = offset;
    }
    const from = offset - windowStart;
    offset = end;
    return window.subarray(from, from + length);
  };
  const jump = (to: number): void => {
    if (to > size) broken(`ends at byte ${size}, but what it says of itself needs ${to}`);
    offset = to;
  };
  const u8 = (): number => {
    const at = offset - windowStart;
    if (at < 0 || at >= window.length || offset >= size) return take(1)[0] ?? 0;
    offset += 1;
    return window[at] ?? 0;
  };
  return {
    size,
    at: () => offset,
    left: () => size - offset,
    jump,
    skip: (bytes) => jump(offset + bytes),
    u8,
    u16: () => take(2).readUInt16LE(),
    u32: () => take(4).readUInt32LE(),
    i32: () => take(4).readInt32LE(),
    u64: () => {
      const value = take(8).readBigUInt64LE();
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) broken(`holds a count of ${value} at byte ${offset - 8}`);
      return Number(value);
    },
    bytes: take,
  };
};
