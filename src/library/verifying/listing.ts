import { AppError } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';
import type { Verification } from '../../store/verifying/verifications.ts';
import type { LeftBehind } from '../adopting/left-behind.ts';
import { createInTurn } from '../finding/in-turn.ts';

interface ListingDeps {
  readonly store: Store;
  readonly log: Log;
}

/** Finds out on the disk what an adoption means. */
const list = async (
  store: Store,
  leftBehind: LeftBehind,
  { id, wish, chatId }: Verification,
  signal: AbortSignal,
): Promise<void> => {
  try {
    const found = wish ? await leftBehind.meantBy(wish, chatId, signal) : [];
    store.verifications.listItems(
      id,
      found,
      wish ? undefined : 'What was asked for cannot be read any more. Ask again.',
    );
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof AppError)) throw error;
    store.verifications.listItems(id, [], error.message);
  }
};

/** So many at once: one that waits for a machine which tells slowly keeps nobody from theirs. */
const LISTED_AT_ONCE = 4;

/** What adoptions mean, of chats in turn. @param onListed is told of each of which it is known what it means */
export const createListing = ({ store, log }: ListingDeps, leftBehind: LeftBehind, onListed: () => void) => {
  const leaving = new Map<number, AbortController>();
  const turns = createInTurn<Verification>({
    next: (except) => store.verifications.nextUnlisted(except),
    run: async (adoption, shutdown) => {
      const leave = new AbortController();
      leaving.set(adoption.id, leave);
      try {
        await list(store, leftBehind, adoption, AbortSignal.any([shutdown, leave.signal]));
      } finally {
        leaving.delete(adoption.id);
      }
      onListed();
    },
    atOnce: LISTED_AT_ONCE,
    log,
  });
  return { ...turns, leave: (id: number, why: Error) => leaving.get(id)?.abort(why) };
};
