import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { BOOT_ID } from '../lib/boot-id.ts';
import { codeOf } from '../lib/error-code.ts';
import { entriesBelow } from '../lib/folder.ts';
import { inSlices } from '../lib/async/slices.ts';
import { putInPlace, refuseLinks, type RepoPaths, repoPaths } from './layout.ts';

/** Smaller ones are read again: that takes no longer than noting that it need not be. */
const NOTED_FROM = 1024 * 1024;

/** Whether it is noted of a file of this size that it was verified. @param size in bytes */
export const isNotedOf = (size: number): boolean => BOOT_ID !== undefined && size >= NOTED_FROM;

/** A file as it is now. */
export interface Looked {
  readonly path: string;
  readonly size: number;
  /**
   * Tells it from any other file, and from itself after a change. Undefined if nothing does: where nobody knows whether
   * the machine started anew, the disk may have lost what was verified in memory.
   */
  readonly mark: string | undefined;
}

/** @returns undefined if there is no file */
export const lookAt = async (path: string): Promise<Looked | undefined> => {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const { ctimeNs, dev, ino, mtimeNs } = found;
  const size = Number(found.size);
  return { path, size, mark: isNotedOf(size) ? [dev, ino, ctimeNs, mtimeNs].join(' ') : undefined };
};

/** Which blob of which repository a file is. */
export interface BlobName {
  readonly repoFolder: string;
  readonly etag: string;
}

/**
 * How verified blobs looked, kept in each repository's folder. They are hints: what fits the file as it is now need not be
 * read again, and what is torn, missing or of an earlier start of the machine costs a reading.
 */
export interface Marks {
  /** Was this blob verified before, and has nobody changed it since? */
  readonly isVerified: (blob: BlobName, looked: Looked) => Promise<boolean>;
  /** @param looked as it was before it was read, so that no change goes unnoticed */
  readonly setVerified: (blob: BlobName, looked: Pick<Looked, 'mark'>) => Promise<void>;
  /** It is not what its name says: whatever was noted of it holds no more. */
  readonly forgetVerified: (blob: BlobName) => Promise<void>;
  /** Resolves when what was noted is written, as far as the disk takes it. */
  readonly written: () => Promise<void>;
  /** Lets go of the memory; what is asked for next is read again. */
  readonly forget: () => void;
}

/** The marks of one repository. */
interface Kept {
  readonly marks: Map<string, string>;
  /** Otherwise the file, if there is one, is begun anew. */
  isOfThisBoot: boolean;
}

/** Fits no file: of two lines for a blob the later one holds. */
const NO_MARK = '0 0 0 0';

const HEADER = `boot ${BOOT_ID ?? ''}`;
const LINE = /^([0-9a-f]{40}|[0-9a-f]{64}) (\d+ \d+ \d+ \d+)$/;
/** A link that somebody put in its place must not lead the lines elsewhere. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;
const ANEW = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** A mark begins a line: one that a kill has cut off spoils no other. */
const textOf = (marks: Iterable<readonly [string, string]>): string =>
  Array.from(marks, ([etag, mark]) => `\n${etag} ${mark}`).join('');

const read = async ({ marks: path }: RepoPaths): Promise<Kept | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [first, ...lines] = text.split('\n');
  const marks = new Map<string, string>();
  if (first !== HEADER) return { marks, isOfThisBoot: false };
  await inSlices(lines, (slice) => {
    for (const line of slice) {
      const [, etag, mark] = LINE.exec(line) ?? [];
      if (etag !== undefined && mark !== undefined) marks.set(etag, mark);
    }
  });
  return { marks, isOfThisBoot: true };
};

const append = async (paths: RepoPaths, marks: ReadonlyMap<string, string>, isOfThisBoot: boolean): Promise<void> => {
  await refuseLinks(paths.root, paths.partials);
  // Not its parents: where somebody has removed the repository, nothing of it comes back.
  await mkdir(paths.partials).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  const begun = isOfThisBoot ? await open(paths.marks, APPEND).catch(() => undefined) : undefined;
  const file = begun ?? (await open(paths.marks, ANEW, 0o666));
  try {
    await file.appendFile(begun ? textOf(marks) : HEADER + textOf(marks));
  } finally {
    await file.close();
  }
};

/** The marks in the repository folders of this cache; read where they are asked for. */
export const createMarks = (cacheDir: string): Marks => {
  const known = new Map<string, Promise<Kept>>();
  /** What is to be written, by repository: what comes while the disk is busy goes with one more call. */
  const waiting = new Map<string, Map<string, string>>();
  let writing: Promise<void> | undefined;

  const keptOf = (repoFolder: string): Promise<Kept> => {
    const before = known.get(repoFolder);
    if (before) return before;
    const reading = read(repoPaths(cacheDir, repoFolder)).then(
      (found) => found ?? { marks: new Map<string, string>(), isOfThisBoot: false },
    );
    known.set(repoFolder, reading);
    return reading;
  };

  const write = async (): Promise<void> => {
    for (const [repoFolder, marks] of waiting) {
      const kept = await keptOf(repoFolder);
      waiting.delete(repoFolder);
      try {
        await append(repoPaths(cacheDir, repoFolder), marks, kept.isOfThisBoot);
        kept.isOfThisBoot = true;
      } catch {
        // Then it is read once more, which is no reason to fail.
      }
    }
    writing = undefined;
  };

  const note = async ({ repoFolder, etag }: BlobName, mark: string): Promise<void> => {
    (await keptOf(repoFolder)).marks.set(etag, mark);
    waiting.set(repoFolder, (waiting.get(repoFolder) ?? new Map<string, string>()).set(etag, mark));
    writing ??= write();
  };

  return {
    isVerified: async ({ repoFolder, etag }, { mark }) =>
      mark !== undefined && (await keptOf(repoFolder)).marks.get(etag) === mark,
    setVerified: async (blob, { mark }) => {
      if (mark !== undefined) await note(blob, mark);
    },
    forgetVerified: async (blob) => {
      if ((await keptOf(blob.repoFolder)).marks.has(blob.etag)) await note(blob, NO_MARK);
    },
    written: async () => writing,
    forget: () => known.clear(),
  };
};

/** Where there are no links, snapshots hold the files that marks are of. */
const holdsFiles = async (folder: string): Promise<boolean> => {
  try {
    for await (const part of entriesBelow(folder)) if (part.some((entry) => entry.isFile())) return true;
    return false;
  } catch {
    // Nobody can tell.
    return true;
  }
};

/** Forgets marks of an earlier start of the machine, and those of blobs that are gone. */
export const pruneMarks = async (paths: RepoPaths): Promise<void> => {
  const kept = await read(paths);
  if (!kept) return;
  const blobs = new Set(await readdir(paths.blobs).catch(() => []));
  const left = [...kept.marks].filter(([etag]) => blobs.has(etag));
  if (left.length > 0 && left.length === kept.marks.size) return;
  if (left.length < kept.marks.size && (await holdsFiles(paths.snapshots))) return;
  if (left.length === 0) await rm(paths.marks, { force: true });
  else await putInPlace(paths, paths.marks, (temporary) => writeFile(temporary, HEADER + textOf(left)));
};
