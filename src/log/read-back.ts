import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../lib/error-code.ts';
import { logFiles } from './file-names.ts';

/** A place between two lines of the log. */
export interface LogPosition {
  /** The file's number on its disk, which it keeps when it gets an older name. */
  readonly inode: number;
  readonly bytes: number;
}

const PIECE_BYTES = 65_536;
/** What is longer is no line that the log has written, or none that anybody reads. */
const LONGEST_LINE_BYTES = 1_048_576;
const LINE_FEED = 10;

/** The lines of a file, the last one first; half of one at its end, or one that is too long, is left out. */
async function* linesOf(handle: FileHandle, sizeBytes: number, pieceBytes: number): AsyncGenerator<string> {
  let end = sizeBytes;
  /** What has been read of the line whose beginning is still to come, from its end; undefined if it is too long, or only half of one. */
  let later: Buffer | undefined;
  while (end > 0) {
    const begin = Math.max(0, end - pieceBytes);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(end - begin), position: begin });
    const piece = buffer.subarray(0, bytesRead);
    let stop = piece.length;
    for (let at = piece.lastIndexOf(LINE_FEED); at >= 0; at = at === 0 ? -1 : piece.lastIndexOf(LINE_FEED, at - 1)) {
      if (later !== undefined) yield Buffer.concat([piece.subarray(at + 1, stop), later]).toString();
      later = Buffer.alloc(0);
      stop = at;
    }
    const isLong = later !== undefined && later.length + stop > LONGEST_LINE_BYTES;
    later = later === undefined || isLong ? undefined : Buffer.concat([piece.subarray(0, stop), later]);
    end = begin;
  }
  if (later !== undefined) yield later.toString();
}

/**
 * The lines of the log, newest first, through all of its files; read from their ends in pieces, so that whoever wants the
 * last ones gets them at once, however long the log is. No log at all has no lines.
 * @param end only what stands before it; everything if not given
 * @throws what the disk says, but that a file is not there
 */
export async function* readBack(
  dataDir: string,
  {
    pieceBytes = PIECE_BYTES,
    end,
  }: { readonly pieceBytes?: number | undefined; readonly end?: LogPosition | undefined } = {},
): AsyncGenerator<string> {
  const read = new Set<number>();
  for (const path of logFiles(dataDir)) {
    let handle: FileHandle;
    try {
      handle = await open(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      throw error;
    }
    try {
      const { ino, size } = await handle.stat();
      // Files that have got an older name since are those that were read.
      if (read.has(ino)) continue;
      const isEnd = end !== undefined && read.size === 0;
      // What was begun since is later than the end.
      if (isEnd && ino !== end.inode) continue;
      read.add(ino);
      yield* linesOf(handle, isEnd ? Math.min(size, end.bytes) : size, pieceBytes);
    } finally {
      await handle.close();
    }
  }
}
