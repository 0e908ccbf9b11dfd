import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readStamped, writeStamped } from '../lib/boot-id.ts';
import { codeOf } from '../lib/error-code.ts';
import { isRepoFolder, type RepoPaths, repoPaths } from './layout.ts';
import { inFolder, removeEmpty } from '../lib/folder.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { isEtag } from '../domain/hashes.ts';

/** Hashes a file as its blob is named. */
type HashFile = (
  path: string,
  size: number,
  etag: string,
) => { readonly advance: (upTo: number) => void; readonly digest: Promise<string>; readonly drop: () => void };

/** A published blob that the disk may not hold yet. */
interface Unflushed {
  readonly etag: string;
  readonly size: number;
}

const schema = z.object({
  blobs: z.array(z.object({ etag: z.string().refine(isEtag), size: z.int().nonnegative() })),
});

const SUFFIX = '.unflushed';
/** Up to this is flushed before it is published: that takes no time worth telling of. */
const SOON_BYTES = 32 * 1024 * 1024;
const SOON_FILES = 64;
/** One note holds no more: it is written and read in one go, which should keep nobody waiting. */
const NOTE_MOST = 5000;

const flushFile = async (path: string): Promise<void> => {
  const handle = await open(path, 'r').catch(() => undefined);
  // Removed meanwhile: then there is nothing to keep.
  if (!handle) return;
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
};

/** One after the other: the disk has one queue, and the threads that write wait in it too. */
const flushAll = async (paths: RepoPaths, blobs: readonly Pick<Unflushed, 'etag'>[]): Promise<void> => {
  for (const { etag } of blobs) await flushFile(paths.blob(etag));
};

const settle = async (paths: RepoPaths, note: string, blobs: readonly Unflushed[]): Promise<void> => {
  await flushAll(paths, blobs);
  await rm(note, { force: true });
  await removeEmpty(paths.partials, paths.partials);
};

const readNote = async (note: string) => readStamped(await readFile(note, 'utf8'), schema);

/** What a note says is read when its turn comes: there may be a hundred thousand blobs, and minutes until the last is flushed. */
const settleNoted = async (paths: RepoPaths, notes: readonly string[]): Promise<void> => {
  for (const note of notes) await settle(paths, note, (await readNote(note)).content.blobs);
};

/**
 * To be called before blobs become visible. A few are flushed at once; of many it is written down, before anybody can
 * see them, that they are not: after a power cut `recover` looks at them again. The disk may be slower than the network,
 * and nobody should wait for it with a model that is there and verified.
 * @param isLaterPossible false: where they lie now they will not lie then
 * @returns what flushes them; to be called when there is time
 */
export const keepTrack = async (
  paths: RepoPaths,
  blobs: readonly { readonly file: Unflushed; readonly unflushed: number }[],
  isLaterPossible = true,
): Promise<(() => Promise<void>) | undefined> => {
  try {
    const isSoon = blobs.length <= SOON_FILES && blobs.reduce((sum, { unflushed }) => sum + unflushed, 0) <= SOON_BYTES;
    if (isSoon || !isLaterPossible) {
      await flushAll(
        paths,
        blobs.map(({ file }) => file),
      );
      return undefined;
    }
    const notes: string[] = [];
    for (let from = 0; from < blobs.length; from += NOTE_MOST) {
      const noted = blobs.slice(from, from + NOTE_MOST).map(({ file: { etag, size } }) => ({ etag, size }));
      const note = join(paths.partials, `${randomBytes(8).toString('hex')}${SUFFIX}`);
      await inFolder(paths.partials, async () => {
        await writeFile(note, writeStamped({ blobs: noted }));
        await flushFile(note);
      });
      notes.push(note);
    }
    return () => settleNoted(paths, notes);
  } catch (error) {
    throw diskFailure(error);
  }
};

/** @throws whatever keeps it from being read, which says nothing of the file; the signal's reason */
const isWhole = async (
  hash: HashFile,
  path: string,
  { etag, size }: Unflushed,
  signal: AbortSignal,
): Promise<boolean> => {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  });
  if (found?.size !== size) return false;
  signal.throwIfAborted();
  const hashing = hash(path, size, etag);
  signal.addEventListener('abort', hashing.drop, { once: true });
  hashing.advance(size);
  try {
    return (await hashing.digest) === etag;
  } catch (error) {
    // The disk has lost what is in it.
    if (codeOf(error) === 'EIO') return false;
    throw error;
  } finally {
    signal.removeEventListener('abort', hashing.drop);
  }
};

const recoverNote = async (paths: RepoPaths, note: string, hash: HashFile, signal: AbortSignal): Promise<void> => {
  const { content, isOfThisBoot } = await readNote(note);
  const { blobs } = content;
  // The machine has not started anew: the kernel still has what the disk has not.
  if (!isOfThisBoot) {
    for (const blob of blobs) {
      const path = paths.blob(blob.etag);
      if (!(await isWhole(hash, path, blob, signal))) await rm(path, { force: true });
    }
  }
  await settle(paths, note, blobs);
};

/**
 * Looks after what an earlier run published and did not flush: what a power cut damaged is removed. What is broken off by the signal, or
 * cannot be read now, is looked at again by the next start.
 */
export const recoverUnflushed = async (cacheDir: string, hash: HashFile, signal: AbortSignal): Promise<void> => {
  for (const folder of await readdir(cacheDir).catch(() => [])) {
    if (!isRepoFolder(folder)) continue;
    const paths = repoPaths(cacheDir, folder);
    const names = await readdir(paths.partials).catch(() => []);
    for (const name of names.filter((one) => one.endsWith(SUFFIX))) {
      if (signal.aborted) return;
      await recoverNote(paths, join(paths.partials, name), hash, signal).catch(() => undefined);
    }
  }
};
