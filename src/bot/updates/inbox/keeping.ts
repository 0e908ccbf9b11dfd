import type { Update } from 'grammy/types';
import { isBusy } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { Store } from '../../../store/store.ts';
import type { Backlogs } from './backlogs.ts';
import { despiteBusy, type Sleep } from './busy.ts';

/** How updates come in. */
export interface WaysIn {
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
}

/** To be deaf for longer would be worse than to lose them in a crash. */
const DEAF_MOST_MS = 30_000;
/** So many updates Telegram gives at once (getUpdates): with so many to keep, nothing new is heard. */
const GIVEN_MOST = 100;
/** How often it is asked what has come since. */
const AGAIN_MS = 1000;
const NOT_KEPT = 'Updates could not be kept; a crash now would lose them';

const rowOf = (update: Update) => ({ updateId: update.update_id, payload: JSON.stringify(update) });

type KeepDeps = Pick<Store, 'updates'> & { readonly sleep?: Sleep | undefined; readonly log: Log };

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

/** What is being handled. */
export interface Underway {
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

const createTake = (deps: KeepDeps, { open, expect }: Underway, admit: Admit, signal: AbortSignal): WaysIn['take'] => {
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
export const createWaysIn = (
  deps: KeepDeps,
  underway: Underway,
  isResumed: () => boolean,
  signal: AbortSignal,
): WaysIn => {
  const admit = createAdmit(deps, underway);
  return {
    take: createTake(deps, underway, admit, signal),
    offer: (update) => isResumed() && !signal.aborted && admit([update]).areRows,
  };
};
