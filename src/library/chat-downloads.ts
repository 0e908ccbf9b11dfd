import { hasCopy, type Model } from '../domain/model.ts';
import type { StatusWord } from '../domain/states/model.ts';
import { canSkip } from '../domain/waiting.ts';
import { countOneByOne } from '../lib/async/slices.ts';
import type { Queue } from '../queue/queue.ts';
import type { OrderMove } from '../queue/reorder.ts';
import type { Store } from '../store/store.ts';
import { modelIn } from './find.ts';
import { statusWord } from './model-view.ts';

interface Deps {
  readonly store: Store;
  readonly queue: Queue;
}

/** As far as it takes to do something to thousands of them. */
type Some = Pick<Model, 'id' | 'requestedBy'>;

/** A chat's models in any of these states, in the order of the states, the newest first. */
const inStates = ({ models }: Store, chatId: number, words: readonly StatusWord[]): Some[] =>
  words.flatMap((word) => models.findLibrary(chatId, { word }).toReversed());

/** The model with this number, if it is one of this chat that waits, and can be moved among those that do. */
export const waitingModel = (store: Store, chatId: number, id: number): Model | undefined => {
  const model = modelIn(store, chatId, id);
  return model?.status === 'pending' && model.enabled ? model : undefined;
};

/** What of a chat waits, in the order in which it will start. */
export const waitingIn = ({ models }: Store, chatId: number, most?: number): readonly Model[] =>
  models.waiting(chatId, most);

/** States in which a model can be cancelled; the one a person would most likely mean comes first. */
export const CANCELLABLE: readonly StatusWord[] = ['downloading', 'pending', 'paused'];

/** Whether a model can be cancelled: what has failed only where it has a copy all the same. */
export const canCancel = (store: Store, model: Model): boolean =>
  CANCELLABLE.includes(statusWord(store, model)) || (model.status !== 'completed' && hasCopy(model));

/** What cancelling all that somebody may cancel in a chat would mean. */
export interface CancelPlan {
  readonly models: readonly Some[];
  /** The id of the newest of them. A model that is added after the question is not cancelled by the answer. */
  readonly newestId: number;
  /** What would be dropped. */
  readonly arrivedBytes: number;
}

/** Whether who asks may cancel what this person has asked for. */
type MayCancel = (model: Pick<Model, 'requestedBy'>) => Promise<boolean>;

const cancellableBy = async (store: Store, chatId: number, may: MayCancel, newestId: number): Promise<Some[]> => {
  const models: Some[] = [];
  // Thousands may be of a few people.
  const answers = new Map<number | null, boolean>();
  for (const model of inStates(store, chatId, CANCELLABLE)) {
    if (model.id > newestId) continue;
    const mayThis = answers.get(model.requestedBy) ?? (await may(model));
    answers.set(model.requestedBy, mayThis);
    if (mayThis) models.push(model);
  }
  return models;
};

/**
 * What is asked before all is cancelled.
 * @returns undefined if nothing in this chat can be cancelled by who asks
 */
export const planCancelAll = async (deps: Deps, chatId: number, may: MayCancel): Promise<CancelPlan | undefined> => {
  const models = await cancellableBy(deps.store, chatId, may, Number.MAX_SAFE_INTEGER);
  if (models.length === 0) return undefined;
  return {
    models,
    newestId: Math.max(...models.map(({ id }) => id)),
    arrivedBytes: models.reduce((sum, { id }) => sum + arrivedBytes(deps, id), 0),
  };
};

/**
 * Cancels all that somebody may cancel in a chat.
 * @param newestId of the plan that was agreed to
 * @returns how many were cancelled
 */
export const cancelAll = async (
  { store, queue }: Deps,
  chatId: number,
  may: MayCancel,
  newestId: number,
): Promise<number> => {
  const models = await cancellableBy(store, chatId, may, newestId);
  return countOneByOne(models, ({ id }) => queue.cancel(id));
};

/**
 * The models that a command without a name may mean: those in these states, in the order of the states. What waits comes in the
 * order in which it will start, all else the newest first.
 * @param most of each state
 */
export const likelyIn = (store: Store, chatId: number, words: readonly StatusWord[], most: number): readonly Model[] =>
  words.flatMap((word) =>
    word === 'pending' ? waitingIn(store, chatId, most) : store.models.listModels(chatId, { word, limit: most }),
  );

/**
 * What a person could want to start: what waits for something that may be skipped, then what stands still.
 * @param most of each kind
 */
export const startableIn = ({ store, queue }: Deps, chatId: number, most: number): readonly Model[] => {
  const canStart = (model: Model): boolean => {
    const waiting = queue.waitingOf(model);
    return waiting !== undefined && canSkip(waiting);
  };
  const skippable = store.models.skippable(chatId, most).flatMap((id) => store.models.getModel(id) ?? []);
  return [...skippable.filter(canStart), ...likelyIn(store, chatId, ['paused', 'failed'], most)];
};

/** Models that a move can change the position of, so many at most: all that wait, save the one that is first, or for `down` last, already. */
export const movableIn = (store: Store, chatId: number, move: OrderMove, most: number): readonly Model[] => {
  const waiting = waitingIn(store, chatId, most + 1);
  return move === 'down' ? waiting.slice(0, Math.min(most, waiting.length - 1)) : waiting.slice(1);
};

/** What a move came to: the model as it is then, and, if it was moved, its position in the order, counted from 1 over all chats. */
export interface Moved {
  readonly isMoved: boolean;
  readonly model: Model;
  readonly position: number | undefined;
}

/**
 * Moves what waits among the others of its chat.
 * @param updateId of the update that asks for it: however often that is handled, it is moved once
 * @returns undefined if this chat has no such model
 */
export const moveInOrder = (
  { store, queue }: Deps,
  { chatId, id }: Pick<Model, 'chatId' | 'id'>,
  move: OrderMove,
  updateId: number,
): Moved | undefined => {
  if (!modelIn(store, chatId, id)) return undefined;
  const isMoved = store.updates.doOnce(updateId, () => queue.reorder(id, move));
  const model = modelIn(store, chatId, id);
  // To know it, all that waits of all chats is looked at.
  return model && { isMoved, model, position: isMoved ? store.models.queuePosition(id) : undefined };
};

/** Lifts whatever keeps a model, so that it begins as soon as a place is free. @returns false if nothing could be lifted */
export const start = (queue: Pick<Queue, 'startNow' | 'resume' | 'retry' | 'restore'>, id: number): boolean =>
  queue.startNow(id) || queue.resume(id, 'now') || queue.retry(id, 'now') || queue.restore(id);

/**
 * Starts all of a chat that is not complete, save what was cancelled: somebody said that it is not wanted, so that it is
 * started by its own name only.
 * @returns how many were started
 */
export const startAll = ({ store, queue }: Deps, chatId: number): Promise<number> =>
  countOneByOne(
    inStates(store, chatId, ['downloading', 'pending', 'paused', 'failed']).toSorted((one, other) => other.id - one.id),
    ({ id }) => !store.models.isCancelled(id) && start(queue, id),
  );

/** Tries all failed downloads of a chat again. @returns how many there were */
export const retryAll = ({ store, queue }: Deps, chatId: number): Promise<number> =>
  countOneByOne(inStates(store, chatId, ['failed']), ({ id }) => queue.retry(id));

/** Bytes of a model that have arrived, and would be dropped if it were cancelled. */
export const arrivedBytes = ({ store, queue }: Deps, id: number): number =>
  queue.snapshot(id)?.bytesReady ?? store.sessions.openSession(id)?.bytesDownloaded ?? 0;

/** An owner holds every download of every chat, or lets them go on. @returns false if it is so already */
export const setHeld = (
  { store, queue }: Deps,
  by: { readonly userId: number; readonly chatId: number },
  isHeld: boolean,
): boolean => {
  const changed = isHeld ? queue.hold() : queue.unhold();
  if (changed) store.activity.logActivity(by.userId, by.chatId, isHeld ? 'downloads_hold' : 'downloads_unhold');
  return changed;
};

/** Who wants to be told of these: who asked for them, then who follows them; each once. */
export const peopleToTell = ({ models, followers }: Store, ids: readonly number[]): readonly number[] => {
  const wanting = ids.flatMap((id) => [models.getModel(id)?.requestedBy, ...followers.followersOf(id)]);
  return [...new Set(wanting.filter((userId) => typeof userId === 'number'))];
};

/** Notes that people were told of an end. Those who follow a model wait for it until it is complete, also after a failure. */
export const haveBeenTold = (
  { followers }: Pick<Store, 'followers'>,
  end: 'completed' | 'failed',
  id: number,
): void => {
  if (end === 'completed') followers.clearFollowers(id);
};

/**
 * A person in a group wants to be told how it ends, or no more.
 * @returns `ended`: there is nothing to be told; `anyway`: it is theirs, and they are told without
 */
export const toggleFollowing = (store: Store, model: Model, userId: number): 'ended' | 'anyway' | 'follows' | 'not' => {
  if (model.status === 'completed') return 'ended';
  if (model.requestedBy === userId) return 'anyway';
  return store.followers.toggleFollower(model.id, userId) ? 'follows' : 'not';
};
