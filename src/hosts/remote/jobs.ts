import { randomUUID } from 'node:crypto';
import type { CopyState, Executor, NamedLimit, Verdict, VerifyState } from '../../copies/executor.ts';
import { AppError } from '../../domain/errors.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import {
  copyForm,
  copyStateAsSent,
  copyStateSchema,
  madeAsSent,
  madeForm,
  verdictForm,
  verifyForm,
  verifyStateSchema,
} from '../wire/jobs.ts';
import {
  bytesIn,
  checkLearned,
  checkPaths,
  checkSnapshotPath,
  receivedAtMost,
  stateAtMost,
  verifyStateAtMost,
} from './believed.ts';
import type { RunDesk } from './run-desk.ts';

export interface JobDeps {
  readonly host: string;
  readonly runs: RunDesk;
  readonly isThere: () => boolean;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

/** Codes of failures that a token would mend. */
const OF_ACCESS: readonly string[] = ['gated', 'unauthorized', 'forbidden', 'not_found'];

/**
 * What a host may not read, in words that help there: it asks the Hub with its own token, and what it says of itself speaks of tokens as
 * if it were the machine of the bot.
 */
const ofAccess = (error: unknown, host: string, hasTokens: boolean): unknown => {
  if (!(error instanceof AppError) || !OF_ACCESS.includes(error.code)) return error;
  const { code, page, isByHand } = error;
  const options = { cause: error, isByHand, ...(page === undefined ? {} : { page }) };
  const stay = 'The tokens of people, and of the machine of the bot, stay there.';
  if (code === 'gated' && page !== undefined) {
    const way = isByHand ? 'Ask for access' : 'Accept its terms';
    const says = `It is gated, and ${host} has no token that may read it. ${way} at ${page} and put a token of that account into HF_TOKEN on ${host}, or bring it onto another machine. ${stay}`;
    return new AppError(code, says, options);
  }
  if (!hasTokens) return error;
  return new AppError(code, `${error.message} ${stay} ${host} needs a token of its own (HF_TOKEN there).`, options);
};

/** Has a host make a copy, and tells how far that is as it is told here. */
export const startCopy =
  ({ host, runs, isThere, clock, log }: JobDeps): Executor['start'] =>
  (job, signal) => {
    const { limit, tokensOf, key, ...asked } = job;
    // What is no name of a repository is refused at once, as on this machine.
    repoFolderName(job);
    const bytesTotal = bytesIn(job.files);
    let state: CopyState = {
      phase: 'checking',
      bytesTotal,
      bytesReady: 0,
      bytesReceived: 0,
      filesTotal: job.files.length,
      filesDone: 0,
      lastByteAt: 0,
      connections: 0,
    };
    let [isToldOf, ranBefore] = [false, false];
    const started = runs.start({
      id: key ?? `c-${randomUUID()}`,
      kind: 'copy',
      asks: copyForm,
      asked,
      answers: madeForm,
      wish: limit ? { limit } : {},
      signal,
      onJoined: () => {
        ranBefore = true;
        state = { ...state, ranBefore };
      },
      onProgress: (progress) => {
        const said = copyStateSchema.safeParse(progress).data;
        // Nothing yet is 0.
        if (said && said.bytesReady <= said.bytesTotal)
          state = { ...copyStateAsSent(stateAtMost(job, said), clock.monotonic()), ranBefore };
        else if (progress !== 0 && !isToldOf) {
          isToldOf = true;
          log.warn({ host, run: key }, 'How far a copy is, as a host tells it, cannot be; it is not believed');
        }
      },
      check: (made) => {
        checkSnapshotPath(made.snapshotPath, job);
        checkLearned(made.learned, job);
      },
    });
    const done = started.done.then(
      (made) => {
        // What was heard last is a second old: whoever sums it up wants all.
        const { bytesTotal: bytesReady, filesTotal: filesDone } = state;
        const bytesReceived = receivedAtMost(job, made.bytesReceived);
        state = { ...state, phase: 'done', bytesReady, bytesReceived, filesDone, connections: 0 };
        return madeAsSent({ ...made, bytesReceived });
      },
      (error: unknown) => {
        throw ofAccess(error, host, (tokensOf?.length ?? 0) > 0);
      },
    );
    return {
      state: () => (isThere() ? state : { ...state, connections: 0 }),
      setLimit: (next: NamedLimit | undefined) => started.setWish(next ? { limit: next } : {}),
      done,
    };
  };

/** Has a host read a copy again. */
export const startVerify =
  ({ runs }: JobDeps): Executor['verify'] =>
  (published, signal) => {
    let state: VerifyState = {
      bytesTotal: bytesIn(published.files),
      bytesDone: 0,
      filesTotal: published.files.length,
      filesDone: 0,
    };
    const { repoFolder, commit, files } = published;
    const { done } = runs.start({
      id: `v-${randomUUID()}`,
      kind: 'verify',
      asks: verifyForm,
      asked: { repoFolder, commit, files },
      answers: verdictForm,
      wish: {},
      signal,
      onProgress: (progress) => {
        const said = verifyStateSchema.safeParse(progress).data;
        if (said) state = verifyStateAtMost(published, said);
      },
      check: ({ missing, broken }: Verdict) => checkPaths([...missing, ...broken], files),
    });
    const ended = done.then((verdict) => {
      // A short one ends before anybody has told how far it is.
      const { bytesTotal, filesTotal } = state;
      state = { bytesTotal, bytesDone: bytesTotal, filesTotal, filesDone: filesTotal };
      return verdict;
    });
    return { state: () => state, done: ended };
  };
