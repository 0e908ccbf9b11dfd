import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { isRepoFolder } from './layout.ts';
import { namesIn } from '../lib/folder.ts';
import { inSlices } from '../lib/async/slices.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';
import { shared } from '../lib/async/shared.ts';
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
  namesIn,
  stat: (path: string): Promise<Stats> => stat(path),
};

export type IndexFunctions = typeof REAL;

interface Folder {
  /** Tells whether names have come or gone. Undefined: it was read so soon after a change that a second one may not show. */
  readonly mark: string | undefined;
  readonly etags: Set<string>;
}

/** A folder that takes as many bytes itself holds a thousand names or more: they are read in parts. */
const LARGE_BYTES = 65_536;
/** Folders that are looked at at one time. */
const AT_ONCE = 64;
/** The coarsest times that a file system notes (FAT: 2 s), and a little for clocks of other machines. */
const SETTLED_MS = 5000;

/** Names in a folder. */
type Parts = AsyncIterable<readonly string[]> | Iterable<readonly string[]>;

/** What is known of all folders, by folder and by blob. */
const createKept = () => {
  const folders = new Map<string, Folder>();
  const holders = new Map<string, readonly string[]>();

  /** @param alone nearly always the only one that holds it: one list for all of its blobs, not one for each */
  const hold = (name: string, etag: string, alone: readonly string[]): void => {
    const holding = holders.get(etag);
    if (!holding) holders.set(etag, alone);
    else if (!holding.includes(name)) holders.set(etag, [...holding, name]);
  };

  const letGo = (name: string, etag: string): void => {
    const left = holders.get(etag)?.filter((holder) => holder !== name) ?? [];
    if (left.length > 0) holders.set(etag, left);
    else holders.delete(etag);
  };

  const drop = async (name: string): Promise<void> => {
    const etags = [...(folders.get(name)?.etags ?? [])];
    folders.delete(name);
    await inSlices(etags, (slice) => slice.forEach((etag) => letGo(name, etag)));
  };

  return {
    names: (): string[] => [...folders.keys()],
    markOf: (name: string): string | undefined => folders.get(name)?.mark,
    drop,
    /** What has come first, then what has gone: whoever asks meanwhile misses nothing that was there all the time. */
    replace: async (name: string, mark: Folder['mark'], parts: Parts): Promise<void> => {
      // Of what is known already the string is kept that there is.
      const etags = folders.get(name)?.etags ?? new Set<string>();
      const gone = new Set(etags);
      const alone = [name];
      // Whatever it turns out that cannot be read: what is held of it until then can be dropped.
      folders.set(name, { mark: undefined, etags });
      for await (const part of parts) {
        // Of what else lies there, however much it is, nothing is kept.
        for (const etag of part.filter(isEtag)) {
          gone.delete(etag);
          if (etags.has(etag)) continue;
          etags.add(etag);
          hold(name, etag, alone);
        }
      }
      folders.set(name, { mark, etags });
      await inSlices([...gone], (slice) => {
        for (const etag of slice) {
          etags.delete(etag);
          letGo(name, etag);
        }
      });
    },
    holding: (etag: string): readonly string[] => holders.get(etag) ?? [],
  };
};

/** Looks at nothing before it is asked. */
export const createBlobIndex = (cacheDir: string, clock: Clock, fs: IndexFunctions = REAL): BlobIndex => {
  const kept = createKept();
  /** When the last whole look began. */
  let lookedAt = -Infinity;

  const look = async (name: string): Promise<void> => {
    const blobs = join(cacheDir, name, 'blobs');
    try {
      // The times first: what comes while it is read is seen by the next look at the latest.
      const { mtimeMs, ctimeMs, ino, dev, size } = await fs.stat(blobs);
      const mark = [dev, ino, mtimeMs, ctimeMs].join(' ');
      if (kept.markOf(name) === mark) return;
      const isSettled = Math.abs(clock.now() - ctimeMs) > SETTLED_MS;
      const parts = size > LARGE_BYTES ? fs.namesIn(blobs) : [await fs.readdir(blobs)];
      await kept.replace(name, isSettled ? mark : undefined, parts);
    } catch {
      // Gone, or nobody may read it: then there is nothing to be had.
      await kept.drop(name);
    }
  };

  const lookAtAll = shared(async () => {
    const begun = clock.monotonic();
    const names = new Set((await fs.readdir(cacheDir).catch(() => [])).filter(isRepoFolder));
    for (const name of kept.names()) if (!names.has(name)) await kept.drop(name);
    await forEachLimit([...names], AT_ONCE, look);
    lookedAt = begun;
  });

  const pathsOf = (etag: string, repoFolder: string): string[] => {
    const holding = kept.holding(etag);
    const others = holding.filter((name) => name !== repoFolder);
    const names = others.length < holding.length ? [repoFolder, ...others] : others;
    return names.map((name) => join(cacheDir, name, 'blobs', etag));
  };

  return {
    find: async (repoFolder, maxAgeMs = 0) => {
      if (maxAgeMs === 0 || clock.monotonic() - lookedAt > maxAgeMs) await lookAtAll();
      return (etag) => pathsOf(etag, repoFolder);
    },
  };
};
