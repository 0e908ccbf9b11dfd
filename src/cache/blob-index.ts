import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { isRepoFolder } from './layout.ts';
import { forEachLimit } from '../lib/for-each-limit.ts';
import { isEtag } from '../domain/hashes.ts';

/** Where blobs lie in the cache, of all repositories. */
export interface BlobIndex {
  /**
   * Looks, and then tells where a blob lies, by name; the place in `repoFolder` comes first. Only folders that have changed
   * since the last look are read: in a cache of thousands of repositories, reading them all took longer than fetching a
   * small model.
   * @param maxAgeMs a look that is no older will do
   */
  readonly find: (repoFolder: string, maxAgeMs?: number) => Promise<(etag: string) => readonly string[]>;
}

/** What is asked of the disk. */
const REAL = {
  readdir: (path: string): Promise<string[]> => readdir(path),
  stat: (path: string): Promise<Stats> => stat(path),
};

export type IndexFunctions = typeof REAL;

interface Folder {
  /** Tells whether names have come or gone. Undefined: it was read so soon after a change that a second one may not show. */
  readonly mark: string | undefined;
  readonly etags: readonly string[];
}

/** Folders that are looked at at one time. */
const AT_ONCE = 64;
/** The coarsest times that a file system notes (FAT: 2 s), and a little for clocks of other machines. */
const SETTLED_MS = 5000;

/** What is known of all folders, by folder and by blob. */
const createKept = () => {
  const folders = new Map<string, Folder>();
  const holders = new Map<string, Set<string>>();

  const drop = (name: string): void => {
    for (const etag of folders.get(name)?.etags ?? []) {
      const holding = holders.get(etag);
      holding?.delete(name);
      if (holding?.size === 0) holders.delete(etag);
    }
    folders.delete(name);
  };

  return {
    names: (): string[] => [...folders.keys()],
    markOf: (name: string): string | undefined => folders.get(name)?.mark,
    drop,
    replace: (name: string, folder: Folder): void => {
      drop(name);
      folders.set(name, folder);
      for (const etag of folder.etags) {
        const holding = holders.get(etag);
        if (holding) holding.add(name);
        else holders.set(etag, new Set([name]));
      }
    },
    holding: (etag: string): readonly string[] => [...(holders.get(etag) ?? [])],
  };
};

/** Calls share what begins after they came: what is under way may have passed over what they look for. */
const shared = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    await running.catch(() => undefined);
    next = undefined;
    running = work();
    await running;
  };
  return () => {
    next ??= begin();
    return next;
  };
};

export const createBlobIndex = (cacheDir: string, clock: Clock, fs: IndexFunctions = REAL): BlobIndex => {
  const kept = createKept();
  /** When the last whole look began. */
  let lookedAt = -Infinity;

  const look = async (name: string): Promise<void> => {
    const blobs = join(cacheDir, name, 'blobs');
    try {
      // The times first: what comes while it is read is seen by the next look at the latest.
      const { mtimeMs, ctimeMs, ino, dev } = await fs.stat(blobs);
      const mark = [dev, ino, mtimeMs, ctimeMs].join(' ');
      if (kept.markOf(name) === mark) return;
      const isSettled = Math.abs(clock.now() - ctimeMs) > SETTLED_MS;
      // Of what else lies there, however much it is, nothing is kept.
      const etags = (await fs.readdir(blobs)).filter(isEtag);
      kept.replace(name, { mark: isSettled ? mark : undefined, etags });
    } catch {
      // Gone, or nobody may read it: then there is nothing to be had.
      kept.drop(name);
    }
  };

  const lookAtAll = shared(async () => {
    const begun = clock.monotonic();
    const names = new Set((await fs.readdir(cacheDir).catch(() => [])).filter(isRepoFolder));
    for (const name of kept.names()) if (!names.has(name)) kept.drop(name);
    await forEachLimit([...names], AT_ONCE, look);
    lookedAt = begun;
  });

  const placesOf = (etag: string, repoFolder: string): string[] => {
    const holding = kept.holding(etag);
    const others = holding.filter((name) => name !== repoFolder);
    const names = others.length < holding.length ? [repoFolder, ...others] : others;
    return names.map((name) => join(cacheDir, name, 'blobs', etag));
  };

  return {
    find: async (repoFolder, maxAgeMs = 0) => {
      if (maxAgeMs === 0 || clock.monotonic() - lookedAt > maxAgeMs) await lookAtAll();
      return (etag) => placesOf(etag, repoFolder);
    },
  };
};
