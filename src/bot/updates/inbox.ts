/* bot/updates: an update is a row before Telegram forgets it, and is handled at least once, in order within its chat. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Update } from 'grammy/types';
import { isBusy } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Did } from '../../people/activities.ts';
import type { Store } from '../../store/store.ts';
import { isLetIn } from '../access.ts';
import { type Backlogs, chatOf, createBacklogs } from './backlogs.ts';
import type { Pace } from './pace.ts';
import { despiteBusy, type Sleep } from './busy.ts';
import { createSuspects, leftOver, type Suspects } from './left-over.ts';
import { createHandledUpdates, type HandledUpdates } from './handled-updates.ts';
import { givenUpNotice } from '../outbox/unanswered.ts';

export interface Inbox {
  /**
   * Keeps updates as they came from Telegram, and has them handled. Resolves when Telegram may forget them, and what it gave
   * since: each is a row, or handled.
   * @param again asks for the same once more: Telegram gives what it has not been told to forget, and what has come since
   * @throws if that was not to be had before the end
   */
  readonly take: (updates: readonly Update[], again: () => Promise<readonly Update[]>) => Promise<void>;
  /**
   * Keeps an update that Telegram brings, and has it handled.
   * @returns whether Telegram may forget it: it is a row, or handled. Otherwise it has to come again.
   */
  readonly offer: (update: Update) => boolean;
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

/** To be deaf for longer would be worse than to lose them in a crash. */
const DEAF_MOST_MS = 30_000;
/** So many updates Telegram gives at once (getUpdates): with so many to keep, nothing new is heard. */
const GIVEN_MOST = 100;
/** How often it is asked what has come since. */
const AGAIN_MS = 1000;
const NOT_KEPT = 'Updates could not be kept; a crash now would lose them';

const rowOf = (update: Update) => ({ updateId: update.update_id, payload: JSON.stringify(update) });

type KeepDeps = Pick<Store, 'updates'> & Pick<InboxDeps, 'sleep' | 'log'>;

/** @returns the ids that are new, whether they are rows, and if not, whether another program has the database for itself */
const keep = ({ updates, log }: Pick<KeepDeps, 'updates' | 'log'>, given: readonly Update[]) => {
  const rows = given.map(rowOf);
  try {
    return { fresh: updates.keepUpdates(rows), areRows: true, isBusy: false };
  } catch (error) {
    // Deaf would be worse: what needs no write can be answered also with a full disk, or a busy database.
    if (!isBusy(error)) log.warn({ err: error }, NOT_KEPT);
    const fresh = rows.map(({ updateId }) => updateId).filter((id) => !updates.alreadyHandled(id));
    return { fresh, areRows: fresh.length === 0, isBusy: isBusy(error) };
  }
};

/**
 * Until they are rows, Telegram keeps them: it is not told that they have come, so that a crash loses nothing. It is asked
 * again for the same, which gives what has come since as well: nobody who writes meanwhile goes unheard, and no more is held
 * in memory than Telegram gives at once.
 * @param hear takes in what has come since. @returns whether more could come
 */
const keepWhenFree = async (
  { updates, sleep, log }: KeepDeps,
  rest: () => readonly Update[],
  hear: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> => {
  const keepRest = (): void => {
    const rows = rest().map(rowOf);
    if (rows.length > 0) updates.keepUpdates(rows);
  };
  for (let deafMs = 0; ; ) {
    try {
      return await despiteBusy(keepRest, { signal, mostMs: AGAIN_MS, sleep });
    } catch (error) {
      if (signal.aborted) throw error;
      if (!isBusy(error) || deafMs >= DEAF_MOST_MS) return log.warn({ err: error }, NOT_KEPT);
    }
    deafMs = (await hear()) ? 0 : deafMs + AGAIN_MS;
  }
};

interface Underway {
  /** Not handled yet. */
  readonly open: ReadonlySet<number>;
  readonly isUnmarked: (updateId: number) => boolean;
  readonly begin: (update: Update) => void;
  readonly expect: Backlogs['expect'];
}

type Admit = (given: readonly Update[]) => Pick<ReturnType<typeof keep>, 'areRows' | 'isBusy'>;

/** @returns what keeps updates and has those handled that are new, and says what became of the rows */
const createAdmit =
  (deps: KeepDeps, { open, isUnmarked, begin }: Underway): Admit =>
  (given) => {
    const unhandled = given.filter(({ update_id: id }) => !isUnmarked(id));
    if (unhandled.length === 0) return { areRows: true, isBusy: false };
    const kept = keep(deps, unhandled);
    const fresh = new Set(kept.fresh);
    for (const update of unhandled) if (fresh.has(update.update_id) && !open.has(update.update_id)) begin(update);
    return kept;
  };

const createTake = (deps: KeepDeps, { open, expect }: Underway, admit: Admit, signal: AbortSignal): Inbox['take'] => {
  return async (given, again) => {
    expect(given.length >= GIVEN_MOST);
    if (signal.aborted || !admit(given).isBusy) return;
    const held = new Map(given.map((update) => [update.update_id, update]));
    const rest = (): readonly Update[] => [...held.values()].filter(({ update_id: id }) => open.has(id));
    const hear = async (): Promise<boolean> => {
      // Out of reach for now: it is asked again.
      const since = await again().catch(() => []);
      for (const update of since) held.set(update.update_id, update);
      admit(since);
      return since.length < GIVEN_MOST;
    };
    await keepWhenFree(deps, rest, hear, signal);
  };
};

/** Both ways in. @param isResumed what an earlier run has left is taken up: one of it that came again before would be handled twice */
const createWaysIn = (
  deps: KeepDeps,
  underway: Underway,
  isResumed: () => boolean,
  signal: AbortSignal,
): Pick<Inbox, 'take' | 'offer'> => {
  const admit = createAdmit(deps, underway);
  return {
    take: createTake(deps, underway, admit, signal),
    offer: (update) => isResumed() && !signal.aborted && admit([update]).areRows,
  };
};

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
      handled.leaveOut(chatOf(update), takeLeftOut(chatOf(update)));
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
