import { pageOf, type PageWanted } from '../../lib/page.ts';
import type { Cleanup, CleanupModel, FateSum } from '../../store/storage/cleanups.ts';
import type { Store } from '../../store/store.ts';

/** A clean-up as its chat is shown it. */
export interface CleanupView {
  readonly cleanup: Cleanup;
  readonly models: readonly CleanupModel[];
  readonly pages: number;
  /** Counted from 0; the last one if there are not so many. */
  readonly page: number;
  /** What still goes, what somebody keeps, what stays for another reason, and what was removed. */
  readonly goes: FateSum;
  readonly kept: FateSum;
  readonly stays: FateSum;
  readonly removed: FateSum;
}

/** @returns undefined if this chat has no such clean-up */
export const cleanupView = (store: Store, chatId: number, id: number, wanted: PageWanted): CleanupView | undefined => {
  const cleanup = store.cleanups.getCleanup(id);
  if (cleanup?.chatId !== chatId) return undefined;
  const sum = (...fates: CleanupModel['fate'][]): FateSum => store.cleanups.sumFate(id, fates);
  const { models: total } = sum('announced', 'going', 'kept', 'stays', 'removed');
  const { pages, page, ...part } = pageOf(total, wanted);
  return {
    cleanup,
    models: store.cleanups.cleanupModels(id, part),
    pages,
    page,
    goes: sum('announced', 'going'),
    kept: sum('kept'),
    stays: sum('stays'),
    removed: sum('removed'),
  };
};

/** What goes from a chat by itself; undefined: nothing does. */
export const announcedIn = (
  store: Store,
  chatId: number,
): { readonly id: number; readonly goes: FateSum } | undefined => {
  const cleanup = store.cleanups.announcedIn(chatId);
  const goes = cleanup && store.cleanups.sumFate(cleanup.id, ['announced', 'going']);
  return cleanup && goes && goes.models > 0 ? { id: cleanup.id, goes } : undefined;
};

/** What came of saying that something stays: how many it is new for, or why there was nothing to be kept. */
export type Kept =
  | { readonly cleanupId: number; readonly models: number; readonly fate: CleanupModel['fate'] | undefined }
  | undefined;

/**
 * Somebody says that one model of an announced clean-up stays, and does not count as unused for as long again.
 * @param entryId of the model within its clean-up
 * @returns undefined if this chat has no such entry
 */
export const keepOne = (store: Store, chatId: number, entryId: number): Kept => {
  const entry = store.cleanups.cleanupModel(entryId);
  const cleanup = entry && store.cleanups.getCleanup(entry.cleanupId);
  if (!entry || cleanup?.chatId !== chatId) return undefined;
  const models = store.cleanups.keepModels(cleanup.id, entryId);
  return { cleanupId: cleanup.id, models, fate: store.cleanups.cleanupModel(entryId)?.fate };
};

/** All of a clean-up stay. @returns undefined if this chat has no such clean-up */
export const keepAll = (store: Store, chatId: number, cleanupId: number): Kept => {
  if (store.cleanups.getCleanup(cleanupId)?.chatId !== chatId) return undefined;
  return { cleanupId, models: store.cleanups.keepModels(cleanupId), fate: undefined };
};
