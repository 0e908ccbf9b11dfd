import { askProcess } from '../../../checks/ask-process.ts';
import { AppError } from '../../../domain/errors.ts';
import type { LaidOut, ToRead } from './laid-out.ts';
import type { LayOutTask } from './lay-out-process.ts';

/** Of a processor's time: a megabyte that somebody means to be read takes half a second; readers of Markdown can be kept busy for hours. */
const LONGEST_MS = 5000;
/** By the clock, however much else the machine has to do. As it was written takes a tenth of a second, whatever it is. */
const LONGEST_BY_CLOCK_MS = 60_000;
/** A thread would not do: V8 ends the whole program where one asks for more than it may have in a single piece. */
const HEAP_MOST_MB = 256;
const RESIDENT_MOST_BYTES = 640 * 1024 * 1024;

const notThere = (why: string): never => {
  throw new Error(`A README is not laid out: ${why}`);
};

const inProcess = (task: LayOutTask, signal: AbortSignal): Promise<LaidOut> =>
  askProcess<LaidOut, LaidOut>(
    {
      module: new URL('lay-out-process.ts', import.meta.url),
      heapMostMb: HEAP_MOST_MB,
      residentMostBytes: RESIDENT_MOST_BYTES,
      task,
      timeMostMs: LONGEST_BY_CLOCK_MS,
      onReply: (laidOut) => laidOut,
      onTooMuch: (what) => notThere(`it takes too much ${what}`),
      onEnd: (code, end) => notThere(`its process has ended (${end ?? code})`),
    },
    signal,
  );

/**
 * Lays a README out, in a process of its own: nobody else waits for it, or goes down with it. What takes too long, or too much memory, or lies
 * too deep, is shown as it was written.
 * @param longestMs of a processor's time
 * @throws AppError operational: that could not be done either; the signal's reason
 */
export const layOutApart = async (toRead: ToRead, signal: AbortSignal, longestMs = LONGEST_MS): Promise<LaidOut> => {
  try {
    return await inProcess({ ...toRead, longestMs }, signal);
  } catch {
    signal.throwIfAborted();
  }
  try {
    return await inProcess({ ...toRead, asWritten: true, longestMs: LONGEST_BY_CLOCK_MS }, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new AppError('operational', 'This README could not be made ready to be shown.', { cause });
  }
};
