import { randomUUID } from 'node:crypto';
import type { Published } from '../../cache/missing.ts';
import type { Piece, PieceWanted } from '../../cache/read-piece.ts';
import type { ScannedRepo } from '../../cache/scan.ts';
import type { ShownFiles } from '../../cache/shown-files.ts';
import type { Parts } from '../../cache/sweep.ts';
import type { CopyState, Executor, NamedLimit, Verdict, VerifyState } from '../../copies/executor.ts';
import { AppError } from '../../domain/errors.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import { orAborted } from '../../lib/async/or-aborted.ts';
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
import { type Answer, type Asked, type Page, PIECE_BYTES, type QuestionName } from '../wire/questions.ts';
import {
  bytesIn,
  checkLearned,
  checkPaths,
  checkSnapshotPath,
  endsAs,
  receivedAtMost,
  stateAtMost,
  verifyStateAtMost,
} from './believed.ts';
import type { QuestionDesk } from './question-desk.ts';
import type { RunDesk } from './run-desk.ts';

interface ExecutorDeps {
  readonly host: string;
  readonly runs: RunDesk;
  readonly questions: QuestionDesk;
  readonly isThere: () => boolean;
  readonly bytesReceived: () => number;
  /** All that its disk holds, as far as it is known. */
  readonly diskBytes: () => number;
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

const startCopy =
  ({ host, runs, isThere, clock, log }: ExecutorDeps): Executor['start'] =>
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

const startVerify =
  ({ runs }: ExecutorDeps): Executor['verify'] =>
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

/** No disk has so many repositories; whoever tells of more would fill the memory with them. */
const LISTED_MOST = 100_000;
/** Nor so much in them: commits and what leads to them, and files of one snapshot. */
const WITHIN_MOST = 1_000_000;

/** How much there is in what a page lists. */
const within = {
  list: ({ revisions }: ScannedRepo): number => revisions.reduce((all, { refs }) => all + 1 + refs.length, 0),
  shown: ({ files }: ShownFiles): number => files.length,
  partials: ({ etags }: Parts): number => etags.length,
} as const;

/** Page after page, as long as somebody wants more. */
async function* pages<Item, Given extends object>(
  { questions, host }: Pick<ExecutorDeps, 'questions' | 'host'>,
  name: keyof typeof within,
  { given, signal }: { readonly given: Given; readonly signal: AbortSignal },
): AsyncIterable<Item> {
  let cursor: string | undefined;
  let [listed, held] = [0, 0];
  const holds = within[name] as (item: unknown) => number;
  try {
    do {
      if (signal.aborted) return;
      const asked = { ...given, ...(cursor === undefined ? {} : { cursor }) } as unknown as Asked<typeof name>;
      // It may take half an hour (`question-desk.ts`).
      const page = (await orAborted(questions.ask(name, asked), signal)) as unknown as Page<Item> | undefined;
      if (!page) return;
      ({ cursor } = page);
      // A page without anything counts as well: they would have no end either.
      listed += Math.max(1, page.items.length);
      held += page.items.reduce<number>((all, item) => all + holds(item), 0);
      if (listed > LISTED_MOST || held > WITHIN_MOST)
        throw new AppError('integrity', `${host} lists more than any disk holds, and is not believed.`);
      yield* page.items;
    } while (cursor !== undefined);
  } finally {
    // Whether it hears of that or not: it gives up by itself what nobody asks for any further.
    if (cursor !== undefined) questions.ask('leave', { cursor }).catch(() => undefined);
  }
}

async function* shownThere(
  deps: Pick<ExecutorDeps, 'questions' | 'host'>,
  { repoFolder, commit }: Pick<Published, 'repoFolder' | 'commit'>,
  signal: AbortSignal,
): AsyncIterable<ShownFiles> {
  for await (const slice of pages<ShownFiles, object>(deps, 'shown', { given: { repoFolder, commit }, signal })) {
    if (!endsAs(slice.snapshotPath, [repoFolder, 'snapshots', commit]))
      throw new AppError('integrity', `${deps.host} says that a copy lies where it cannot, and is not believed.`);
    yield slice;
  }
}

const readPiece =
  (ask: QuestionDesk['ask']) =>
  async (wanted: PieceWanted): Promise<Piece> => {
    const pieces: Buffer[] = [];
    let size = 0;
    for (let done = 0; done < wanted.bytes || done === 0; ) {
      const bytes = Math.min(PIECE_BYTES, wanted.bytes - done);
      const { repoFolder, commit, path } = wanted;
      const answer = await ask('read', { repoFolder, commit, path, start: wanted.start + done, bytes });
      const piece = Buffer.from(answer.content.join(''), 'base64');
      if (piece.length > bytes) throw new AppError('integrity', 'A host has sent more than it was asked for.');
      size = answer.size;
      pieces.push(piece);
      done += piece.length;
      if (piece.length < bytes) break;
    }
    return { size, content: Buffer.concat(pieces).toString('base64') };
  };

/** What carries out on another machine what is wanted there: all of it goes over Redis. */
export const createRemoteExecutor = (deps: ExecutorDeps): Executor => {
  const { host, questions, bytesReceived, diskBytes, runs } = deps;
  const ask = <Name extends QuestionName>(name: Name, asked: Asked<Name>): Promise<Answer<Name>> =>
    questions.ask(name, asked);
  const bytesOf = async (answer: Promise<{ readonly bytes: number }>, most = Infinity): Promise<number> =>
    Math.min((await answer).bytes, most);
  const notThere = (): Promise<never> =>
    Promise.reject(
      new AppError(
        'operational',
        `Apps are given links on the machine of the bot only; this model lies on ${host}. There, point the app at the folder of the model.`,
      ),
    );
  const publishedOf = ({ repoFolder, commit, files }: Published): Published => ({ repoFolder, commit, files });
  return {
    start: startCopy(deps),
    verify: startVerify(deps),
    bytesReceived,
    missingBytes: (wanted) => bytesOf(ask('missingBytes', wanted), bytesIn(wanted.files)),
    missingFiles: async (published) => (await ask('missingFiles', publishedOf(published))).missing,
    filesThere: async (published) => {
      const { paths } = await ask('filesThere', publishedOf(published));
      checkPaths(paths, published.files);
      return paths;
    },
    freeBytes: (repoFolder) => bytesOf(ask('freeBytes', { repoFolder })),
    diskOf: async (repoFolder) => (await ask('diskOf', { repoFolder })).disk,
    memory: () => ask('memory', {}),
    room: () => ask('room', {}),
    lastUse: async (published) => (await ask('lastUse', publishedOf(published))).use,
    read: readPiece(ask),
    list: (signal) => pages(deps, 'list', { given: {}, signal }),
    shown: (snapshot, signal) => shownThere(deps, snapshot, signal),
    partials: (signal) => pages(deps, 'partials', { given: {}, signal }),
    sweep: async (unwanted) => {
      await ask('sweep', unwanted);
    },
    removeSnapshot: async (removal) => {
      await runs.endOthersIn(removal.repoFolder);
      return bytesOf(ask('removeSnapshot', removal), diskBytes());
    },
    removeArrived: async (arrived) => {
      await runs.endOthersIn(arrived.repoFolder);
      return bytesOf(ask('removeArrived', arrived), diskBytes());
    },
    link: notThere,
    unlink: notThere,
    missingInOllama: notThere,
    linksThere: notThere,
    takeOver: notThere,
  };
};
