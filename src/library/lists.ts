import type { Host } from '../domain/hosts/host.ts';
import type { Model } from '../domain/model.ts';
import type { StatusWord } from '../domain/states/model.ts';
import type { Waiting } from '../domain/waiting.ts';
import type { LiveSnapshot } from '../queue/run/live.ts';
import type { Queue } from '../queue/queue.ts';
import { startOrderOf } from '../queue/reorder.ts';
import type { Store } from '../store/store.ts';
import { waitingIn } from './chat-downloads.ts';
import { stillOn } from './hosts/elsewhere.ts';

/** What waits, and for what. */
export interface Entry {
  readonly model: Model;
  readonly waiting: Waiting | undefined;
}

/** What stands still, and what of it has come, in bytes: it goes on from there. */
export interface Standing {
  readonly model: Model;
  readonly arrivedBytes: number;
}

/** The first of many, and how many there are. */
export interface Part<T> {
  readonly first: readonly T[];
  readonly total: number;
}

/** What runs in a chat and what does not, and why. */
export interface QueueView {
  /** The owner holds everything. */
  readonly isHeld: boolean;
  /** `waiting`: its machine is not heard of, and nobody sees how far it is. */
  readonly running: Part<Entry & { readonly snapshot: LiveSnapshot | undefined }>;
  /** The smallest that wait come first. */
  readonly isBySize: boolean;
  /** In the order they will run. */
  readonly waiting: Part<Entry & Standing>;
  readonly paused: Part<Standing>;
  readonly cancelled: Part<Model>;
  readonly failed: Part<{ readonly model: Model; readonly error: string | null }>;
  /** What was asked for and is no model before somebody has said which one is meant, as it was written. */
  readonly questions: Part<string>;
  /** What was asked for and is being looked up, as it was written: mostly for a moment, but for long where nobody answers. */
  readonly lookUps: Part<string>;
  /** What was asked for and is no model before it may be read, as it was written. */
  readonly gated: Part<string>;
  /** Of those that move, by their numbers: where each lies until it has come. */
  readonly movesFrom: ReadonlyMap<number, Host>;
}

interface QueueDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'snapshot' | 'waitingOf' | 'isHeld'>;
}

/** What `/queue` shows of a chat. @param most so many of each part are read, however many there are */
export const queueView = ({ store, queue }: QueueDeps, chatId: number, most: number): QueueView => {
  const movesFrom = new Map<number, Host>();
  const noting = <T>(toEntry: (model: Model) => T): ((model: Model) => T) => {
    return (model) => {
      const host = stillOn(store, model);
      if (host) movesFrom.set(model.id, host);
      return toEntry(model);
    };
  };
  const inState = <T>(word: StatusWord, toEntry: (model: Model) => T): Part<T> => ({
    first: store.models.listModels(chatId, { word, limit: most }).map(noting(toEntry)),
    total: store.models.countModels(chatId, { word }),
  });
  const asItIs = (model: Model): Model => model;
  const standing = (model: Model): Standing => ({
    model,
    arrivedBytes: store.sessions.openSession(model.id)?.bytesDownloaded ?? 0,
  });
  return {
    isHeld: queue.isHeld(),
    isBySize: startOrderOf(store, chatId) === 'smallest',
    running: inState('downloading', (model) => ({
      model,
      waiting: queue.waitingOf(model),
      snapshot: queue.snapshot(model.id),
    })),
    waiting: {
      first: waitingIn(store, chatId, most).map(
        noting((model) => ({ ...standing(model), waiting: queue.waitingOf(model) })),
      ),
      total: store.models.countWaiting(chatId),
    },
    paused: inState('paused', standing),
    failed: inState('failed', (model) => ({
      model,
      error: store.sessions.getDownloadHistory(model.id, 1)[0]?.errorMessage ?? null,
    })),
    cancelled: inState('cancelled', asItIs),
    questions: {
      first: store.addRequests.questionsIn(chatId, most),
      total: store.addRequests.countOpen(chatId).toBeAnswered,
    },
    lookUps: store.addRequests.lookUpsIn(chatId, most),
    gated: store.accessLooks.accessWaitsIn(chatId, most),
    movesFrom,
  };
};

/** The models of `queueView`, those that run first, then those that wait, and so on. @param most of each state */
export const queuedModels = (store: Store, chatId: number, most: number): readonly Model[] => {
  const inState = (word: StatusWord): Model[] => store.models.listModels(chatId, { word, limit: most });
  const waiting = waitingIn(store, chatId, most);
  return [inState('downloading'), waiting, inState('paused'), inState('failed'), inState('cancelled')].flat();
};

/** What can be done to all of a chat at once. */
export interface QueueActions {
  readonly order: boolean;
  readonly pause: boolean;
  readonly resume: boolean;
  readonly retry: boolean;
  /** To ask again what waits for an answer. */
  readonly ask: boolean;
}

/** Which of them there is something to do for in a chat. */
export const queueActions = (store: Store, chatId: number): QueueActions => {
  const has = (word: StatusWord): boolean => store.models.countModels(chatId, { word }) > 0;
  return {
    order: store.models.countWaiting(chatId) > 1,
    pause: has('downloading') || has('pending'),
    resume: has('paused'),
    retry: has('failed'),
    ask: store.addRequests.countOpen(chatId).toBeAnswered > 0,
  };
};

/** Whether something runs, waits for whatever it is, or stands still, even if it was cancelled. */
export const isBusy = (store: Store, chatId: number): boolean =>
  store.addRequests.countOpen(chatId).toBeAnswered > 0 ||
  (['downloading', 'pending', 'paused', 'failed'] as const).some(
    (status) => store.models.countModels(chatId, { status }) > 0,
  );
