import type { Dirent, Stats } from 'node:fs';
import { lstat, opendir, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isCommit } from '../domain/hashes.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';
import { isRepoFolder, isWebFileFolder, LOOKS_AT_ONCE, type RepoPaths, repoPaths } from './layout.ts';

/** Files, counted. */
export interface Counted {
  readonly files: number;
  readonly bytes: number;
}

/** A snapshot of a repository. */
export interface ScannedRevision extends Counted {
  readonly commit: string;
  /** Branches and tags that lead to it: `main`, `refs/pr/1`. */
  readonly refs: readonly string[];
  /** Of its files so many are links to what is no file, or not there; their bytes are not known. */
  readonly gone: number;
  /** When the newest of its files was written, milliseconds since the epoch; 0 if there is none. */
  readonly changedAt: number;
}

/** What lies in one repository's folder, whoever put it there. */
export interface ScannedRepo {
  readonly repoFolder: string;
  /** What its own files take on the disk, each once. */
  readonly bytes: number;
  /** Of these: in files that have names elsewhere too, so that removing the folder would not free them. */
  readonly sharedBytes: number;
  /** Of these: in files that a repository told of before has too. Without them, all repositories add up to what they take. */
  readonly toldBytes: number;
  readonly revisions: readonly ScannedRevision[];
  /** Whole blobs that no snapshot shows. */
  readonly unshown: Counted;
  /** What has come of blobs, by hubgram or by Python. */
  readonly partials: Counted;
}

/** Names that are read at one time: all work on them is in slices of so many. */
const BATCH = 256;

async function* batchesOf(folder: string): AsyncIterable<Dirent[]> {
  const opened = await opendir(folder, { bufferSize: BATCH }).catch(() => undefined);
  if (!opened) return;
  let batch: Dirent[] = [];
  for await (const entry of opened) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** All below a folder that is no folder, in batches; links are not followed. */
export async function* filesBelow(folder: string): AsyncIterable<Dirent[]> {
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for await (const batch of batchesOf(at)) {
      const { inside = [], files = [] } = Object.groupBy(batch, (entry) => (entry.isDirectory() ? 'inside' : 'files'));
      folders.push(...inside.map(({ name }) => join(at, name)));
      yield files;
    }
  }
}

/** A file as the disk has it: several names may be one. */
interface OnDisk {
  readonly key: string;
  readonly size: number;
  readonly links: number;
  readonly changedAt: number;
}

const asFile = (found: Stats | undefined): OnDisk | undefined =>
  found?.isFile()
    ? {
        key: `${found.dev} ${found.ino}`,
        size: found.size,
        links: found.nlink,
        changedAt: Math.floor(found.mtimeMs),
      }
    : undefined;

/** Files of one repository's folder, each counted once. */
const createOwned = () => {
  const files = new Map<string, { readonly size: number; readonly links: number; names: number }>();
  return {
    add: ({ key, size, links }: OnDisk): void => {
      const known = files.get(key);
      if (known) known.names += 1;
      else files.set(key, { size, links, names: 1 });
    },
    /** @param told files with names elsewhere that were told of before; takes those of this folder in */
    sums: (told: Set<string>): Pick<ScannedRepo, 'bytes' | 'sharedBytes' | 'toldBytes'> => {
      let [bytes, sharedBytes, toldBytes] = [0, 0, 0];
      for (const [key, { size, links, names }] of files) {
        bytes += size;
        if (links === names) continue;
        sharedBytes += size;
        if (told.has(key)) toldBytes += size;
        else told.add(key);
      }
      return { bytes, sharedBytes, toldBytes };
    },
  };
};

interface Scan {
  readonly paths: RepoPaths;
  readonly owned: ReturnType<typeof createOwned>;
  /** Sizes of blobs. */
  readonly blobs: Map<string, number>;
  /** What snapshots show. */
  readonly shown: Set<string>;
}

/** A partial file is as long as the whole one from the beginning; its blocks tell what it takes. */
const takenBy = async (path: string): Promise<number | undefined> => {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() ? Math.min(found.size, found.blocks * 512) : undefined;
};

const sumOf = (sizes: readonly number[]): Counted => ({
  files: sizes.length,
  bytes: sizes.reduce((sum, size) => sum + size, 0),
});

/** Python's lie among the blobs until they are whole. */
const isPythonsPartial = (name: string): boolean => name.endsWith('.incomplete');

const scanPartials = async ({ paths }: Scan): Promise<Counted> => {
  const sizes: number[] = [];
  const take = async (path: string): Promise<void> => {
    const size = await takenBy(path);
    if (size !== undefined) sizes.push(size);
  };
  for await (const batch of batchesOf(paths.partials)) {
    const parts = batch.filter(({ name }) => name.endsWith('.part'));
    await forEachLimit(parts, LOOKS_AT_ONCE, ({ name }) => take(join(paths.partials, name)));
  }
  for await (const batch of batchesOf(paths.blobs)) {
    const parts = batch.filter(({ name }) => isPythonsPartial(name));
    await forEachLimit(parts, LOOKS_AT_ONCE, ({ name }) => take(join(paths.blobs, name)));
  }
  return sumOf(sizes);
};

const scanBlobs = async ({ paths, owned, blobs }: Scan): Promise<void> => {
  for await (const batch of batchesOf(paths.blobs)) {
    const whole = batch.filter(({ name }) => !isPythonsPartial(name));
    await forEachLimit(whole, LOOKS_AT_ONCE, async ({ name }) => {
      const found = asFile(await lstat(join(paths.blobs, name)).catch(() => undefined));
      if (!found) return;
      blobs.set(found.key, found.size);
      owned.add(found);
    });
  }
};

/** Commits by the refs that lead to them. */
const readRefs = async ({ refs }: RepoPaths): Promise<ReadonlyMap<string, readonly string[]>> => {
  const found: { readonly ref: string; readonly commit: string }[] = [];
  for await (const batch of filesBelow(refs)) {
    await forEachLimit(batch, LOOKS_AT_ONCE, async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const commit = entry.isFile() ? (await readFile(path, 'utf8').catch(() => '')).trim() : '';
      found.push({ ref: relative(refs, path), commit });
    });
  }
  const byCommit = Map.groupBy(found, ({ commit }) => commit);
  return new Map([...byCommit].map(([commit, some]) => [commit, some.map(({ ref }) => ref).toSorted()]));
};

/** The file behind an entry of a snapshot; undefined: a link to nothing. */
const behind = async ({ owned, shown }: Scan, entry: Dirent): Promise<OnDisk | undefined> => {
  const found = asFile(await stat(join(entry.parentPath, entry.name)).catch(() => undefined));
  if (!found) return undefined;
  // A blob, by whichever name. Where there are no links, it is the file itself.
  shown.add(found.key);
  if (entry.isFile()) owned.add(found);
  return found;
};

const scanRevision = async (scan: Scan, commit: string, refs: readonly string[]): Promise<ScannedRevision> => {
  const sizes = new Map<string, number>();
  let [files, gone, changedAt] = [0, 0, 0];
  for await (const batch of filesBelow(scan.paths.snapshot(commit))) {
    const entries = batch.filter((entry) => entry.isFile() || entry.isSymbolicLink());
    files += entries.length;
    await forEachLimit(entries, LOOKS_AT_ONCE, async (entry) => {
      const found = await behind(scan, entry);
      if (found) {
        sizes.set(found.key, found.size);
        changedAt = Math.max(changedAt, found.changedAt);
      } else gone += 1;
    });
  }
  let bytes = 0;
  for (const size of sizes.values()) bytes += size;
  return { commit, refs, files, bytes, gone, changedAt };
};

const scanRepo = async (cacheDir: string, repoFolder: string, told: Set<string>): Promise<ScannedRepo> => {
  const scan: Scan = {
    paths: repoPaths(cacheDir, repoFolder),
    owned: createOwned(),
    blobs: new Map(),
    shown: new Set(),
  };
  const { paths, owned, blobs, shown } = scan;
  await scanBlobs(scan);
  const refs = await readRefs(paths);
  const snapshots = await readdir(paths.snapshots, { withFileTypes: true }).catch(() => []);
  const commits = snapshots.filter((entry) => entry.isDirectory() && isCommit(entry.name)).map(({ name }) => name);
  const revisions: ScannedRevision[] = [];
  for (const commit of commits.toSorted()) revisions.push(await scanRevision(scan, commit, refs.get(commit) ?? []));
  const unshown: number[] = [];
  for (const [key, size] of blobs) if (!shown.has(key)) unshown.push(size);
  const partials = await scanPartials(scan);
  const sums = owned.sums(told);
  return { repoFolder, ...sums, bytes: sums.bytes + partials.bytes, revisions, unshown: sumOf(unshown), partials };
};

/** Tells what lies in the cache, repository by repository, in the order of their names. Ends when the signal is aborted. */
export async function* scanCache(cacheDir: string, signal: AbortSignal): AsyncIterable<ScannedRepo> {
  const names = await readdir(cacheDir).catch(() => []);
  const told = new Set<string>();
  for (const name of names.filter((one) => isRepoFolder(one) && !isWebFileFolder(one)).toSorted()) {
    if (signal.aborted) return;
    yield await scanRepo(cacheDir, name, told);
  }
}
