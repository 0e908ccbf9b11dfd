import type { Log } from '../../../lib/log.ts';
import type { NewNotice } from '../../../store/messages/outbox.ts';
import { type Did, noteActivities } from '../../../people/activities.ts';
import type { Store } from '../../../store/store.ts';
import { leftOutNotice } from '../../outbox/unanswered.ts';

/** What is handled within this time is marked by one write, which costs a look at the disk: a crowd would wait for many. */
const MARK_MS = 50;
/** Before a write that the database refused is tried again. */
const MARK_AGAIN_MS = 5000;

/** What is written down with the end of an update, once. */
export interface Besides {
  /** Of what its chat has to be told. */
  readonly notice?: NewNotice | undefined;
  /** What its person did by it. */
  readonly did?: Did | undefined;
}

export interface HandledUpdates {
  /** An update was handled to its end. */
  readonly mark: (updateId: number, besides?: Besides) => void;
  /** So many answers to a chat were left out, by the update that is marked next. @param to its command, if it is one */
  readonly leaveOut: (chatId: number, count: number, to?: string) => void;
  /** Whether a chat has to be told of answers that were left out, and no row says so yet. */
  readonly owes: (chatId: number) => boolean;
  /** Writes down at once what is marked and no row yet. */
  readonly write: () => void;
  /** Whether an update was handled and the database does not know it yet: it must not be handled again. */
  readonly isUnmarked: (updateId: number) => boolean;
}

/**
 * What was handled is told to the database, which may have to be tried again: it must not be handled twice meanwhile. What a
 * chat has to be told of it becomes a notice by the same write, so that no end of the program comes in between.
 * @param signal what is refused after it is not tried again by itself
 */
export const createHandledUpdates = (store: Store, log: Log, signal: AbortSignal): HandledUpdates => {
  const { updates, outbox, atomically } = store;
  const unmarked = new Set<number>();
  const notices = new Set<NewNotice>();
  const dids = new Set<Did>();
  const leftOut = new Map<number, { readonly count: number; readonly to: ReadonlySet<string> }>();
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const ids = [...unmarked];
    if (ids.length === 0) return;
    try {
      atomically(() => {
        updates.markHandled(ids);
        noteActivities(store, [...dids]);
        for (const notice of notices) outbox.addNotice(notice);
        for (const [chatId, { count, to }] of leftOut) outbox.addNotice(leftOutNotice(chatId, count, [...to]));
      });
      for (const id of ids) unmarked.delete(id);
      notices.clear();
      dids.clear();
      leftOut.clear();
    } catch (error) {
      log.warn({ err: error, updates: ids.length }, 'Updates that were handled could not be marked as handled');
      if (!signal.aborted) timer = setTimeout(write, MARK_AGAIN_MS).unref();
    }
  };
  return {
    mark: (updateId, { notice, did } = {}) => {
      unmarked.add(updateId);
      if (notice) notices.add(notice);
      if (did) dids.add(did);
      timer ??= setTimeout(write, MARK_MS);
    },
    leaveOut: (chatId, count, to) => {
      if (count === 0) return;
      const before = leftOut.get(chatId);
      const names = new Set([...(before?.to ?? []), ...(to === undefined ? [] : [to])]);
      leftOut.set(chatId, { count: (before?.count ?? 0) + count, to: names });
    },
    owes: (chatId) => leftOut.has(chatId),
    write,
    isUnmarked: (updateId) => unmarked.has(updateId),
  };
};
