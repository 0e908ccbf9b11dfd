import { setImmediate as nextTurn, setTimeout as pass } from 'node:timers/promises';
import type { Update } from 'grammy/types';

/** Whose update it is: its chat's; of no chat (a tap on what was sent inline, what is typed in any chat), its person's. */
export const chatOf = ({ message, edited_message: edited, ...others }: Update): number => {
  const { callback_query: pressed, my_chat_member: member, inline_query: typed } = others;
  const carrier = message ?? edited ?? pressed?.message ?? member ?? others.stopped_message_generation;
  return carrier?.chat.id ?? pressed?.from.id ?? typed?.from.id ?? 0;
};

/** Updates that wait, each chat's in the order in which they came. */
export interface Backlogs {
  readonly put: (update: Update) => void;
  readonly waiting: (chatId: number) => number;
  readonly isEmpty: (chatId: number) => boolean;
  /**
   * A batch came, and whether Telegram may have more that nobody has seen: then chats that are far behind leave the program to
   * fetching it, until a poll says otherwise or says nothing for a while.
   */
  readonly expect: (isMore: boolean) => void;
  readonly stop: () => void;
  readonly done: () => Promise<void>;
}

/** Waiting in a chat; as many as are answered. */
const FAR_BEHIND = 10;
/**
 * So slowly chats go on that are far behind, while there is more to fetch: others may wait for what is among it, and what
 * comes of each update (a look-up, a card, a look at everything) is in the way of the next poll.
 */
const SLOW_MS = 250;
/** A poll that has given nothing for so long waits for what is not there, or for Telegram: nothing is in its way. */
const POLL_MS = 1000;

const passIndeed = (ms: number): Promise<void> => pass(ms, undefined, { ref: false });

/**
 * Chats have theirs handled side by side.
 * @param handle never rejects
 * @param wait how time passes; really so, unless told
 */
export const createBacklogs = (
  handle: (update: Update) => Promise<void>,
  wait: (ms: number) => Promise<void> = passIndeed,
): Backlogs => {
  const backlogs = new Map<number, Update[]>();
  const running = new Set<Promise<void>>();
  let isClosed = false;

  /** Resolves when all has been fetched. */
  let fetched: PromiseWithResolvers<void> | undefined;
  /** Counts the batches that came. */
  let batch = 0;
  const goOn = (): void => {
    fetched?.resolve();
    fetched = undefined;
  };
  const goOnUnlessMoreComes = async (): Promise<void> => {
    const latest = batch;
    await wait(POLL_MS);
    if (batch === latest) goOn();
  };

  const letOthers = async (isFarBehind: boolean): Promise<void> => {
    // What waits for nothing would go on without end: others get their turn between any two.
    await nextTurn();
    if (fetched && isFarBehind) await Promise.race([fetched.promise, wait(SLOW_MS)]);
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
      batch += 1;
      if (!isMore) {
        goOn();
        return;
      }
      fetched ??= Promise.withResolvers<void>();
      void goOnUnlessMoreComes();
    },
    stop: () => {
      isClosed = true;
      goOn();
    },
    done: async () => {
      await Promise.all(running);
    },
  };
};
