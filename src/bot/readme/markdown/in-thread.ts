import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../domain/errors.ts';
import type { LaidOut, ToRead } from './laid-out.ts';

/** A megabyte that somebody means to be read takes half a second; readers of Markdown can be kept busy for hours. */
const LONGEST_MS = 5000;
/** As it was written takes a tenth of a second, whatever it is. */
const WRITTEN_LONGEST_MS = 60_000;
const MEMORY_MB = 256;

const inThread = async (toRead: ToRead, longestMs: number): Promise<LaidOut> => {
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: toRead,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  try {
    const [laidOut] = (await once(worker, 'message', { signal: AbortSignal.timeout(longestMs) })) as [LaidOut];
    return laidOut;
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
      return await inThread({ ...toRead, asWritten: true }, WRITTEN_LONGEST_MS);
    } catch (error) {
      throw new AppError('operational', 'This README could not be made ready to be shown.', {
        cause: error,
      });
    }
  }
};
