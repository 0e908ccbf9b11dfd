import type { WallClock } from '../../../src/lib/clock.ts';
import { ApiError } from '../api-error.ts';
import type { Changes } from '../world/changes.ts';
import { createUpdateQueue, type UpdateQueue } from './update-queue.ts';
import type { UpdateJson } from '../wire.ts';

interface PollOptions {
  readonly offset: number;
  readonly limit: number;
  readonly timeoutMs: number;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

export interface UpdatesOptions {
  readonly firstId: number;
  readonly clock: WallClock;
  readonly changes: Changes;
  /**
   * Telegram's guard against busy loops (Client.cpp `process_get_updates_query`): the same offset again within 3 s waits at
   * least 3 s, within half a second gets one update at most. A bot that stops right after a poll has begun feels it.
   */
  readonly guardBusyLoops: boolean;
}

export interface Updates extends Omit<UpdateQueue, 'add' | 'forgetBelow'> {
  /** Queues an update for the bot, unless it has not asked for this kind. */
  readonly add: (kind: string, body: object) => void;
  /**
   * Forgets updates below `offset`, then gives up to `limit`; waits up to `timeoutMs` if there are none.
   * @throws ApiError 409 when another poll comes meanwhile
   */
  readonly poll: (options: PollOptions) => Promise<readonly UpdateJson[]>;
  /** Ends a waiting poll with this error. */
  readonly endPoll: (error: ApiError) => void;
  /** Called after each `add` while set, so that a webhook delivers at once. */
  readonly onAdd: (listener: (() => void) | undefined) => void;
}

interface Waiting {
  readonly limit: number;
  readonly resolve: (updates: readonly UpdateJson[]) => void;
  readonly reject: (error: ApiError) => void;
}

const otherPoller = (): ApiError =>
  new ApiError(
    409,
    'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
  );

/** @param isOn otherwise it leaves every poll as it is */
const createGuard = (clock: WallClock, isOn: boolean): ((options: PollOptions) => PollOptions) => {
  let lastPoll = { offset: Number.NaN, at: 0 };
  return (options) => {
    const now = clock.now();
    const { offset, at } = lastPoll;
    lastPoll = { offset: options.offset, at: now };
    if (!isOn || offset !== options.offset || now >= at + 3000) return options;
    return {
      ...options,
      timeoutMs: Math.max(options.timeoutMs, 3000),
      limit: now < at + 500 ? 1 : options.limit,
    };
  };
};

/** The bot's updates and the one poll that may wait for them. */
export const createUpdates = ({ clock, changes, guardBusyLoops, firstId }: UpdatesOptions): Updates => {
  const queue = createUpdateQueue(clock, firstId);
  let waiting: Waiting | undefined;
  let bell: (() => void) | undefined;
  const guarded = createGuard(clock, guardBusyLoops);

  const wait = ({ limit, timeoutMs, signal }: PollOptions): Promise<readonly UpdateJson[]> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        if (waiting === mine) waiting = undefined;
        settle();
      };
      const giveUp = (): void => end(() => resolve([]));
      const mine: Waiting = {
        limit,
        resolve: (updates) => end(() => resolve(updates)),
        reject: (error) => end(() => reject(error)),
      };
      const timer = setTimeout(giveUp, timeoutMs);
      signal.addEventListener('abort', giveUp);
      waiting = mine;
      // Whoever waits for the bot to listen is told that it does.
      changes.emit({ kind: 'updates' });
    });

  const ring = (): void => {
    waiting?.resolve(queue.take(waiting.limit));
    changes.emit({ kind: 'updates' });
    bell?.();
  };

  return {
    ...queue,
    add: (kind, body) => {
      if (queue.add(kind, body)) ring();
    },
    force: (kind, body) => {
      queue.force(kind, body);
      ring();
    },
    poll: async (wanted) => {
      const options = guarded(wanted);
      waiting?.reject(otherPoller());
      if (options.offset !== 0) {
        queue.forgetBelow(options.offset);
        changes.emit({ kind: 'updates' });
      }
      const ready = queue.take(options.limit);
      if (ready.length > 0 || options.timeoutMs === 0) return ready;
      return wait(options);
    },
    confirm: (updateId) => {
      queue.confirm(updateId);
      changes.emit({ kind: 'updates' });
    },
    endPoll: (error) => waiting?.reject(error),
    onAdd: (listener) => {
      bell = listener;
    },
  };
};
