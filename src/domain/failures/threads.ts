import { Worker, type WorkerOptions } from 'node:worker_threads';
import { AppError } from '../errors.ts';

/**
 * A thread of its own for work that would keep everybody waiting.
 * @param what it does, behind “of which one …”
 * @throws AppError unavailable: the system has no thread left, or no memory for one
 */
export const startThread = (source: URL, what: string, options: WorkerOptions = {}): Worker => {
  try {
    return new Worker(source, options);
  } catch (error) {
    throw new AppError('unavailable', `The system gives hubgram no more threads, of which one ${what}.`, {
      cause: error,
    });
  }
};
