import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../domain/errors.ts';
import type { LaidOut, ToRead } from './laid-out.ts';

/** Of a processor's time: a megabyte that somebody means to be read takes half a second; readers of Markdown can be kept busy for hours. */
const LONGEST_MS = 5000;
/** By the clock, however much else the machine has to do. As it was written takes a tenth of a second, whatever it is. */
const LONGEST_BY_CLOCK_MS = 60_000;
const LOOK_MS = 250;
const MEMORY_MB = 256;

/** Waits for what a thread says, as long as it has not taken more of a processor's time: a busy machine only makes it wait. */
const answerOf = async (worker: Worker, longestMs: number): Promise<LaidOut> => {
  const tooLong = new AbortController();
  const look = setInterval(() => {
    const judge = ({ user, system }: NodeJS.CpuUsage): void => {
      if ((user + system) / 1000 > longestMs) tooLong.abort();
    };
    // One that has ended has said so already.
    worker.cpuUsage().then(judge, () => undefined);
  }, LOOK_MS);
  try {
    const signal = AbortSignal.any([tooLong.signal, AbortSignal.timeout(LONGEST_BY_CLOCK_MS)]);
    const [laidOut] = (await once(worker, 'message', { signal })) as [LaidOut];
    return laidOut;
  } finally {
    clearInterval(look);
  }
};

const inThread = async (toRead: ToRead, longestMs: number): Promise<LaidOut> => {
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: toRead,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  try {
    return await answerOf(worker, longestMs);
  } finally {
    await worker.terminate();
  }
};

/**
 * Lays a README out, in a thread of its own: nobody else waits for it. What takes too long, or too much memory, or lies too deep, is shown as it
 * was written.
 * @throws AppError operational: that could not be done either
 */
export const layOutInThread = async (toRead: ToRead, longestMs = LONGEST_MS): Promise<LaidOut> => {
  try {
    return await inThread(toRead, longestMs);
  } catch {
    try {
      return await inThread({ ...toRead, asWritten: true }, LONGEST_BY_CLOCK_MS);
    } catch (error) {
      throw new AppError('operational', 'This README could not be made ready to be shown.', {
        cause: error,
      });
    }
  }
};
