import { addAbortListener } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CutReply, CutTask } from './cut-worker.ts';

/** A chunk has eight thousand bytes at least: a terabyte in one file would still be held. */
const MEMORY_MOST_MB = 512;

/** @returns undefined if the system has no thread left */
const start = (task: CutTask): Worker | undefined => {
  try {
    return new Worker(new URL('cut-worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MOST_MB },
    });
  } catch {
    return undefined;
  }
};

/**
 * Looks in a thread of its own where stretches of a file are cut into chunks.
 * @returns of each the lengths of its chunks; undefined if the file cannot be read, or there is no thread for it
 * @throws the signal's reason
 */
export const cutInThread = async (task: CutTask, signal: AbortSignal): Promise<readonly Uint32Array[] | undefined> => {
  if (task.stretches.length === 0) return [];
  signal.throwIfAborted();
  const worker = start(task);
  // Then nobody knows, and all of it comes over the network.
  if (!worker) return undefined;
  const { promise, resolve } = Promise.withResolvers<CutReply>();
  worker.on('message', resolve);
  // It cannot be opened, or memory has run out: then nobody knows.
  worker.on('error', () => resolve(undefined));
  worker.on('exit', () => resolve(undefined));
  const leaving = addAbortListener(signal, () => void worker.terminate());
  try {
    const reply = await promise;
    signal.throwIfAborted();
    return reply;
  } finally {
    leaving[Symbol.dispose]();
    await worker.terminate();
  }
};
