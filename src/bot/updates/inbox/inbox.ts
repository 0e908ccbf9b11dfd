/* bot/updates/inbox: an update is a row before Telegram forgets it, and is handled at least once, in order within its chat. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Update } from 'grammy/types';
import type { Clock } from '../../../lib/clock.ts';
import type { Log } from '../../../lib/log.ts';
import type { Did } from '../../../people/activities.ts';
import type { Store } from '../../../store/store.ts';
import { isLetIn } from '../../access.ts';
import { chatOf, createBacklogs } from './backlogs.ts';
import type { Pace } from '../pace.ts';
import { despiteBusy, type Sleep } from './busy.ts';
import { createSuspects, leftOver, type Suspects } from './left-over.ts';
import { createHandledUpdates, type HandledUpdates } from './handled-updates.ts';
import { createWaysIn, type Underway, type WaysIn } from './keeping.ts';
import { commandIn, givenUpNotice } from '../../outbox/unanswered.ts';

export interface Inbox extends WaysIn {
  /** Goes on with what an earlier run of the program has left; once, however often it is called. */
  readonly resume: () => void;
  /** How many updates of this chat wait behind the one that is being handled. */
  readonly waiting: (chatId: number) => number;
  /** Whether anything of this chat is being handled, or was and is not written down yet. */
  readonly isAnswering: (chatId: number) => boolean;
  /** Of a handler: waits for somebody else, so that an end of the program is not the fault of what it handles. */
  readonly elsewhere: <T>(wait: () => Promise<T>) => Promise<T>;
  /** Begins no other update. What waits is handled after the next start. */
  readonly stop: () => void;
  /** Stops, and resolves when what is under way has ended. */
  readonly close: () => Promise<void>;
}

export interface InboxDeps {
  readonly store: Store;
  /**
   * @returns what its person did by it, for the activity log
   * @throws whatever keeps it from having been handled: then it comes again after the next start
   */
  readonly handle: (update: Update) => Promise<Did | void>;
  /** It takes long, since another program keeps the database for itself. */
  readonly onBusy: (update: Update) => Promise<void>;
  /** Whether an update is handled, asked once of each when it comes. */
  readonly pace: Pace;
  /** How many answers to a chat were left out since this was asked last. */
  readonly takeLeftOut: (chatId: number) => number;
  readonly clock: Clock;
  /** How tries to keep updates lie apart; really so, unless told. */
  readonly sleep?: Sleep;
  readonly log: Log;
}

/** What an earlier run of the program has left. @returns those to be handled */
const takeUp = (
  { store, clock, log }: Pick<InboxDeps, 'store' | 'clock' | 'log'>,
  { mark }: HandledUpdates,
  { suspect }: Suspects,
): readonly Update[] => {
  const { rest, late, deadly, unreadable } = leftOver({ updates: store.updates, clock, log });
  for (const id of [...late.map((update) => update.update_id), ...unreadable]) mark(id);
  // Strangers need not know of this machine's troubles.
  for (const update of deadly)
    mark(update.update_id, { notice: isLetIn(store, update) ? givenUpNotice(update) : undefined });
  const heads = new Map(rest.toReversed().map((update) => [chatOf(update), update.update_id]));
  suspect([...heads.values()]);
  return rest;
};

/** What people did by it is told; what they say to each other, and how they leaf through lists, is none of the log's. */
const tellHandled = (log: Log, { update_id: update }: Update, did: Did | undefined, tookMs: number): void => {
  if (did === undefined) return log.debug({ update, tookMs }, 'A message or tap is handled');
  const { userId: user, chatId: chat, action, by, result, model, error } = did;
  log.info(
    { update, user, chat, action, by, result, model: model?.id, code: error, tookMs },
    'A message or tap is handled',
  );
};

const logUnhandled = (log: Log, { update_id: update }: Update, err: unknown, isEnding: boolean): void => {
  if (isEnding) log.debug({ err, update }, 'An update was broken off by the end of the program');
  else log.error({ err, update }, 'An update was not handled to its end');
};

const tell = (log: Log, telling: Promise<void>): Promise<void> =>
  telling.catch((err: unknown) => log.warn({ err }, 'A chat could not be told why it was not answered'));

/** What is too much of one person is handled by leaving it out: its row goes, and of the first of it they are told. */
const heardOnly =
  (pace: Pace, { mark }: HandledUpdates, begin: (update: Update) => void, log: Log): ((update: Update) => void) =>
  (update) => {
    const { as, ...besides } = pace.judge(update);
    if (as === 'heard') return begin(update);
    mark(update.update_id, besides);
    void tell(log, pace.answerTap(update, as));
  };

/**
 * Between Telegram and the handlers: updates are rows before Telegram forgets them, handled in order within a chat and side
 * by side between chats, and gone when they were handled to their end. A crash handles one again, so every handler must bear
 * that. Nobody waits for what Telegram makes another chat wait for.
 */
export const createInbox = (deps: InboxDeps): Inbox => {
  const { store, handle, onBusy, takeLeftOut, clock, sleep, log } = deps;
  const ending = new AbortController();
  const { signal } = ending;
  let isResumed = false;
  /** Not handled yet. */
  const open = new Set<number>();

  const handled = createHandledUpdates(store, log, signal);
  const suspects = createSuspects(store.updates, signal, log);
  /** Whose handler it is that runs. */
  const current = new AsyncLocalStorage<number>();

  const handleOne = async (update: Update): Promise<void> => {
    try {
      const work = (): Promise<Did | void> => current.run(update.update_id, () => handle(update));
      const startedAt = clock.monotonic();
      const did = await despiteBusy(work, { signal, onLong: () => void tell(log, onBusy(update)) });
      // Those of this chat are answered one after the other: what was left out was left out of this one.
      handled.leaveOut(chatOf(update), takeLeftOut(chatOf(update)), commandIn(update));
      handled.mark(update.update_id, { did: did ?? undefined });
      tellHandled(log, update, did ?? undefined, clock.monotonic() - startedAt);
      // Its next death would be counted, though it is through.
      if (suspects.isSuspect(update.update_id)) handled.write();
      open.delete(update.update_id);
    } catch (error) {
      // Its row stays, if there is one: it is handled again after the next start.
      logUnhandled(log, update, error, signal.aborted);
    }
  };

  const backlogs = createBacklogs((update) => log.within({ update: update.update_id }, () => handleOne(update)));

  const stop = (): void => {
    ending.abort();
    backlogs.stop();
  };

  const begin = (update: Update): void => {
    open.add(update.update_id);
    backlogs.put(update);
  };
  const underway: Underway = {
    open,
    isUnmarked: handled.isUnmarked,
    begin: heardOnly(deps.pace, handled, begin, log),
    expect: backlogs.expect,
  };

  return {
    ...createWaysIn({ updates: store.updates, ...(sleep && { sleep }), log }, underway, () => isResumed, signal),
    resume: () => {
      if (isResumed) return;
      isResumed = true;
      for (const update of takeUp({ store, clock, log }, handled, suspects)) begin(update);
    },
    waiting: backlogs.waiting,
    isAnswering: (chatId) => !backlogs.isEmpty(chatId) || handled.owes(chatId),
    elsewhere: (wait) => {
      const id = current.getStore();
      return id === undefined ? wait() : suspects.excused(id, wait);
    },
    stop,
    close: async () => {
      stop();
      await backlogs.done();
      handled.write();
    },
  };
};
