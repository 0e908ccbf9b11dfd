import { AppError } from '../domain/errors.ts';
import type { Model } from '../domain/model.ts';
import type { StatusWord } from '../domain/states/model.ts';
import { formatBytes } from '../lib/text/bytes.ts';
import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import { start } from './chat-downloads.ts';
import { statusWord } from './model-view.ts';

export interface StatusDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'pause' | 'resume' | 'retry' | 'startNow' | 'restore' | 'spaceFor'>;
}

const refuse = (sentence: string): never => {
  throw new AppError('state_transition', sentence);
};

/**
 * Nothing is completed that was not verified. What lies on the disk whole is begun: its run finds every file, hashes it, and
 * completes it without a byte from the Hub.
 */
const complete = async (deps: StatusDeps, model: Model): Promise<'verifying'> => {
  const { store, queue } = deps;
  const { repoType: type, name: id, commitSha: commit } = model;
  if (commit === null) return refuse('Nobody knows yet what its files are: /download fetches it.');
  const files = await store.models.readModelFiles(model.id);
  const { missingBytes } = await queue.spaceFor({ type, id, commit }, files, model.hostId);
  if (missingBytes > 0 || files.length === 0) {
    return refuse(
      `${formatBytes(missingBytes)} of it are not on the disk: only what is there and verified is completed. /download fetches it.`,
    );
  }
  if (!start(queue, model.id) && store.models.getModel(model.id)?.status !== 'pending')
    return refuse('It is being downloaded, and completed when everything is verified.');
  return 'verifying';
};

const toPending = ({ queue }: StatusDeps, { id, filesGone }: Model, before: StatusWord): 'moved' => {
  if (before === 'paused' || before === 'cancelled') queue.resume(id);
  else if (before === 'failed') queue.retry(id);
  else if (before === 'completed' && filesGone > 0) queue.restore(id);
  else if (before === 'completed') return refuse('It is complete: there is nothing to wait for.');
  else return refuse('It is downloading: /pause stops it and keeps what has arrived.');
  return 'moved';
};

/**
 * Brings a model to a status that a person asks for, by the moves that the buttons have too.
 * @returns undefined: it is so already; `verifying`: it will be if what lies on the disk is right
 * @throws AppError state_transition with a sentence that says why not, and what would be right
 */
export const moveTo = async (
  deps: StatusDeps,
  model: Model,
  wanted: StatusWord,
): Promise<'moved' | 'verifying' | undefined> => {
  const before = statusWord(deps.store, model);
  if (before === wanted && !(wanted === 'completed' && model.filesGone > 0)) return undefined;
  switch (wanted) {
    case 'pending':
      return toPending(deps, model, before);
    case 'paused':
      if (deps.queue.pause(model.id)) return 'moved';
      return refuse(`It is ${before}: only what waits or downloads can be paused.`);
    case 'downloading':
      if (start(deps.queue, model.id)) return 'moved';
      return refuse(
        before === 'pending' ? 'It waits for nothing but its turn.' : `It is ${before}: nothing is left to download.`,
      );
    case 'completed':
      return complete(deps, model);
    case 'failed':
      return refuse('A download fails by itself, with its reason. /cancel or /pause stops it.');
    case 'cancelled':
      return refuse('/cancel does that: it asks first, since what has arrived is dropped.');
  }
};
