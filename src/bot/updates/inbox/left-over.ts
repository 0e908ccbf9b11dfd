import type { Message, Update } from 'grammy/types';
import type { WallClock } from '../../../lib/clock.ts';
import type { Log } from '../../../lib/log.ts';
import type { Store } from '../../../store/store.ts';
import { isReadable } from '../shape.ts';

/** An update at which the program died so many times is not tried again. */
const DEATHS_MOST = 3;
/** As long as Telegram keeps what nobody fetches: nobody expects an answer to what was written before. */
const LATE_MS = 24 * 3_600_000;

export interface LeftOver {
  /** Those to be handled, in order. */
  readonly rest: readonly Update[];
  /** Too old to be answered. */
  readonly late: readonly Update[];
  /** The program died at these each time. */
  readonly deadly: readonly Update[];
  /** The ids of those whose rows hold something else. */
  readonly unreadable: readonly number[];
}

const readUpdate = (payload: string): Update | undefined => {
  try {
    const update: unknown = JSON.parse(payload);
    return isReadable(update) ? update : undefined;
  } catch {
    // Told by whoever asked, with its id.
    return undefined;
  }
};

/** Further apart clocks of machines that are set do not go. */
const CLOCKS_APART_MS = 60_000;

/**
 * When it came, in milliseconds. Nothing comes before it is written: where Telegram's clock says so, that of this machine stood in the past
 * (it has none of its own, and nobody had told it the time). A tap has no time of its own, and may be of now.
 */
const cameAt = (update: Update, receivedAt: number, now: number): number => {
  const written = update.message ?? update.edited_message;
  const told: Partial<Pick<Message, 'date' | 'edit_date'>> = written ?? update.callback_query?.message ?? {};
  const toldAt = 1000 * Math.max(told.date ?? 0, told.edit_date ?? 0);
  if (toldAt <= receivedAt + CLOCKS_APART_MS) return receivedAt;
  return written ? toldAt : now;
};

/** What an earlier run of the program has left. */
export const leftOver = ({
  updates,
  clock,
  log,
}: Pick<Store, 'updates'> & { readonly clock: WallClock; readonly log: Log }): LeftOver => {
  const now = clock.now();
  const rest: Update[] = [];
  const late: Update[] = [];
  const deadly: Update[] = [];
  const unreadable: number[] = [];
  for (const { updateId, payload, deaths, receivedAt } of updates.waitingUpdates()) {
    const update = readUpdate(payload);
    if (!update) {
      log.error({ update: updateId }, 'An update that was kept cannot be read, and is given up');
      unreadable.push(updateId);
    } else if (now - cameAt(update, Date.parse(receivedAt), now) > LATE_MS) {
      log.warn({ update: updateId, receivedAt }, 'An update is left out: it came more than a day ago');
      late.push(update);
    } else if (deaths < DEATHS_MOST) {
      rest.push(update);
    } else {
      log.error({ update: updateId, deaths }, 'An update is given up: the program died at it each time');
      deadly.push(update);
    }
  }
  return { rest, late, deadly, unreadable };
};

/** Which updates are handled anew since the program died, and whether it would be their fault if it died again. */
export interface Suspects {
  /** These are next: from now on a death is counted as theirs. */
  readonly suspect: (updateIds: readonly number[]) => void;
  readonly isSuspect: (updateId: number) => boolean;
  /** While this one waits for somebody else, a death is not its own. */
  readonly excused: <T>(updateId: number, wait: () => Promise<T>) => Promise<T>;
}

/** @param signal when it is aborted, the program ends by itself: no death is counted any more */
export const createSuspects = (updates: Store['updates'], signal: AbortSignal, log: Log): Suspects => {
  /** How much each one waits for. */
  const waits = new Map<number, number>();

  const tryTo = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // A full disk is no reason to leave them.
      log.warn({ err: error }, 'Updates that were left are handled without being counted');
    }
  };
  const addWait = (updateId: number, by: 1 | -1): boolean => {
    const before = waits.get(updateId) ?? 0;
    waits.set(updateId, before + by);
    return before === 0 || before + by === 0;
  };

  return {
    suspect: (updateIds) =>
      tryTo(() => {
        for (const id of updates.countDeaths(updateIds)) waits.set(id, 0);
      }),
    isSuspect: (updateId) => waits.has(updateId),
    excused: async (updateId, wait) => {
      if (!waits.has(updateId)) return wait();
      if (addWait(updateId, 1)) tryTo(() => updates.changeDeaths(updateId, -1));
      try {
        return await wait();
      } finally {
        // An end that was asked for is no death.
        if (addWait(updateId, -1) && !signal.aborted) tryTo(() => updates.changeDeaths(updateId, 1));
      }
    },
  };
};
