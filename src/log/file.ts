import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { writeSync } from 'node:fs';
import type { Clock } from '../lib/clock.ts';
import { codeOf } from '../lib/error-code.ts';
import type { Log, LogSink } from '../lib/log.ts';
import { logFiles, logFolder } from './file-names.ts';

export interface LogFile extends LogSink {
  /** Resolves when every line is written, or cannot be. */
  readonly close: () => Promise<void>;
}

interface LogFileOptions {
  readonly dataDir: string;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Hears, once for as long as it lasts, that nothing can be written. */
  readonly log: Pick<Log, 'warn'>;
  /** How long a file becomes; 5 MB if not given. With the older ones that is 25 MB: weeks of a busy bot. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 5e6;
/** What is written at once. */
const PIECE_BYTES = 65_536;
/** What waits for a disk on which nothing can be written: some thousand lines. Later ones are only told elsewhere. */
const WAITING_MOST = 1e6;
const RETRY_MS = 10_000;

const LINE_FEED = 10;

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
};

/**
 * Makes room for a new file: each gets the name of the next older one, and the oldest goes. Up to the first name that is free
 * only, so that one which cannot be renamed, however often it is tried, does not drive the others out.
 */
const shift = async (files: readonly string[]): Promise<void> => {
  let free = 1;
  while (free < files.length && (await exists(files[free] ?? ''))) free += 1;
  if (free === files.length) await rm(files[(free -= 1)] ?? '');
  for (; free > 0; free -= 1) await rename(files[free - 1] ?? '', files[free] ?? '');
};

/** Whether a crash, or a full disk, has left half a line at its end. */
const isTorn = async (handle: FileHandle, sizeBytes: number): Promise<boolean> => {
  if (sizeBytes === 0) return false;
  const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: sizeBytes - 1 });
  return buffer[0] !== LINE_FEED;
};

interface Rolling {
  /** Writes all of it, into a new file if it is too much for the one that is there. @throws what the disk says; `done` says how much is written */
  readonly write: (piece: Buffer, done: (bytes: number) => void) => Promise<void>;
  readonly descriptor: () => number | undefined;
  readonly close: () => Promise<void>;
}

/** Files that are begun anew when they are full. Each is opened again after whatever has failed. */
const createRolling = (dataDir: string, maxBytes: number): Rolling => {
  const files = logFiles(dataDir);
  const [path] = files;
  let current: { readonly handle: FileHandle; bytes: number } | undefined;
  /** Only what an earlier process has left: after a failure of this one the other half follows. */
  let mayBeTorn = true;

  const close = async (): Promise<void> => {
    const closing = current?.handle;
    current = undefined;
    await closing?.close();
  };

  const begin = async (): Promise<NonNullable<typeof current>> => {
    await mkdir(logFolder(dataDir), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      const added = mayBeTorn && (await isTorn(handle, size)) ? (await handle.write('\n')).bytesWritten : 0;
      mayBeTorn = false;
      return { handle, bytes: size + added };
    } catch (error) {
      await handle.close();
      throw error;
    }
  };

  return {
    write: async (piece, done) => {
      try {
        current ??= await begin();
        if (current.bytes > 0 && current.bytes + piece.length > maxBytes) {
          await close();
          await shift(files);
          current = await begin();
        }
        for (let rest = piece; rest.length > 0; ) {
          const { bytesWritten } = await current.handle.write(rest);
          current.bytes += bytesWritten;
          rest = rest.subarray(bytesWritten);
          done(bytesWritten);
        }
      } catch (error) {
        await close().catch(() => undefined);
        throw error;
      }
    },
    descriptor: () => current?.handle.fd,
    close,
  };
};

/** Lines that wait to be written, as bytes; half a line only at its beginning, if the other half is written. */
const createWaiting = () => {
  let lines: Buffer[] = [];
  let bytes = 0;
  return {
    isEmpty: () => lines.length === 0,
    hasRoom: () => bytes < WAITING_MOST,
    put: (line: string): void => {
      const added = Buffer.from(line);
      lines.push(added);
      bytes += added.length;
    },
    /** Whole lines, so many as are written at once; they stay until they are `written`. */
    next: (): Buffer => {
      let [end, size] = [0, 0];
      do size += lines[end++]?.length ?? 0;
      while (end < lines.length && size + (lines[end]?.length ?? 0) <= PIECE_BYTES);
      return Buffer.concat(lines.slice(0, end));
    },
    written: (count: number): void => {
      bytes -= count;
      let [gone, left] = [0, count];
      while (left >= (lines[gone]?.length ?? Number.POSITIVE_INFINITY)) left -= lines[gone++]?.length ?? 0;
      lines = lines.slice(gone);
      if (left > 0) lines[0] = (lines[0] ?? Buffer.alloc(0)).subarray(left);
    },
    all: (): Buffer => Buffer.concat(lines),
  };
};

/**
 * The log as files in the data folder (`log/file-names.ts`), for whoever looks for what has happened: in the chat, on the
 * machine. They are written beside everything else, a moment later: what is killed loses the lines of that moment only. Where nothing
 * can be written, lines wait, then some are left out, and the program goes on.
 */
export const openLogFile = ({ dataDir, clock, log, maxBytes = MAX_BYTES }: LogFileOptions): LogFile => {
  const rolling = createRolling(dataDir, maxBytes);
  const waiting = createWaiting();
  let writing: Promise<void> | undefined;
  let failedAt: number | undefined;
  let leftOut = 0;
  let isClosed = false;

  const writeAll = async (): Promise<void> => {
    while (!waiting.isEmpty()) await rolling.write(waiting.next(), waiting.written);
    failedAt = undefined;
    if (leftOut === 0) return;
    log.warn({ lines: leftOut }, 'Lines are missing in the log file: they could not be written');
    leftOut = 0;
  };

  const fail = (error: unknown): void => {
    const isNews = failedAt === undefined;
    failedAt = clock.monotonic();
    if (isNews) log.warn({ err: error }, 'The log file cannot be written; it is tried again, and the log goes on here');
  };

  const start = (): void => {
    if (writing !== undefined || (failedAt !== undefined && clock.monotonic() - failedAt < RETRY_MS)) return;
    writing = writeAll()
      .catch(fail)
      .finally(() => {
        writing = undefined;
        if (failedAt === undefined && !waiting.isEmpty()) start();
      });
  };

  return {
    write: (line) => {
      if (isClosed) return;
      if (waiting.hasRoom()) waiting.put(line);
      else leftOut += 1;
      start();
    },
    flush: () => {
      const descriptor = rolling.descriptor();
      if (descriptor === undefined || waiting.isEmpty()) return;
      try {
        // What is being written at this moment may come twice; that is better than not at all.
        writeSync(descriptor, waiting.all());
      } catch {
        // Whoever flushes ends the program, and what there is to say stands on stdout.
      }
    },
    close: async () => {
      isClosed = true;
      failedAt = undefined;
      if (!waiting.isEmpty()) start();
      while (writing !== undefined) await writing;
      await rolling.close();
    },
  };
};
