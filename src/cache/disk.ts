import { link, lstat, mkdir, readFile, readlink, rm, stat, statfs, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../domain/errors.ts';
import type { RepoFile } from '../domain/listing.ts';
import { type RepoPaths } from './layout.ts';
import { codeOf } from '../lib/error-code.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { inFolder, removeEmpty } from '../lib/folder.ts';
import { RUN } from './temporary.ts';

/** What a disk can do, as far as it decides how the cache lies on it, or whether a repository can. */
export interface Disk {
  /** Without them snapshots hold the files themselves, as huggingface_hub does it. */
  readonly symlinks: boolean;
  readonly hardLinks: boolean;
  /** `A` and `a` are two names. */
  readonly tellsCase: boolean;
  /** Names of 255 bytes, with any character. Otherwise unusual ones are tried one by one. */
  readonly anyName: boolean;
  /** A file tells when it was last read, to the day at least: not if it is mounted with `noatime`. */
  readonly tellsReads: boolean;
  /** In bytes; undefined: more than any model has. */
  readonly largestFile: number | undefined;
}

const REAL = { link, lstat, mkdir, readFile, readlink, rm, stat, statfs, symlink, utimes, writeFile };

export type DiskFunctions = typeof REAL;

export interface Disks {
  /**
   * What the disk of this repository's folder can do. Asked once for each disk; nothing of that is left there.
   * @throws AppError no_space, operational: nothing can be written there
   */
  readonly of: (paths: RepoPaths) => Promise<Disk>;
  /** @throws AppError operational: the disk cannot hold one of these files under its name */
  readonly refuse: (paths: RepoPaths, disk: Disk, files: readonly RepoFile[]) => Promise<void>;
}

/** FAT, as statfs names it (Linux, magic.h), and the most that a file of it may have. */
const MSDOS = 0x4d44;
const FAT_MOST = 2 ** 32 - 1;

const LONGEST_NAME = 'n'.repeat(255);
/** All that Windows and its file systems forbid, and a space at the end, which they drop. */
const ODD_NAME = 'a:b*c?d"e<f>g|h ';
const USUAL_NAME = /^[\w.-]{1,100}(?<!\.)$/;

/** The disk is in trouble: that says nothing of what it could do otherwise. */
const TROUBLE = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ESTALE', 'EMFILE', 'ENFILE', 'ENOTCONN']);

const can = async (fs: DiskFunctions, probe: string, work: () => Promise<unknown>): Promise<boolean> => {
  try {
    await work();
    return true;
  } catch (error) {
    if (TROUBLE.has(codeOf(error))) throw error;
    // exFAT by FUSE says so of names that it forbids. But it may be true as well.
    if (codeOf(error) === 'ENOENT') await fs.lstat(join(probe, 'file'));
    return false;
  }
};

/** Some network file systems take a link and give back something else. */
const canLink = (fs: DiskFunctions, probe: string): Promise<boolean> =>
  can(fs, probe, async () => {
    const path = join(probe, 'link');
    await fs.symlink('file', path);
    const isOne = (await fs.readlink(path)) === 'file' && (await fs.stat(path)).isFile();
    if (!isOne) throw new Error('a symbolic link leads elsewhere');
  });

const canName = (fs: DiskFunctions, probe: string, name: string): Promise<boolean> =>
  can(fs, probe, () => fs.writeFile(join(probe, name), ''));

/** Long ago, in seconds since the epoch: most disks note a reading only if the one before is a day old. */
const [WRITTEN_S, READ_S] = [1_000_000_000, 1_000_000_001];

const canTellReads = async (fs: DiskFunctions, probe: string): Promise<boolean> => {
  const path = join(probe, 'read');
  await fs.writeFile(path, 'x');
  await fs.utimes(path, READ_S, WRITTEN_S);
  await fs.readFile(path);
  return (await fs.stat(path)).atimeMs > READ_S * 1000;
};

/** Does something in a folder of its own on that disk, of which nothing is left. */
const tryOut = async <T>(fs: DiskFunctions, paths: RepoPaths, work: (probe: string) => Promise<T>): Promise<T> => {
  const probe = join(paths.partials, `${RUN}.probe`);
  try {
    return await inFolder(paths.partials, async () => {
      // An earlier one may have been killed.
      await fs.rm(probe, { recursive: true, force: true });
      await fs.mkdir(probe);
      await fs.writeFile(join(probe, 'file'), '');
      return work(probe);
    });
  } catch (error) {
    throw diskFailure(error, probe);
  } finally {
    await fs.rm(probe, { recursive: true, force: true }).catch(() => undefined);
    await removeEmpty(paths.root, paths.partials);
  }
};

const ask = (fs: DiskFunctions, paths: RepoPaths): Promise<Disk> =>
  tryOut(fs, paths, async (probe) => ({
    symlinks: await canLink(fs, probe),
    hardLinks: await can(fs, probe, () => fs.link(join(probe, 'file'), join(probe, 'second'))),
    tellsCase: (await fs.lstat(join(probe, 'FILE')).catch(() => undefined)) === undefined,
    anyName: (await canName(fs, probe, LONGEST_NAME)) && (await canName(fs, probe, ODD_NAME)),
    // Of no use to anybody where it fails.
    tellsReads: await canTellReads(fs, probe).catch(() => false),
    largestFile: (await fs.statfs(probe)).type === MSDOS ? FAT_MOST : undefined,
  }));

const refusal = (paths: RepoPaths, what: string): AppError =>
  new AppError(
    'operational',
    `The disk with ${paths.root} cannot hold this repository: ${what}. Leave that out with exclude=, or use another disk.`,
  );

const sameName = (path: string): string => path.normalize('NFC').toLowerCase();

/** Two names that are one to the disk: the second would take the place of the first. */
const clashOf = (files: readonly RepoFile[]): string | undefined => {
  const seen = new Map<string, string>();
  for (const { path } of files) {
    const other = seen.get(sameName(path));
    if (other !== undefined && other !== path) return `“${other}” and “${path}” would be one file there`;
    seen.set(sameName(path), path);
  }
  return undefined;
};

/** @param fs what the disks are asked with */
export const createDisks = (fs: DiskFunctions = REAL): Disks => {
  const known = new Map<number, Promise<Disk>>();
  return {
    of: async (paths) => {
      // A repository's folder may be a link to another disk.
      const { dev } = await fs.stat(paths.root).catch(() => fs.stat(dirname(paths.root)));
      const asked = known.get(dev) ?? ask(fs, paths);
      known.set(dev, asked);
      // What was in trouble is asked again.
      asked.catch(() => known.delete(dev));
      return asked;
    },
    refuse: async (paths, { tellsCase, anyName, largestFile = Infinity }, files) => {
      const large = files.find(({ size }) => size > largestFile);
      if (large) throw refusal(paths, `“${large.path}” is larger than its largest file`);
      const clash = tellsCase ? undefined : clashOf(files);
      if (clash !== undefined) throw refusal(paths, clash);
      if (anyName) return;
      const names = new Set(files.flatMap(({ path }) => path.split('/')).filter((name) => !USUAL_NAME.test(name)));
      if (names.size === 0) return;
      await tryOut(fs, paths, async (probe) => {
        for (const name of names) {
          if (!(await canName(fs, probe, name))) throw refusal(paths, `it takes no file named “${name}”`);
        }
      });
    },
  };
};
