import { setImmediate as nextTurn, setTimeout as pass } from 'node:timers/promises';
import type { Update } from 'grammy/types';

/** Whose update it is: its chat's; of no chat (a tap on what was sent inline), its person's. */
export const chatOf = ({ message, callback_query: pressed, my_chat_member: member }: Update): number =>
  (message?.chat ?? pressed?.message?.chat ?? member?.chat)?.id ?? pressed?.from.id ?? 0;

/** Updates that wait, each chat's in the order in which they came. */
export interface Backlogs {
  readonly put: (update: Update) => void;
  readonly waiting: (chatId: number) => number;
  readonly isEmpty: (chatId: number) => boolean;
  /** Whether Telegram may have more that nobody has seen: then chats that are far behind leave the program to fetching it. */
  readonly expect: (isMore: boolean) => void;
  readonly stop: () => void;
  readonly done: () => Promise<void>;
}

/** Waiting in a chat; as many as are answered. */
const FAR_BEHIND = 10;
/** So slowly chats go on that are far behind, while there is more to fetch: others may wait for what is among it. */
const SLOW_MS = 25;

/** Chats have theirs handled side by side. @param handle never rejects */
export const createBacklogs = (handle: (update: Update) => Promise<void>): Backlogs => {
  const backlogs = new Map<number, Update[]>();
  const running = new Set<Promise<void>>();
  let isClosed = false;

  /** Resolves when all has been fetched. */
  let fetched: PromiseWithResolvers<void> | undefined;

  const letOthers = async (isFarBehind: boolean): Promise<void> => {
    // What waits for nothing would go on without end: others get their turn between any two.
    await nextTurn();
    if (fetched && isFarBehind) await Promise.race([fetched.promise, pass(SLOW_MS)]);
  };

  const work = async (chatId: number, backlog: Update[]): Promise<void> => {
    for (let next = backlog[0]; next && !isClosed; next = backlog[0]) {
      await handle(next);
      backlog.shift();
      await letOthers(backlog.length > FAR_BEHIND);
    }
    backlogs.delete(chatId);
  };

  return {
    put: (update) => {
      const chatId = chatOf(update);
      const backlog = backlogs.get(chatId);
      if (backlog) backlog.push(update);
      else {
        const begun = [update];
        backlogs.set(chatId, begun);
        const done = work(chatId, begun).finally(() => running.delete(done));
        running.add(done);
      }
    },
    waiting: (chatId) => Math.max(0, (backlogs.get(chatId)?.length ?? 0) - 1),
    isEmpty: (chatId) => !backlogs.has(chatId),
    expect: (isMore) => {
      if (isMore) fetched ??= Promise.withResolvers<void>();
      else {
        fetched?.resolve();
        fetched = undefined;
      }
    },
    stop: () => {
      isClosed = true;
      fetched?.resolve();
    },
    done: async () => {
      await Promise.all(running);
    },
  };
};
