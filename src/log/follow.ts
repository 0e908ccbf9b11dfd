import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../lib/error-code.ts';
import { logFiles } from './file-names.ts';
import type { LogPosition } from './read-back.ts';

const LOOK_MS = 250;
const PIECE_BYTES = 65_536;
const LINE_FEED = 10;
/** What is longer is no line that the log has written. */
const LONGEST_LINE_BYTES = 1_048_576;

const openIfThere = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** Behind the last line feed of what is there. */
const lastLineEnd = async (handle: FileHandle, sizeBytes: number): Promise<number> => {
  for (let end = sizeBytes; end > 0; end -= PIECE_BYTES) {
    const begin = Math.max(0, end - PIECE_BYTES);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(end - begin), position: begin });
    const at = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (at >= 0) return begin + at + 1;
  }
  return 0;
};

/** Where the log ends now, behind its last whole line; undefined if there is none yet. @throws what the disk says */
export const endOfLog = async (dataDir: string): Promise<LogPosition | undefined> => {
  // The first may have got its older name in this moment.
  for (const path of logFiles(dataDir)) {
    const handle = await openIfThere(path);
    if (handle === undefined) continue;
    try {
      const { ino, size } = await handle.stat();
      return { inode: ino, bytes: await lastLineEnd(handle, size) };
    } finally {
      await handle.close();
    }
  }
  return undefined;
};

/** Reads a file on from a place, as far as it goes, a line at a time. What is no whole line yet is kept. */
const createReader = (handle: FileHandle, from: number) => {
  let position = from;
  let begun = Buffer.alloc(0);
  return {
    close: () => handle.close(),
    inode: async () => (await handle.stat()).ino,
    lines: async function* (): AsyncGenerator<string> {
      // Emptied by hand: it begins anew.
      if ((await handle.stat()).size < position) [position, begun] = [0, Buffer.alloc(0)];
      for (;;) {
        const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(PIECE_BYTES), position });
        if (bytesRead === 0) return;
        position += bytesRead;
        begun = Buffer.concat([begun, buffer.subarray(0, bytesRead)]);
        for (let at = begun.indexOf(LINE_FEED); at >= 0; at = begun.indexOf(LINE_FEED)) {
          yield begun.toString('utf8', 0, at);
          begun = begun.subarray(at + 1);
        }
        if (begun.length > LONGEST_LINE_BYTES) begun = Buffer.alloc(0);
      }
    },
  };
};

type Reader = ReturnType<typeof createReader>;

/** The file that follows the one that was read, by what its names have become; of one that has gone, the oldest that is there. */
const openNext = async (dataDir: string, inode: number | undefined): Promise<Reader | undefined> => {
  let next: FileHandle | undefined;
  for (const path of logFiles(dataDir)) {
    const handle = await openIfThere(path);
    if (handle === undefined) continue;
    if ((await handle.stat()).ino === inode) {
      await handle.close();
      break;
    }
    await next?.close();
    next = handle;
  }
  return next && createReader(next, 0);
};

/** The file in which that place is; the next one if it has gone meanwhile. */
const openAt = async (dataDir: string, { inode, bytes }: LogPosition): Promise<Reader | undefined> => {
  for (const path of logFiles(dataDir)) {
    const handle = await openIfThere(path);
    if (handle === undefined) continue;
    if ((await handle.stat()).ino === inode) return createReader(handle, bytes);
    await handle.close();
  }
  return openNext(dataDir, undefined);
};

/**
 * The lines that the log gets, as they come, through all the files that are begun meanwhile, until the signal is aborted. It is looked
 * for a few times a second, which network file systems understand too.
 * @param from behind it; undefined: from the first line of a log that is still to come
 * @throws what the disk says
 */
export async function* follow(
  dataDir: string,
  from: LogPosition | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let reader = from && (await openAt(dataDir, from));
  try {
    while (!signal.aborted) {
      if (reader !== undefined) yield* reader.lines();
      const next = await openNext(dataDir, await reader?.inode());
      if (next === undefined) {
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
        continue;
      }
      // What was written between the last look and the new file.
      if (reader !== undefined) yield* reader.lines();
      await reader?.close();
      reader = next;
    }
  } finally {
    await reader?.close();
  }
}
