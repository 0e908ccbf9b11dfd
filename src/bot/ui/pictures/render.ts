/* bot/ui/pictures: pictures of our own, drawn by a thread, in which no foreign text stands. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../domain/errors.ts';

/** A picture takes a tenth of a second; more than this is a fault. */
const LONGEST_MS = 10_000;

/**
 * Draws an SVG, in a thread of its own.
 * @returns a PNG
 * @throws AppError operational: it took too long, or could not be drawn
 */
export const renderPng = async (svg: string, longestMs = LONGEST_MS): Promise<Uint8Array> => {
  const worker = new Worker(new URL('render-worker.ts', import.meta.url), { workerData: svg });
  try {
    const signal = AbortSignal.timeout(longestMs);
    const [png] = (await once(worker, 'message', { signal })) as [Uint8Array];
    return png;
  } catch (error) {
    throw new AppError('operational', 'The picture could not be drawn. /storage says the same in words.', {
      cause: error,
    });
  } finally {
    await worker.terminate();
  }
};
