import { AppError, type ErrorCode, isTransient } from '../../domain/errors.ts';
import { ACCESS_LOOKS_MOST, accessDelayMs } from '../../domain/failures/access.ts';
import { isRepoRef, parseRepoRef, repoFolderName, type RepoRef } from '../../domain/repo/repo.ts';
import { type Clock, startWait, toIso } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import { mayStillChange } from '../../people/may.ts';
import type { Source } from '../../sources/port.ts';
import type { AccessWait } from '../../store/downloads/access-looks.ts';
import type { Store } from '../../store/store.ts';
import type { Adding } from './add.ts';

/** Looks again by itself whether gated repositories that somebody has asked for may be read by now. */
export interface AccessRounds {
  /** One round; done again and again by itself. */
  readonly look: () => Promise<void>;
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface AccessRoundsDeps {
  readonly store: Store;
  readonly source: Pick<Source, 'ofPerson'> & { readonly inBackground: Pick<Source, 'commits'> };
  readonly adding: Pick<Adding, 'goOn'>;
  /** Hosts besides huggingface.co whose links mean the Hub. */
  readonly hubHosts: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
}

const TICK_MS = 2000;
/** Nobody is in a hurry, and others ask the source as well. */
const REPOS_A_ROUND = 20;
/** After the source has failed, nothing is asked for so long; a look that could not be made counts as none. */
const REST_MS = 5 * 60_000;

interface RoundsState extends AccessRoundsDeps {
  readonly shutdown: AbortController;
  restMs: () => number;
}

/** A day of looks has brought nothing: that is told once. To be called once for each. */
const giveUp = ({ store }: RoundsState, { requestId }: AccessWait): void => {
  store.atomically(() => {
    const request = store.addRequests.getAddRequest(requestId);
    if (
      !request?.notBefore ||
      !store.addRequests.moveAddRequest(requestId, 'failed', 'failed', { looks: ACCESS_LOOKS_MOST })
    )
      return;
    store.outbox.addNotice({ kind: 'access_not_given', chatId: request.chatId, payload: { requestId } });
  });
};

const postpone = (state: RoundsState, wait: AccessWait): void => {
  const { store, clock, random } = state;
  const looks = wait.looks + 1;
  if (looks >= ACCESS_LOOKS_MOST) giveUp(state, wait);
  else store.accessLooks.postponeLook(wait.requestId, looks, toIso(clock.now() + accessDelayMs(looks, random())));
};

/** Asks for what is shown to those only who may read the repository. @returns why it may not be read; undefined: it may */
const refusalOf = async (
  { shutdown }: RoundsState,
  source: Pick<Source, 'commits'>,
  { type, id }: RepoRef,
): Promise<unknown> => {
  try {
    await source.commits({ type, id }, { since: '', most: 1 }, shutdown.signal);
    return undefined;
  } catch (error) {
    return error;
  }
};

const codeOf = (error: unknown): ErrorCode | undefined => (error instanceof AppError ? error.code : undefined);

/** The machine may not read it: whether whoever asked may, if they have given a token. */
const lookFor = async (state: RoundsState, ref: RepoRef, wait: AccessWait): Promise<void> => {
  const person = state.source.ofPerson?.(wait.userId);
  const error = person && (await refusalOf(state, person, ref));
  state.shutdown.signal.throwIfAborted();
  const code = codeOf(error);
  if (!person || code === 'gated' || code === 'unauthorized' || isTransient(error)) postpone(state, wait);
  else state.adding.goOn(wait.requestId);
};

/** @param waits all that wait for one repository @returns false: the source has failed, nothing more is asked in this round */
const lookAt = async (state: RoundsState, ref: RepoRef, waits: readonly AccessWait[]): Promise<boolean> => {
  const { adding, clock, shutdown, log } = state;
  const error = await refusalOf(state, state.source.inBackground, ref);
  shutdown.signal.throwIfAborted();
  if (isTransient(error)) {
    state.restMs = startWait(clock, Math.max(REST_MS, error instanceof AppError ? (error.retryAfterMs ?? 0) : 0));
    log.debug({ err: error }, 'Whether access was given could not be found out; it is tried again later');
    return false;
  }
  const code = codeOf(error);
  if (code === 'gated' || code === 'unauthorized')
    for (const wait of waits.filter(({ isDue }) => isDue)) await lookFor(state, ref, wait);
  // Whatever else is in the way now, the look-up says it.
  else for (const { requestId } of waits) adding.goOn(requestId);
  return true;
};

/** Who has been kept out since, or may only look by now, gets nothing of what they had asked for. */
const isStillLetIn = ({ store }: RoundsState, { requestId }: AccessWait): boolean => {
  const request = store.addRequests.getAddRequest(requestId);
  return request !== undefined && mayStillChange(store, request.userId, request.chatId);
};

const leaveOut = (state: RoundsState, waits: readonly AccessWait[]): readonly AccessWait[] =>
  waits.filter((wait) => {
    const stays = isStillLetIn(state, wait);
    if (!stays) state.store.addRequests.moveAddRequest(wait.requestId, 'failed', 'cancelled');
    return stays;
  });

const round = async (state: RoundsState): Promise<void> => {
  const { store, clock, hubHosts } = state;
  store.accessLooks.beginLooksAnew();
  if (state.restMs() > 0) return;
  // A configuration that knows fewer hosts makes a link unreadable that was read when it came.
  const waiting = store.accessLooks.waitingForAccess(toIso(clock.now())).filter(({ ref }) => isRepoRef(ref, hubHosts));
  if (!waiting.some(({ isDue }) => isDue)) return;
  const repos = Map.groupBy(waiting, ({ ref }) => repoFolderName(parseRepoRef(ref, hubHosts)));
  const due = [...repos.values()].filter((waits) => waits.some(({ isDue }) => isDue)).slice(0, REPOS_A_ROUND);
  for (const all of due) {
    const waits = leaveOut(state, all);
    const [first] = waits;
    if (first && !(await lookAt(state, parseRepoRef(first.ref, hubHosts), waits))) return;
  }
};

/** Looks at nothing before `start`; what is under way at `close` is looked at again after the next start. */
export const createAccessRounds = (deps: AccessRoundsDeps): AccessRounds => {
  const shutdown = new AbortController();
  const state: RoundsState = { ...deps, shutdown, restMs: () => 0 };
  let running: Promise<void> = Promise.resolve();
  let ticker: Ticker | undefined;
  const look = (): Promise<void> => {
    running = running.catch(() => undefined).then(() => round(state));
    return running.catch((error: unknown) => {
      if (!shutdown.signal.aborted) throw error;
    });
  };
  return {
    look,
    start: () => {
      const onError = (error: unknown): void =>
        deps.log.error({ err: error }, 'What waits for access could not be looked at');
      ticker = startTicker(TICK_MS, look, onError, deps.clock);
    },
    close: async () => {
      shutdown.abort(new Error('shutdown'));
      await ticker?.close();
      await running.catch(() => undefined);
    },
  };
};
