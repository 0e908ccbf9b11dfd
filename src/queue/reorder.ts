import type { Model, Priority } from '../domain/model.ts';
import type { StartOrderChoice } from '../store/people/chats.ts';
import { toIso } from '../lib/clock.ts';
import type { Store } from '../store/store.ts';

export type OrderMove = 'first' | 'up' | 'down';

/** In which order a chat's models start. */
export const startOrderOf = ({ chats }: Store, chatId: number): StartOrderChoice =>
  chats.getChat(chatId)?.startOrder ?? 'added';

/** Where a model goes: its index now, to its index then. */
const TARGETS: Readonly<Record<OrderMove, (index: number) => number>> = {
  first: () => 0,
  up: (index) => index - 1,
  down: (index) => index + 1,
};

/** The chat's own part of the order: other chats' places are not for it to change. */
const ownOrder = (store: Store, chatId: number): Model[] => store.models.waiting(chatId);

/**
 * Writes an order into the rows: the times that they have, ascending, so that nobody gets ahead of another chat. Who keeps their time is
 * not written: of two thousand that wait, a step up changes two.
 * @returns those that were written, as they were before
 */
const writeOrder = (store: Store, order: readonly Model[]): readonly Model[] => {
  const times = order.map((model) => Date.parse(model.queuedAt)).toSorted((left, right) => left - right);
  let last = Number.NEGATIVE_INFINITY;
  return order.filter((model, index) => {
    last = Math.max(times[index] ?? 0, last + 1);
    const queuedAt = toIso(last);
    return queuedAt !== model.queuedAt && store.models.updateModelDetails(model.id, { queuedAt });
  });
};

/** @param before those that may have been written */
const restore = (store: Store, before: readonly Model[], startOrder: StartOrderChoice): void => {
  const [first] = before;
  if (first && startOrder === 'smallest') store.chats.setStartOrder(first.chatId, startOrder);
  for (const { id, priority, queuedAt } of before) store.models.updateModelDetails(id, { priority, queuedAt });
};

/**
 * Moves a waiting model within its chat's order. It takes the priority of the one it passes, since priority counts before
 * the place. What was the smallest first stands as it stood from then on, save for what was moved.
 * @returns false if it does not wait, is there already, or cannot get there: what was interrupted goes on first, what
 * waits for something else comes last
 */
export const reorder = (store: Store, id: number, move: OrderMove): boolean =>
  store.atomically(() => {
    const model = store.models.getModel(id);
    const before = model?.status === 'pending' ? ownOrder(store, model.chatId) : [];
    const from = before.findIndex((waiting) => waiting.id === id);
    const to = TARGETS[move](from);
    const passed = before[to];
    if (!model || from < 0 || !passed || to === from) return false;
    const startOrder = startOrderOf(store, model.chatId);
    if (startOrder === 'smallest') store.chats.setStartOrder(model.chatId, 'added');
    store.models.updateModelDetails(id, { priority: passed.priority });
    const written = writeOrder(store, before.toSpliced(from, 1).toSpliced(to, 0, model));
    if (store.models.waitingIds(model.chatId)[to] === id) return true;
    restore(store, [model, ...written], startOrder);
    return false;
  });

/** @returns false if there is no such model, or it has this priority */
export const setPriority = (store: Store, id: number, priority: Priority): boolean => {
  const model = store.models.getModel(id);
  return model !== undefined && model.priority !== priority && store.models.updateModelDetails(id, { priority });
};
