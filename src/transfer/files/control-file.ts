import { constants } from 'node:fs';
import { lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import type { ByteRange } from '../../domain/listing.ts';
import { BOOT_ID } from '../../lib/boot-id.ts';
import { flushFolder } from '../../lib/folder.ts';
import { sane } from './ranges.ts';

/** A partial file, and the blob that it is to become. */
export interface PartName {
  readonly partPath: string;
  readonly etag: string;
  readonly size: number;
  /** `etag` is no hash but only a name: whatever comes is right, and its SHA-256 is told. */
  readonly isUnhashed?: boolean | undefined;
}

/**
 * What can be believed of a partial file, kept beside it. A line that is torn, of another blob or from before the machine
 * started anew says nothing; all others are added up, since what has come once stays (docs/decisions/0010).
 */
export interface ControlFile {
  /** What earlier runs have noted, as far as it holds. */
  readonly load: () => Promise<ByteRange[]>;
  /**
   * The kernel has these, which keeps them when a program is killed and loses them with the power: they hold until the
   * machine starts anew. To flush the disk every second would take as long as receiving.
   */
  readonly noteWritten: (ranges: readonly ByteRange[]) => Promise<void>;
  /** The disk has these: it must have been flushed. Resolves when the disk has the note too. */
  readonly noteFlushed: (ranges: readonly ByteRange[]) => Promise<void>;
  /** Nothing is noted any more. */
  readonly clear: () => Promise<void>;
}

/** A link that somebody put in its place must not lead the lines elsewhere. */
const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
const APPEND = WRITE | constants.O_APPEND;
const ANEW = WRITE | constants.O_TRUNC;
/** A longer file is begun anew. */
const KEPT_MOST = 64 * 1024;
/** What is longer was not written here. */
const READ_MOST = 16 * 1024 * 1024;

const noteSchema = z.object({
  etag: z.string(),
  size: z.number(),
  /** In which start of the machine it was written, if it holds only as long as that lasts. */
  boot: z.string().optional(),
  ranges: z.array(z.tuple([z.number(), z.number()]).transform(([start, end]): ByteRange => ({ start, end }))),
});

type Note = z.infer<typeof noteSchema>;

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** Each begins a line: one that a kill or a full disk has cut off spoils no other. */
const lineOf = ({ etag, size }: PartName, ranges: readonly ByteRange[], boot?: string): string => {
  const text = JSON.stringify({ etag, size, boot, ranges: ranges.map(({ start, end }) => [start, end]) });
  return `\n${sumOf(text)} ${text}`;
};

const readLine = (line: string): Note | undefined => {
  const text = line.slice(sumOf('').length + 1);
  if (text === '' || line !== `${sumOf(text)} ${text}`) return undefined;
  try {
    return noteSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** What the lines of a control file say of this partial file, in this start of the machine. */
export const notedIn = (text: string, { etag, size }: Omit<PartName, 'partPath'>): ByteRange[] => {
  const notes = text.split('\n').flatMap((line) => readLine(line) ?? []);
  const holding = notes.filter(
    (note) => note.etag === etag && note.size === size && (note.boot === undefined || note.boot === BOOT_ID),
  );
  return sane(
    size,
    holding.flatMap(({ ranges }) => ranges),
  );
};

/** Opened each time: so it is noticed if somebody has removed the folder. @returns how long it is now */
const put = async (path: string, flags: number, line: string, isFlushed: boolean): Promise<number> => {
  const file = await open(path, flags, 0o666);
  try {
    await file.appendFile(line);
    if (!isFlushed) return 0;
    await file.datasync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
};

/** Begins it anew with its newest note. If the disk does not take it: what is there says the same, at length. */
const shorten = async (path: string, line: string): Promise<void> => {
  const temporary = `${path}.tmp`;
  try {
    await put(temporary, ANEW, line, true);
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
};

/** The control file beside a partial file; made with the first note. */
export const createControlFile = (part: PartName): ControlFile => {
  const path = `${part.partPath}.control`;
  /** As far as is known: what is not there need not be removed, for each of a thousand files. */
  let isThere = true;
  let hasDurableName = false;
  let noted = '';

  const append = async (line: string, isFlushed: boolean): Promise<number> => {
    isThere = true;
    try {
      return await put(path, APPEND, line, isFlushed);
    } catch (error) {
      throw diskFailure(error, path);
    }
  };

  return {
    load: async () => {
      const found = await lstat(path).catch(() => undefined);
      isThere = found !== undefined;
      if (!found?.isFile() || found.size > READ_MOST) return [];
      return notedIn(await readFile(path, 'utf8').catch(() => ''), part);
    },
    noteWritten: async (ranges) => {
      // Where nobody knows whether the machine started anew, nothing is noted that is not flushed.
      if (BOOT_ID === undefined) return;
      const line = lineOf(part, ranges, BOOT_ID);
      if (line === noted) return;
      await append(line, false);
      noted = line;
    },
    noteFlushed: async (ranges) => {
      const line = lineOf(part, ranges);
      const length = await append(line, true);
      if (!hasDurableName) await flushFolder(dirname(path));
      hasDurableName = true;
      if (length > KEPT_MOST) await shorten(path, line);
    },
    clear: async () => {
      if (!isThere) return;
      await rm(path, { force: true });
      isThere = false;
      noted = '';
    },
  };
};
