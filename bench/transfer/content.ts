import { createHash } from 'node:crypto';
import { createDice } from '../../tests/helpers/dice.ts';

const MIB = 2 ** 20;
/** What every file repeats; no power of two, so that no two megabytes of a file are the same. */
const PERIOD = 7 * MIB + 13;
/** The most that is sent in one piece. */
const PIECE = MIB;

const makePattern = (): Buffer => {
  const dice = createDice(5);
  const pattern = Buffer.allocUnsafe(PERIOD + PIECE);
  for (let at = 0; at < PERIOD; at += 1) pattern[at] = dice(256);
  pattern.copy(pattern, PERIOD, 0, PIECE);
  return pattern;
};

const pattern = makePattern();

/** A file of the bench: its first bytes are its name, so that no two have one hash; the rest is taken from a buffer. */
export interface BenchFile {
  readonly path: string;
  readonly size: number;
  readonly isLfs: boolean;
  /** SHA-256 for LFS, git blob SHA-1 otherwise. */
  readonly etag: string;
  /** At most PIECE bytes from `start`. */
  readonly piece: (start: number, end: number) => Buffer;
}

const hashOf = (file: Omit<BenchFile, 'etag'>): string => {
  const hash = createHash(file.isLfs ? 'sha256' : 'sha1');
  if (!file.isLfs) hash.update(`blob ${file.size}\0`);
  for (let at = 0; at < file.size; ) {
    const piece = file.piece(at, file.size);
    hash.update(piece);
    at += piece.length;
  }
  return hash.digest('hex');
};

export const benchFile = (path: string, size: number, isLfs: boolean): BenchFile => {
  const head = Buffer.from(`${path}\n`).subarray(0, size);
  const piece = (start: number, end: number): Buffer => {
    if (start < head.length) return head.subarray(start, Math.min(end, head.length));
    const from = start % PERIOD;
    return pattern.subarray(from, from + Math.min(PIECE, end - start));
  };
  const file = { path, size, isLfs, piece };
  return { ...file, etag: hashOf(file) };
};
