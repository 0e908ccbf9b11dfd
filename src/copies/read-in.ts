import { type FileHandle, open, realpath } from 'node:fs/promises';
import type { RepoFile } from '../domain/listing.ts';
import type { Clock } from '../lib/clock.ts';
import { fileSize, putInPlace, type RepoPaths, tryToLink } from '../cache/layout.ts';
import type { ReadCaches } from '../cache/read-caches.ts';
import type { BlobProgress } from '../transfer/engine/blob.ts';
import type { Transfer } from '../transfer/transfer.ts';

/** What it takes to bring a blob in from a cache of others. */
export interface ReadingIn {
  readonly transfer: Pick<Transfer, 'hash'>;
  readonly readCaches: Pick<ReadCaches, 'failed'>;
  /** @throws AppError no_space: what should stay free would be used up */
  readonly checkFloor: () => Promise<void>;
  readonly clock: Clock;
  readonly paths: RepoPaths;
  readonly signal: AbortSignal;
}

/** How far it is; what is shown of it is what a blob on its way shows. */
export interface ReadingProgress {
  readonly progress: () => BlobProgress;
  /** Bytes that are here. */
  ready: number;
  lastByteAt: number;
  verifying: boolean;
}

/** Nothing has begun. */
export const createReadingProgress = (): ReadingProgress => {
  const state: ReadingProgress = {
    ready: 0,
    lastByteAt: 0,
    verifying: false,
    progress: () => ({
      ready: state.ready,
      // Nothing of it comes from the network.
      received: 0,
      lastByteAt: state.lastByteAt,
      verifying: state.verifying,
      note: undefined,
    }),
  };
  return state;
};

const PIECE = 2 ** 20;
/** So much is written before it is looked again at the room on the disk. */
const FLOOR_EVERY = 64 * PIECE;

/** It is not to be had from there: the next place, or the network, has it. */
class NotThere extends Error {
  override readonly name = 'NotThere';
}

/** Something of another disk that cannot be read is no fault of ours. */
const there = async <T>(reading: ReadingIn, path: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    reading.readCaches.failed(path, error);
    throw new NotThere('it cannot be read', { cause: error });
  }
};

interface Copying {
  readonly from: FileHandle;
  readonly to: FileHandle;
  readonly path: string;
  readonly size: number;
  /** So much is written. */
  readonly wrote: (upTo: number) => void;
}

const copyAll = async (reading: ReadingIn, { from, to, path, size, wrote }: Copying): Promise<void> => {
  const piece = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, size)));
  for (let at = 0; at < size; ) {
    reading.signal.throwIfAborted();
    if (at % FLOOR_EVERY === 0) await reading.checkFloor();
    const { bytesRead } = await there(reading, path, from.read(piece, 0, Math.min(piece.length, size - at), at));
    if (bytesRead === 0) throw new NotThere('it is shorter than it was');
    await to.writev([piece.subarray(0, bytesRead)], at);
    at += bytesRead;
    wrote(at);
  }
};

const copyTo = async (
  reading: ReadingIn,
  { path, temporary, size }: { readonly path: string; readonly temporary: string; readonly size: number },
  wrote: Copying['wrote'],
): Promise<void> => {
  const from = await there(reading, path, open(path, 'r'));
  try {
    const to = await open(temporary, 'wx');
    try {
      await copyAll(reading, { from, to, path, size, wrote });
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
};

/** Another name for the file, or a copy of it; what is ours then is read, and is what its name says. */
const make = async (
  reading: ReadingIn,
  { etag, size }: RepoFile,
  { path, temporary, state }: { readonly path: string; readonly temporary: string; readonly state: ReadingProgress },
): Promise<void> => {
  const { transfer, clock, signal } = reading;
  const file = await there(reading, path, realpath(path));
  if ((await fileSize(file)) !== size) throw new NotThere('it has another size');
  const isLinked = await tryToLink(file, temporary);
  const hash = transfer.hash(temporary, size, etag);
  signal.addEventListener('abort', hash.drop, { once: true });
  const wrote = (upTo: number): void => {
    state.ready = upTo;
    state.lastByteAt = clock.monotonic();
    hash.advance(upTo);
  };
  try {
    if (isLinked) wrote(size);
    else await copyTo(reading, { path: file, temporary, size }, wrote);
    state.verifying = true;
    const digest = await hash.digest.catch((error: unknown) => {
      signal.throwIfAborted();
      // Linked, it may be one that we may not read.
      if (isLinked) throw new NotThere('it cannot be read', { cause: error });
      throw error;
    });
    if (digest !== etag) throw new NotThere('it is not what its name says');
  } finally {
    signal.removeEventListener('abort', hash.drop);
    hash.drop();
  }
};

/**
 * Takes a blob over that lies in a cache of others: by another name where that is possible, as a copy otherwise. It gets
 * its place when it is verified.
 * @returns false if it is not to be had there
 * @throws AppError, of our own disk; the signal's reason
 */
export const readIn = async (
  reading: ReadingIn,
  file: RepoFile,
  candidates: readonly string[],
  state: ReadingProgress,
): Promise<boolean> => {
  const { paths, signal } = reading;
  for (const path of candidates) {
    signal.throwIfAborted();
    Object.assign(state, { ready: 0, verifying: false });
    try {
      await putInPlace(paths, paths.blob(file.etag), (temporary) => make(reading, file, { path, temporary, state }));
      return true;
    } catch (error) {
      if (!(error instanceof NotThere)) throw error;
    }
  }
  return false;
};
