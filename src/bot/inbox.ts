import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Update } from 'grammy/types';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';

export interface Inbox {
  /** Keeps updates as they came from Telegram, and has them handled. */
  readonly take: (updates: readonly Update[]) => void;
  /** Goes on with what an earlier run of the program has left; once, however often it is called. */
  readonly resume: () => void;
  /** How many updates of this chat wait behind the one that is being handled. */
  readonly waiting: (chatId: number) => number;
  /** Begins no other update. What waits is handled after the next start. */
  readonly stop: () => void;
  /** Stops, and resolves when what is under way has ended. */
  readonly close: () => Promise<void>;
}

export interface InboxDeps {
  readonly updates: Store['updates'];
  /** @throws whatever keeps it from having been handled: then it comes again after the next start */
  readonly handle: (update: Update) => Promise<void>;
  /** What waited for a chat is done. */
  readonly onIdle: (chatId: number) => Promise<void>;
  readonly log: Log;
}

/** An update at which the program died so many times is not tried again. */
const DEATHS_MOST = 3;

/** Updates of one chat are handled one after the other; those of no chat (inline queries) by their person. */
const lineOf = (update: Update): number => {
  const { message, edited_message: edited, callback_query: pressed, my_chat_member: member } = update;
  const chat = message?.chat ?? edited?.chat ?? pressed?.message?.chat ?? member?.chat;
  return chat?.id ?? pressed?.from.id ?? update.inline_query?.from.id ?? 0;
};

interface Lines {
  readonly put: (update: Update) => void;
  readonly waiting: (chatId: number) => number;
  readonly stop: () => void;
  readonly done: () => Promise<void>;
}

/** One line of updates for each chat. @param handle never rejects */
const createLines = (handle: (update: Update) => Promise<void>, onIdle: (chatId: number) => Promise<void>): Lines => {
  const lines = new Map<number, Update[]>();
  const running = new Set<Promise<void>>();
  let isClosed = false;

  const work = async (chatId: number, line: Update[]): Promise<void> => {
    for (let next = line[0]; next && !isClosed; next = line[0]) {
      await handle(next);
      line.shift();
      // What waits for nothing would go on without end: others get their turn between any two.
      await nextTurn();
    }
    lines.delete(chatId);
    if (!isClosed) await onIdle(chatId);
  };

  return {
    put: (update) => {
      const chatId = lineOf(update);
      const line = lines.get(chatId);
      if (line) line.push(update);
      else {
        const begun = [update];
        lines.set(chatId, begun);
        const done = work(chatId, begun).finally(() => running.delete(done));
        running.add(done);
      }
    },
    waiting: (chatId) => Math.max(0, (lines.get(chatId)?.length ?? 0) - 1),
    stop: () => {
      isClosed = true;
    },
    done: async () => {
      await Promise.all(running);
    },
  };
};

const countDeaths = (updates: InboxDeps['updates'], ids: readonly number[], log: Log): void => {
  try {
    updates.countDeaths(ids);
  } catch (error) {
    // A full disk is no reason to leave them.
    log.warn({ err: error }, 'Updates that were left are handled without being counted');
  }
};

/** @returns the ids that are new */
const keep = ({ updates, log }: Pick<InboxDeps, 'updates' | 'log'>, given: readonly Update[]): number[] => {
  const rows = given.map((update) => ({ updateId: update.update_id, payload: JSON.stringify(update) }));
  try {
    return updates.keepUpdates(rows);
  } catch (error) {
    // Deaf would be worse: what needs no write can be answered also with a full disk.
    log.warn({ err: error }, 'Updates could not be kept; a crash now would lose them');
    return rows.map(({ updateId }) => updateId).filter((id) => !updates.alreadyHandled(id));
  }
};

/** What is handled within this time is marked by one write, which costs a look at the disk: a crowd would stand in line for it. */
const MARK_MS = 50;
const MARK_AGAIN_MS = 5000;

/** What was handled is told to the database, which may have to be tried again: it must not be handled twice meanwhile. */
const createMarks = (updates: InboxDeps['updates'], log: Log) => {
  const unmarked = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const ids = [...unmarked];
    if (ids.length === 0) return;
    try {
      updates.markHandled(ids);
      for (const id of ids) unmarked.delete(id);
    } catch (error) {
      log.warn({ err: error, updates: ids.length }, 'Updates that were handled could not be marked as handled');
      timer = setTimeout(write, MARK_AGAIN_MS).unref();
    }
  };
  return {
    mark: (updateId: number): void => {
      unmarked.add(updateId);
      timer ??= setTimeout(write, MARK_MS);
    },
    write,
    isUnmarked: (updateId: number): boolean => unmarked.has(updateId),
  };
};

/**
 * Between Telegram and the handlers: updates are rows before Telegram forgets them, handled in order within a chat and side
 * by side between chats, and gone when they were handled to their end. A crash handles one again, so every handler must bear
 * that. Nobody waits for what Telegram makes another chat wait for.
 */
export const createInbox = ({ updates, handle, onIdle, log }: InboxDeps): Inbox => {
  let isClosed = false;
  let isResumed = false;

  const { mark, write, isUnmarked } = createMarks(updates, log);

  const handleOne = async (update: Update): Promise<void> => {
    try {
      await handle(update);
      mark(update.update_id);
    } catch (error) {
      // Its row stays, if there is one: it is handled again after the next start.
      const about = { err: error, update: update.update_id };
      if (isClosed) log.debug(about, 'An update was broken off by the end of the program');
      else log.error(about, 'An update was not handled to its end');
    }
  };

  const lines = createLines(handleOne, (chatId) =>
    onIdle(chatId).catch((error: unknown) =>
      log.warn({ err: error, chat: chatId }, 'A chat could not be told what it was not told'),
    ),
  );

  const stop = (): void => {
    isClosed = true;
    lines.stop();
  };

  return {
    take: (given) => {
      if (isClosed || given.length === 0) return;
      const fresh = new Set(keep({ updates, log }, given));
      for (const update of given) {
        if (fresh.has(update.update_id) && !isUnmarked(update.update_id)) lines.put(update);
      }
    },
    resume: () => {
      if (isResumed) return;
      isResumed = true;
      const left = updates.waitingUpdates().filter(({ updateId, deaths }) => {
        if (deaths < DEATHS_MOST) return true;
        log.error({ update: updateId, deaths }, 'An update is given up: the program died at it each time');
        mark(updateId);
        return false;
      });
      const parsed = left.map(({ payload }) => JSON.parse(payload) as Update);
      const heads = new Map(parsed.toReversed().map((update) => [lineOf(update), update.update_id]));
      countDeaths(updates, [...heads.values()], log);
      for (const update of parsed) lines.put(update);
    },
    waiting: lines.waiting,
    stop,
    close: async () => {
      stop();
      await lines.done();
      write();
    },
  };
};
