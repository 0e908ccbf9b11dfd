import { parentPort } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../errors.ts';
import { readModels, type ReadModels } from './read-models.ts';

/** Main → worker, once. */
export interface ReadingTask {
  readonly text: string;
  readonly hosts: readonly string[];
}

/** Worker → main: what a file says, in slices, the last of which has the rest. */
export type ReadingReply =
  | { readonly kind: 'part'; readonly part: Pick<ReadModels, 'entries' | 'refused'> }
  | { readonly kind: 'end'; readonly rest: Omit<ReadModels, 'entries' | 'refused'> }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

const SLICE = 500;

const reply = (message: ReadingReply): void => parentPort?.postMessage(message);

const work = ({ text, hosts }: ReadingTask): void => {
  const { entries, refused, ...rest } = readModels(text, hosts);
  for (let at = 0; at < Math.max(entries.length, refused.length); at += SLICE) {
    reply({
      kind: 'part',
      part: { entries: entries.slice(at, at + SLICE), refused: refused.slice(at, at + SLICE) },
    });
  }
  reply({ kind: 'end', rest });
};

parentPort?.on('message', (task: ReadingTask) => {
  try {
    work(task);
  } catch (error) {
    // A fault of ours goes on as one: it ends this thread, and whoever waits for it is told.
    if (!(error instanceof AppError)) throw error;
    reply({ kind: 'refused', code: error.code, message: error.message });
  }
});
