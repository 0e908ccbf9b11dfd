import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { oneAtATime } from '../../lib/async/one-at-a-time.ts';
import { codeOf } from '../../lib/error-code.ts';
import type { Mount } from '../../lib/disk/mount.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { Check, Finding } from './health.ts';

export interface DiskCheckDeps {
  /** Where the models lie. */
  readonly cacheDir: string;
  /** Where the database lies, or what else is kept. */
  readonly dataDir: string;
  /** What that is, and how much room it needs; the database if not given. */
  readonly data?: { readonly what: string; readonly leastBytes: number };
  /** What is to stay free on the cache's disk, in bytes. */
  readonly minFreeBytes: () => number;
  /** The disk of the cache. */
  readonly mount?: Mount | undefined;
  /** Free bytes on the disk of a folder; the system's answer if not given. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** SQLite's log grows to so much before it begins anew (`store/database/checkpoint.ts`): with less, writing is about to fail. */
const DATABASE = { what: 'the database', leastBytes: 64 * 1024 * 1024 };

const askFreeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there: what it lies on may not be mounted',
  EACCES: 'may not be written by hubgram: look at its owner and its permissions',
  EROFS: 'lies on a disk that can only be read',
};

/** @returns what is wrong with a folder that is to be written to; undefined if nothing is */
const trouble = async (what: string, folder: string): Promise<string | undefined> => {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error) ?? '';
    return `The folder of ${what} ${Object.hasOwn(REASONS, code) ? REASONS[code] : `cannot be used (${code})`}.`;
  }
};

/**
 * Whether both disks are there and the database's has room. Where the cache's has not, downloads wait and go on by themselves
 * when there is some, as people are told in their chats: nothing that a restart or an alarm of this kind would mend.
 */
export const createDiskCheck = (deps: DiskCheckDeps): Check => {
  const { cacheDir, dataDir, data = DATABASE, minFreeBytes, mount, freeBytes = askFreeBytes } = deps;

  const look = async (): Promise<Finding> => {
    const wrong = (await trouble(data.what, dataDir)) ?? (await trouble('the models', cacheDir));
    if (wrong !== undefined) return { ok: false, message: wrong };
    if ((await mount?.isThere()) === false)
      return { ok: false, message: `The disk with the models is not mounted at ${mount?.point}: mount it.` };
    const forData = await freeBytes(dataDir);
    if (forData < data.leastBytes) {
      const [left, least] = [formatBytes(forData), formatBytes(data.leastBytes)];
      return { ok: false, message: `The disk of ${data.what} has ${left} left and needs ${least}: make room on it.` };
    }
    const forModels = await freeBytes(cacheDir);
    const isFull = forModels < minFreeBytes();
    const waits = isFull
      ? `, less than the ${formatBytes(minFreeBytes())} that stay free: downloads wait for room`
      : '';
    return { ok: true, message: `${formatBytes(forModels)} are free for models${waits}.` };
  };

  // A disk that hangs keeps one of Node's few threads.
  return oneAtATime(look);
};
