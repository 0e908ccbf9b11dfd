/* library/renewals: looks where branches are, and what of it a model takes; people who wait go first. */

import { AppError, isTransient, messageOf } from '../../domain/errors.ts';
import type { Model } from '../../domain/model.ts';
import type { Renewal } from '../../domain/renewals/renewal.ts';
import { backoffMs } from '../../lib/backoff.ts';
import { startWait } from '../../lib/clock.ts';
import { startTicker } from '../../lib/ticker.ts';
import { questionsAbout } from '../../sources/by-token.ts';
import type { RenewalsDeps } from './deps.ts';
import { type Due, nextDue, planNext } from './due.ts';
import { lookAt } from './look.ts';
import { takeRenewal } from './take.ts';
import { sentenceOf, tellTrouble } from './trouble.ts';

const TICK_MS = 60_000;
/** Of branches that nobody asked about: thousands are looked at within hours, and none of them is in a hurry. */
const LOOKS_A_TICK = 20;
/** After the source has failed, nobody is asked by itself for so long. */
const PAUSES = { firstMs: 60_000, mostMs: 3_600_000 } as const;

/** Looks after what branches have become, one after the other, and hands on what is wanted. */
export interface Rounds {
  /** One round; done again and again by itself. */
  readonly look: () => Promise<void>;
  /** A person wants something: looks at once, even if the source has failed before. */
  readonly poke: () => void;
  readonly close: () => Promise<void>;
}

interface RoundsState extends RenewalsDeps {
  readonly shutdown: AbortController;
  /** How long nobody is asked by itself. */
  restMs: () => number;
  /** In succession. */
  failures: number;
}

/** One thing to be done. @returns false: nothing more in this round */
type Step = () => Promise<boolean>;

/** The database takes nothing now: nothing has become of anything, and the next round begins with it. */
const isDatabase = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'no_space' || error.code === 'busy');

/** The source has failed, for a while: what is wanted waits, and what a person waits for is answered. */
const rest = (state: RoundsState, error: AppError): void => {
  const waitMs = Math.max(backoffMs(state.failures, PAUSES), error.retryAfterMs ?? 0);
  state.failures += 1;
  state.restMs = startWait(state.clock, waitMs);
  state.log.warn({ err: error }, 'Whether branches have moved could not be found out; it is tried again later');
};

const refuse = ({ store }: RoundsState, { modelId, state: from }: Renewal, error: unknown): void => {
  // Where nobody could find out, whatever was known is found out anew.
  const known = from === 'asked' ? { commitSha: null, news: null } : {};
  const model = store.models.getModel(modelId);
  const reason = model ? sentenceOf(error, model) : messageOf(error);
  store.renewals.moveRenewal(modelId, from, 'refused', { reason, ...known });
};

/** What failed for a reason of ours is told in the log as well. */
const complain = ({ log }: RoundsState, error: unknown, modelId: number | undefined): void => {
  if (!(error instanceof AppError)) log.error({ err: error, model: modelId }, 'A renewal failed for a reason of ours');
};

const take = async (state: RoundsState, renewal: Renewal): Promise<boolean> => {
  const { signal } = state.shutdown;
  try {
    await takeRenewal(state, renewal, signal);
    state.failures = 0;
    return true;
  } catch (error) {
    if (signal.aborted || isDatabase(error)) throw error;
    if (error instanceof AppError && isTransient(error)) {
      rest(state, error);
      return false;
    }
    complain(state, error, renewal.modelId);
    state.store.atomically(() => {
      refuse(state, renewal, error);
      tellRefused(state, renewal);
    });
    return true;
  }
};

/** Who asked for it by a message is told with all that it asked for; who took what was offered, by itself. */
const tellRefused = ({ store }: RoundsState, { modelId, askId, commitSha }: Renewal): void => {
  const model = store.models.getModel(modelId);
  const branch = model && store.renewals.branchOf(model);
  if (!model || !branch || askId !== null || commitSha === null) return;
  const payload = { branchId: branch.id, commitSha };
  store.outbox.addNotice({ kind: 'newer_commit', chatId: model.chatId, modelId, payload });
};

const tokensOf = (models: readonly Model[]): (number | null)[] => models.map(({ tokenOf }) => tokenOf);

/**
 * Those that may be told what is found: all, if the machine itself may see it; otherwise those whose own token is still of use. Without
 * any there is nobody to ask for, and all are told that.
 */
const thoseWhoSee = (source: Pick<RenewalsDeps['source'], 'ofPerson'>, models: readonly Model[]): readonly Model[] => {
  if (tokensOf(models).includes(null)) return models;
  const seeing = models.filter(({ tokenOf }) => tokenOf !== null && source.ofPerson?.(tokenOf) !== undefined);
  return seeing.length > 0 ? seeing : models;
};

const lookAtAsked = async (state: RoundsState, renewal: Renewal): Promise<boolean> => {
  const { store, source } = state;
  const { signal } = state.shutdown;
  const model = store.models.getModel(renewal.modelId);
  const branch = model && store.renewals.branchOf(model);
  if (model?.status !== 'completed' || !branch) {
    const reason = 'It is not complete: there is nothing to be updated.';
    store.renewals.moveRenewal(renewal.modelId, 'asked', 'refused', { reason });
    return true;
  }
  // All that are asked about with it: one request for them all.
  const models = store.renewals
    .followersOf(branch)
    .filter(({ id }) => id === model.id || store.renewals.getRenewal(id)?.state === 'asked');
  try {
    const followers = thoseWhoSee(source, models.length > 0 ? models : [model]);
    await lookAt(state, { branch, models: followers, source: questionsAbout(source, tokensOf(followers)), signal });
    state.failures = 0;
  } catch (error) {
    if (signal.aborted || isDatabase(error)) throw error;
    complain(state, error, model.id);
    for (const { id } of [model, ...models]) {
      const asked = store.renewals.getRenewal(id);
      if (asked?.state === 'asked') refuse(state, asked, error);
    }
  }
  return true;
};

const lookAtDue = async (state: RoundsState, { branch, models }: Due): Promise<boolean> => {
  const { store, source, log } = state;
  const { signal } = state.shutdown;
  const asked = { ...source.inBackground, ofPerson: source.ofPerson };
  const look = { branch, models: thoseWhoSee(source, models), signal };
  try {
    await lookAt(state, { ...look, source: questionsAbout(asked, tokensOf(look.models)) });
    state.failures = 0;
  } catch (error) {
    if (signal.aborted || isDatabase(error)) throw error;
    if (error instanceof AppError && isTransient(error)) {
      rest(state, error);
      return false;
    }
    complain(state, error, models[0]?.id);
    log.debug({ err: error, branch: branch.id }, 'A branch could not be looked at');
    store.atomically(() => tellTrouble(state, look, error));
  }
  planNext(state, branch);
  return true;
};

/** Nobody is kept waiting for his own look-up by what nobody waits for. */
const isSomebodyWaiting = ({ store }: RoundsState): boolean => store.addRequests.nextLookUps([]).length > 0;

/** What comes next: what people wait for, then what is wanted, then what is due. */
const nextStep = (state: RoundsState, looks: number): Step | undefined => {
  const { store } = state;
  const asked = store.renewals.nextRenewal('asked');
  if (asked) return () => lookAtAsked(state, asked);
  if (state.restMs() > 0) return undefined;
  const wanted = store.renewals.nextRenewal('wanted');
  if (wanted) return () => take(state, wanted);
  const due = looks < LOOKS_A_TICK && !isSomebodyWaiting(state) ? nextDue(state) : undefined;
  return due && (() => lookAtDue(state, due));
};

/** What all that a message asked for has come to is told once, and not before all of it is asked for. */
const tellAsked = ({ store }: RoundsState): void => {
  for (const { id: askId, chatId, messageId, threadId } of store.renewals.settledAsks())
    store.atomically(() => {
      const payload = { askId, messageId, ...(threadId === null ? {} : { threadId }) };
      store.outbox.addNotice({ kind: 'renewals_looked_up', chatId, payload });
      store.renewals.endAsk(askId);
    });
};

const round = async (state: RoundsState): Promise<void> => {
  const { store, shutdown } = state;
  store.renewals.beginLooksAnew();
  let looks = 0;
  for (let goesOn = true; goesOn && !shutdown.signal.aborted; ) {
    tellAsked(state);
    const step = nextStep(state, looks);
    if (!step) return;
    looks += 1;
    goesOn = await step();
  }
};

/** @returns running; closed, it leaves what is under way for the next start */
export const startRounds = (deps: RenewalsDeps): Rounds => {
  const shutdown = new AbortController();
  const state: RoundsState = { ...deps, shutdown, restMs: () => 0, failures: 0 };
  let running: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    // One after the other: whoever asks for one gets one that began after that.
    running = running.catch(() => undefined).then(() => round(state));
    return running.catch((error: unknown) => {
      if (!shutdown.signal.aborted) throw error;
    });
  };
  const ticker = startTicker(
    TICK_MS,
    look,
    (error) => deps.log.error({ err: error }, 'Branches could not be looked at'),
    deps.clock,
  );
  return {
    look,
    poke: () => {
      state.restMs = () => 0;
      ticker.poke();
    },
    close: async () => {
      shutdown.abort(new Error('shutdown'));
      await ticker.close();
      await running.catch(() => undefined);
    },
  };
};
