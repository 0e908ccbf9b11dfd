import { access, constants, realpath, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { getuid } from 'node:process';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { createBlobIndex } from './blob-index.ts';

/**
 * Caches of others, such as a cluster's: places where blobs may lie. Nothing is ever written there or taken away. What of
 * them cannot be read is told once, until it can be read again, and is as if it were not there.
 */
export interface ReadCaches {
  /** Looks, and then tells where a blob lies in them. @param maxAgeMs a look that is no older will do */
  readonly find: (maxAgeMs?: number) => Promise<(etag: string) => readonly string[]>;
  /** Whether one of these files can be had without another byte on our disk. */
  readonly canLink: (paths: readonly string[], size: number) => Promise<boolean>;
  /** What lies at this place could not be read. */
  readonly failed: (path: string, error: unknown) => void;
}

export interface ReadCachesOptions {
  readonly folders: readonly string[];
  /** Ours. */
  readonly cacheDir: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of a file of another owner the system may refuse a name to who may not write to it (proc(5), protected_hardlinks). */
const isOurs = async (path: string, uid: number): Promise<boolean> =>
  getuid?.() === uid ||
  (await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  ));

/** The disk of a folder, or of the nearest one above it that is there. */
const deviceOf = async (folder: string): Promise<number | undefined> => {
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found || at === dirname(at)) return found?.dev;
  }
};

/** Looks at nothing before it is asked. */
export const createReadCaches = ({ folders, cacheDir, clock, log }: ReadCachesOptions): ReadCaches => {
  const caches = folders.map((folder) => ({ folder, index: createBlobIndex(folder, clock) }));
  const told = new Set<string>();

  const tell = (folder: string, error: unknown): void => {
    if (told.has(folder)) return;
    told.add(folder);
    log.warn({ err: error, cache: folder }, 'A cache of others cannot be read: what lies there is fetched');
  };

  /** Ours may be among them, by another name. */
  const isUsable = async (folder: string): Promise<boolean> => {
    try {
      await access(folder, constants.R_OK | constants.X_OK);
      const isOther = (await realpath(folder)) !== (await realpath(cacheDir).catch(() => cacheDir));
      told.delete(folder);
      return isOther;
    } catch (error) {
      tell(folder, error);
      return false;
    }
  };

  return {
    find: async (maxAgeMs) => {
      const finds: ((etag: string) => readonly string[])[] = [];
      for (const { folder, index } of caches) if (await isUsable(folder)) finds.push(await index.find('', maxAgeMs));
      return (etag) => finds.flatMap((find) => find(etag));
    },
    canLink: async (paths, size) => {
      const ours = paths.length === 0 ? undefined : await deviceOf(cacheDir);
      for (const path of paths) {
        const found = await stat(path).catch(() => undefined);
        if (found?.dev === ours && found?.size === size && (await isOurs(path, found.uid))) return true;
      }
      return false;
    },
    failed: (path, error) => {
      const cache = caches.find(({ folder }) => path.startsWith(folder + sep));
      if (cache) tell(cache.folder, error);
    },
  };
};
