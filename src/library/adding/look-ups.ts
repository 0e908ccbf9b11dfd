import type { LookUpFailure } from '../../domain/repo/add-choices.ts';
import { AppError, isTransient, messageOf } from '../../domain/errors.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Log } from '../../lib/log.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import type { Store } from '../../store/store.ts';

/** Runs what waits to be looked up: in turn, again after passing trouble, and on after a restart. */
export interface LookUps {
  /** Begins what may begin now. */
  readonly pump: () => void;
  readonly close: () => Promise<void>;
}

export interface LookUpsDeps {
  readonly addRequests: Store['addRequests'];
  /** Asks the Hub and moves the request on. */
  readonly lookUp: (request: AddRequest, signal: AbortSignal) => Promise<void>;
  /** What is kept of a failure, besides its sentence. */
  readonly failureOf: (error: unknown) => LookUpFailure;
  /** When it is looked again by itself whether what it failed of is over, ISO 8601; undefined: it is not. */
  readonly lookAgainAt: (request: AddRequest, error: unknown) => string | undefined;
  /** Called when a failure is written down. Must not reject. */
  readonly onFailed: (request: AddRequest, signal: AbortSignal) => Promise<void>;
  /** Called when it has ended for now, whatever came of it. Must not throw. */
  readonly onEnded: (request: AddRequest) => void;
  readonly log: Log;
}

/** A look-up at which the program died so many times is not tried again. */
const DEATHS_MOST = 3;
/** Whom a look-up asks: the Hub, or whatever server, or peers of a torrent, somebody has named. */
type Asked = 'hub' | 'address';
/**
 * Look-ups under way at once; the others wait their turn. Towards the Hub that is courtesy. A server that somebody has named may keep
 * silent for minutes: that takes no place from those who ask for repositories, and of one chat not all of the others.
 */
const AT_ONCE = { hub: { all: 4, chat: 4 }, address: { all: 8, chat: 2 } } as const;
/** Before a look-up is tried again. */
const PAUSES = { firstMs: 1000, mostMs: 20_000, factor: 3 } as const;
/** So often it is tried again; then it has failed. */
const RETRIES_MOST = 4;
/** How long the database is left alone after it refused a write, in milliseconds. */
const REFUSED_PAUSE_MS = 5000;
/** If the Hub asks for a longer wait than this, the look-up has failed and says so. */
const WAIT_MOST_MS = 60_000;

interface Running {
  readonly request: AddRequest;
  readonly ended: Promise<void>;
}

interface LookUpsState extends LookUpsDeps {
  readonly shutdown: AbortController;
  /** By request. */
  readonly running: Map<number, Running>;
  /** Timers of look-ups that wait for their next try, by request; under NOBODY, of the next look at all of them. */
  readonly paused: Map<number, NodeJS.Timeout>;
  readonly tries: Map<number, number>;
  /** When each chat had its last turn, counted in turns. */
  readonly turns: Map<number, number>;
  turn: number;
}

/** No request has this id. */
const NOBODY = 0;

const pause = (state: LookUpsState, id: number, waitMs: number): void => {
  if (state.shutdown.signal.aborted || state.paused.has(id)) return;
  const timer = setTimeout(() => {
    state.paused.delete(id);
    pump(state);
  }, waitMs);
  state.paused.set(id, timer);
};

/** @returns false if another try would not help, or there were enough */
const retryLater = (state: LookUpsState, { id }: AddRequest, error: unknown): boolean => {
  const attempt = state.tries.get(id) ?? 0;
  // A branch that is rewritten while it is looked up is looked up anew.
  const mayHeal = isTransient(error) || (error instanceof AppError && error.code === 'gone');
  if (!mayHeal || attempt >= RETRIES_MOST) return false;
  const waitMs = Math.max(backoffMs(attempt, PAUSES), error instanceof AppError ? (error.retryAfterMs ?? 0) : 0);
  if (waitMs > WAIT_MOST_MS) return false;
  state.addRequests.moveAddRequest(id, 'looking_up', 'looking_up', { errorMessage: messageOf(error) });
  state.tries.set(id, attempt + 1);
  state.log.info(
    { request: id, retry: attempt + 1, waitMs, reason: messageOf(error) },
    'A look-up is tried again later',
  );
  pause(state, id, waitMs);
  return true;
};

/** What became of a look-up that failed, in its row. */
const settle = async (state: LookUpsState, request: AddRequest, error: unknown): Promise<void> => {
  // The program ends and has broken it off: its beginning is not one that the program died at.
  if (state.shutdown.signal.aborted) state.addRequests.breakOffLookUp(request.id);
  if (state.shutdown.signal.aborted || retryLater(state, request, error)) return;
  state.tries.delete(request.id);
  if (!(error instanceof AppError)) {
    state.log.error({ err: error, request: request.id }, 'A look-up failed for a reason of ours');
  }
  const about = { errorMessage: messageOf(error), choices: state.failureOf(error) };
  const notBefore = state.lookAgainAt(request, error) ?? null;
  state.addRequests.moveAddRequest(request.id, 'looking_up', 'failed', { ...about, notBefore });
  const code = error instanceof AppError ? error.code : undefined;
  state.log.info({ request: request.id, ref: request.ref, code, reason: about.errorMessage }, 'A look-up has failed');
  await state.onFailed(request, state.shutdown.signal);
};

const run = async (state: LookUpsState, request: AddRequest): Promise<void> => {
  try {
    await state.lookUp(request, state.shutdown.signal);
    state.tries.delete(request.id);
  } catch (error) {
    try {
      // On a full disk nothing has failed: it is looked up again when what it finds can be written down.
      if (error instanceof AppError && error.code === 'no_space') throw error;
      await settle(state, request, error);
    } catch (refusal) {
      state.log.error({ err: refusal, request: request.id }, 'What became of a look-up could not be written down');
      pause(state, request.id, REFUSED_PAUSE_MS);
    }
  } finally {
    state.running.delete(request.id);
    state.onEnded(request);
    pump(state);
  }
};

const begin = (state: LookUpsState, request: AddRequest): Promise<void> =>
  state.log.within({ request: request.id }, () => run(state, request));

/** Counts that it begins. @returns true if the program died at it too often: then it has failed */
const isGivenUp = ({ addRequests, log }: LookUpsState, { id, ref }: AddRequest): boolean => {
  if (addRequests.beginLookUp(id) <= DEATHS_MOST) return false;
  const errorMessage = `Looking up ${ref} has ended the program ${DEATHS_MOST} times. It is given up.`;
  log.error({ request: id }, errorMessage);
  return addRequests.moveAddRequest(id, 'looking_up', 'failed', { errorMessage });
};

const askedBy = ({ options }: AddRequest): Asked => (options?.url === undefined ? 'hub' : 'address');

/** Whether there is a place for it beside what is under way. */
const hasPlace = ({ running }: LookUpsState, request: AddRequest): boolean => {
  const asked = askedBy(request);
  const alike = [...running.values()].map((one) => one.request).filter((one) => askedBy(one) === asked);
  const most = AT_ONCE[asked];
  return alike.length < most.all && alike.filter(({ chatId }) => chatId === request.chatId).length < most.chat;
};

/** Whose turn it is: the oldest of each chat that has a place, that chat first whose last turn is longest ago. */
const nextInTurn = (state: LookUpsState): AddRequest | undefined => {
  const { running, paused, addRequests, turns } = state;
  return addRequests
    .nextLookUps([...running.keys(), ...paused.keys()])
    .filter((request) => hasPlace(state, request))
    .toSorted((left, right) => (turns.get(left.chatId) ?? 0) - (turns.get(right.chatId) ?? 0))[0];
};

/** Begins look-ups as long as there are places. Chats take turns, so that a long list of one does not keep the others waiting. */
const pump = (state: LookUpsState): void => {
  const { running, shutdown, turns } = state;
  try {
    while (!shutdown.signal.aborted && running.size < AT_ONCE.hub.all + AT_ONCE.address.all) {
      const request = nextInTurn(state);
      if (!request) return;
      state.turn += 1;
      turns.set(request.chatId, state.turn);
      if (!isGivenUp(state, request)) running.set(request.id, { request, ended: begin(state, request) });
    }
  } catch (error) {
    // Called by timers and at the end of look-ups, where nobody could catch it.
    state.log.error({ err: error }, 'The requests could not be looked at');
    pause(state, NOBODY, REFUSED_PAUSE_MS);
  }
};

/** Nothing is looked up before `pump` is called. `close` leaves what is under way for the next start. */
export const createLookUps = (deps: LookUpsDeps): LookUps => {
  const state: LookUpsState = {
    ...deps,
    shutdown: new AbortController(),
    running: new Map(),
    paused: new Map(),
    tries: new Map(),
    turns: new Map(),
    turn: 0,
  };
  return {
    pump: () => pump(state),
    close: async () => {
      state.shutdown.abort(new Error('shutdown'));
      for (const timer of state.paused.values()) clearTimeout(timer);
      await Promise.all([...state.running.values()].map(({ ended }) => ended));
    },
  };
};
