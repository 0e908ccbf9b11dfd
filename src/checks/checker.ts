/* checks: what files of models say of themselves: nothing of a model is run, and a hostile file hurts no other work. */

import type { CheckResult } from '../domain/checks/check.ts';
import { fitsIn } from '../domain/checks/fits.ts';
import type { Loads } from '../domain/checks/loads.ts';
import { AppError } from '../domain/errors.ts';
import { THIS_HOST } from '../domain/hosts/host.ts';
import type { Memory } from '../domain/memory.ts';
import type { Checks, CheckState, CheckWanted, Headers } from './checks.ts';
import type { Loading } from './loads/loading.ts';
import type { LoadLock } from './loads/load-lock.ts';

/** A copy that is to be checked: plain data. */
export interface CheckJob extends CheckWanted {
  /** For how long a text memory is counted; the usual length if left out. */
  readonly contextTokens?: number | undefined;
}

export interface RunningCheckJob {
  /** What it looks like now; undefined before the first file. */
  readonly state: () => CheckState | undefined;
  /** Rejects with an AppError if it cannot be looked into, or with the signal's reason. */
  readonly done: Promise<CheckResult>;
}

/**
 * Checks copies on the machine that they lie on: whole, by what their files say; fits, with the memory of that machine; loads, where
 * it has what loads them. What goes over and what comes back is plain data, as with an executor.
 */
export interface Checker {
  readonly start: (job: CheckJob, signal: AbortSignal) => RunningCheckJob;
}

/** Who checks on which machine, known by the numbers of their rows. */
export interface Checkers {
  /** @throws AppError unavailable: there is no such host any more */
  readonly of: (hostId: number) => Checker;
  /** Those that are heard of. */
  readonly there: () => readonly number[];
}

/** Where there is no other machine than this one. */
export const checkersHere = (checker: Checker): Checkers => ({
  of: (hostId) => {
    if (hostId === THIS_HOST) return checker;
    throw new AppError(
      'unavailable',
      'What lies on other machines can only be reached where hubgram knows their Redis.',
    );
  },
  there: () => [THIS_HOST],
});

export interface CheckerDeps {
  readonly checks: Checks;
  /** Without it nothing is loaded. */
  readonly loading?: Loading | undefined;
  /** Shared with whatever else loads models on the machine. */
  readonly loadLock: LoadLock;
  /** What the machine has to load models into. */
  readonly memory: () => Promise<Memory>;
}

/** Loading it is for seeing that it works, not for long texts. */
const LOADED_TOKENS = 512;

/** Has it loaded, if it can be, and there is memory for that now. */
const load = async (
  { loading, memory, loadLock }: CheckerDeps,
  { repoFolder, commit }: CheckJob,
  { loadable, need }: Headers,
  signal: AbortSignal,
): Promise<Loads | undefined> => {
  if (!loading || !loadable || !need) return undefined;
  if (!loading.isInstalled(loadable.runtime)) return { kind: 'no_runtime', runtime: loadable.runtime };
  const release = await loadLock.take(signal);
  try {
    const { neededBytes, freeBytes: free, gpuBytes } = fitsIn(await memory(), need, LOADED_TOKENS);
    // What a card does not take the machine's memory has to.
    const freeBytes = free + (loading.usesCards(loadable.runtime) ? gpuBytes : 0);
    if (neededBytes > freeBytes) return { kind: 'no_memory', neededBytes, freeBytes };
    return await loading.load({ repoFolder, commit, ...loadable, neededBytes }, signal);
  } finally {
    release();
  }
};

/** Checks copies of this machine. */
export const createChecker = (deps: CheckerDeps): Checker => ({
  start: (job, signal) => {
    const { contextTokens, ...wanted } = job;
    const run = deps.checks.start(wanted, signal);
    let state = run.state;
    const check = async (): Promise<CheckResult> => {
      const headers = await run.done;
      const { whole, need, loadable } = headers;
      const fits = need && fitsIn(await deps.memory(), need, contextTokens);
      const done = { filesDone: wanted.files.length, filesTotal: wanted.files.length };
      if (loadable) state = () => ({ ...done, currentFile: loadable.path, isLoading: true });
      const loads = await load(deps, job, headers, signal);
      return { whole, ...(fits ? { fits } : {}), ...(loads ? { loads } : {}) };
    };
    return { state: () => state(), done: check() };
  },
});
