import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { refuse } from '../domain/errors.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { codeOf } from '../lib/error-code.ts';
import { type RepoPaths, repoPaths } from './layout.ts';

type SnapshotFile = Pick<PieceWanted, 'repoFolder' | 'commit' | 'path'>;

/** Which part of a file of a snapshot is asked for. */
export interface PieceWanted {
  readonly repoFolder: string;
  readonly commit: string;
  readonly path: string;
  readonly start: number;
  /** `PIECE_MOST` at most. */
  readonly bytes: number;
}

export interface Piece {
  /** Of the whole file, in bytes. */
  readonly size: number;
  /** In base64; less than was asked for at the end of the file, nothing behind it. */
  readonly content: string;
}

/** Of headers that is enough, or a few of them are. */
export const PIECE_MOST = 1024 * 1024;

/** What a link was put in the place of is not waited for: a pipe would keep a thread for ever. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const checkRange = ({ start, bytes }: PieceWanted): void => {
  const isRange = Number.isSafeInteger(start) && start >= 0 && Number.isSafeInteger(bytes) && bytes > 0;
  if (!isRange || bytes > PIECE_MOST) refuse(`A piece begins at a byte and has 1 to ${PIECE_MOST} of them.`);
};

const notThere = ({ path }: SnapshotFile): never => refuse(`The copy has no file “${path}”.`, 'not_found');

/** Where the file truly lies. @throws AppError not_found; integrity: a link leads out of the folder that it belongs to */
const realPathOf = async (paths: RepoPaths, wanted: SnapshotFile): Promise<string> => {
  const entry = paths.entry(wanted.commit, wanted.path);
  const folder = paths.isWebFile ? dirname(entry) : paths.root;
  const [root, real] = await Promise.all([folder, entry].map((path) => realpath(path).catch(() => undefined)));
  if (root === undefined || real === undefined) return notThere(wanted);
  if (!real.startsWith(root + sep))
    refuse(`“${wanted.path}” is a link that leads out of the repository’s folder. Nothing was read.`, 'integrity');
  return real;
};

/**
 * Opens a file of a snapshot for reading, and closes it afterwards.
 * @throws AppError not_found; integrity: its path, or a link, leads out of the repository's folder; whatever the disk or `use` says
 */
export const withFile = async <T>(
  cacheDir: string,
  wanted: SnapshotFile,
  use: (file: FileHandle, size: number) => Promise<T> | T,
): Promise<T> => {
  const path = await realPathOf(repoPaths(cacheDir, wanted.repoFolder), wanted);
  try {
    const file = await open(path, FLAGS);
    try {
      const found = await file.stat();
      return found.isFile() ? await use(file, found.size) : notThere(wanted);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return notThere(wanted);
    throw diskFailure(error, path);
  }
};

/**
 * Reads a piece of a file of a snapshot.
 * @throws AppError not_found; validation: no such range; integrity: its path, or a link, leads out of the repository's
 * folder; whatever the disk says
 */
export const readPiece = async (cacheDir: string, wanted: PieceWanted): Promise<Piece> => {
  checkRange(wanted);
  return withFile(cacheDir, wanted, async (file, size) => {
    const length = Math.max(0, Math.min(wanted.bytes, size - wanted.start));
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, wanted.start);
    return { size, content: buffer.toString('base64', 0, bytesRead) };
  });
};
