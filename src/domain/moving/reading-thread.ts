import { addAbortListener } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { startThread } from '../failures/threads.ts';
import { type NumberedEntry, readModels, type ReadModels, type RefusedLine } from './read-models.ts';
import type { ReadingReply, ReadingTask } from './reading-worker.ts';

/** So many characters are read at once in a few milliseconds; a thread takes a third of a second to start. */
const AT_ONCE = 20_000;
/** What ten megabytes of JSON need that mean something, several times over; then it is given up. */
const MEMORY_MOST_MB = 512;

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

const gather = (worker: Worker): Promise<ReadModels> => {
  const { promise, resolve, reject } = Promise.withResolvers<ReadModels>();
  const entries: NumberedEntry[] = [];
  const refused: RefusedLine[] = [];
  worker.on('message', (reply: ReadingReply) => {
    if (reply.kind === 'refused') reject(new AppError(reply.code, reply.message));
    else if (reply.kind === 'end') resolve({ entries, refused, ...reply.rest });
    else {
      entries.push(...reply.part.entries);
      refused.push(...reply.part.refused);
    }
  });
  worker.on('error', (error) =>
    reject(isOutOfMemory(error) ? new AppError('validation', 'This file holds too much to be read.') : error),
  );
  worker.on('exit', () => reject(new Error('A thread that reads a file has ended without an answer')));
  return promise;
};

/**
 * `readModels`, without keeping the event loop: files come from strangers.
 * @throws as `readModels`; AppError unavailable: there is no thread for it; the signal's reason
 */
export const readModelsApart = async (task: ReadingTask, signal: AbortSignal): Promise<ReadModels> => {
  signal.throwIfAborted();
  if (task.text.length <= AT_ONCE) return readModels(task.text, task.hosts);
  const worker = startThread(new URL('reading-worker.ts', import.meta.url), 'reads long lists', {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MOST_MB },
  });
  const leaving = addAbortListener(signal, () => void worker.terminate());
  try {
    const read = gather(worker);
    worker.postMessage(task);
    return await read.catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  } finally {
    leaving[Symbol.dispose]();
    await worker.terminate();
  }
};
