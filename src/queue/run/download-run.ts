import { AppError, messageOf } from '../../domain/errors.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { Model } from '../../domain/model.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { DownloadSession } from '../../domain/session.ts';
import type { RunningCopy } from '../../copies/job.ts';
import type { HeldCopy } from '../../store/downloads/copies.ts';
import type { Limits } from '../limits.ts';
import { createLive, type Live } from './live.ts';
import type { QueueDeps, QueueOptions } from '../deps.ts';
import { writeOutcome } from './outcome.ts';
import { lookUpAnew } from './moved.ts';
import { createProgress, type Progress } from './progress.ts';
import { type StopKind, StopReason } from './stop-reason.ts';
import type { DiskSpace } from '../disk-space.ts';
import { settle, type Settlement } from './settle.ts';

/** A model that is being downloaded right now. */
export interface DownloadRun {
  readonly model: Model;
  readonly live: () => Live | undefined;
  /** To be called about once a second. */
  readonly sample: (now: number) => void;
  readonly isStopped: () => boolean;
  readonly stop: (kind: StopKind) => void;
  /** Resolves when it is known whether there is room for it, or it has to wait for something else first. */
  readonly decided: Promise<void>;
  /** Why what became of it cannot be written down yet, as a sentence; undefined if that is not so. */
  readonly trouble: () => string | undefined;
  /** Resolves with what became of it when its row is settled, `lost` if that could not be written; never rejects. */
  readonly done: Promise<Settlement['kind'] | 'lost'>;
}

export interface DownloadRunDeps extends QueueDeps {
  readonly options: QueueOptions;
  readonly diskSpace: DiskSpace;
  readonly limits: Limits;
  /** What must have ended before this may touch files: an earlier run of the same model, a deletion in its folder. */
  readonly before: readonly Promise<unknown>[];
  /** True if another chat's transfer of the same files runs. */
  readonly joins: () => boolean;
}

/** What a run of a download knows about itself; filled as it goes. */
interface RunState {
  readonly deps: DownloadRunDeps;
  readonly model: Model;
  readonly signal: AbortSignal;
  readonly decided: PromiseWithResolvers<void>;
  readonly ended: PromiseWithResolvers<Settlement['kind'] | 'lost'>;
  session: DownloadSession | undefined;
  live: Live | undefined;
  progress: Progress | undefined;
  giveBack: (() => void) | undefined;
  /** Where its branch leads now, until the row says so. */
  held: HeldCopy | undefined;
  /** What became of it, which the database refuses to take. */
  unwritten: Unwritten | undefined;
}

interface Unwritten {
  readonly settlement: Settlement;
  readonly trouble: string;
  /** Of the clock that only goes forward. */
  readonly tryAt: number;
}

/** How long the database is left alone that refused to take an end, in milliseconds. */
const REFUSED_PAUSE_MS = 5000;

const repoFolderOf = ({ repoType: type, name: id }: Model): string => repoFolderName({ type, id });

const beginTransfer = ({ deps, model, signal }: RunState, files: readonly RepoFile[]): RunningCopy => {
  const { source, copies } = deps;
  const ref = { type: model.repoType, id: model.name };
  const commit = model.commitSha;
  const speedLimit = deps.limits.speedLimitOf(model);
  if (commit === null) {
    throw new AppError('integrity', 'The commit of this model is not known. Remove it and add it again.');
  }
  return copies.start(
    {
      repoFolder: repoFolderOf(model),
      commit,
      revision: model.revision,
      files,
      resolve: (path, resolveSignal, ask) => source.locate({ ...ref, commit, path }, resolveSignal, ask),
      ...(speedLimit ? { speedLimit } : {}),
    },
    signal,
  );
};

/** Before the first byte: what lies there whole, and is not what hubgram has made of that commit, somebody else has put there. */
const lookWhoMadeIt = async ({ deps, model }: RunState, files: readonly RepoFile[]): Promise<void> => {
  const { copies, store } = deps;
  const copy = model.wantsCopyId === null ? undefined : store.copies.getCopy(model.wantsCopyId);
  if (!copy || copy.madeBy !== null) return;
  const isThere = async (some: readonly RepoFile[]): Promise<boolean> =>
    (await copies.missingFiles({ repoFolder: repoFolderOf(model), files: some, commit: copy.commitSha })) === 0;
  // The first one tells most often.
  const isWhole = files.length > 0 && (await isThere(files.slice(0, 1))) && (await isThere(files));
  store.copies.setMadeBy(copy.id, isWhole && !store.copies.isCommitOurs(copy) ? 'other' : 'hubgram');
};

const download = async (state: RunState): Promise<Settlement> => {
  const { deps, model, signal } = state;
  const { store, clock } = deps;
  if (deps.before.length > 0) {
    // That may take its time, and others need not wait for it.
    state.decided.resolve();
    await Promise.all(deps.before);
  }
  signal.throwIfAborted();
  const scheduleRun = model.scheduled && !model.runNow ? store.schedules.openRunOf(model.chatId) : undefined;
  const session = store.sessions.startOrContinue(model.id, model.sizeBytes ?? 0, scheduleRun?.scheduleId ?? undefined);
  state.session = session;
  const files = await store.models.readModelFiles(model.id);
  signal.throwIfAborted();
  const repoFolder = repoFolderOf(model);
  await lookWhoMadeIt(state, files);
  const { wantsCopyId: copyId, commitSha: commit } = model;
  state.giveBack = await deps.diskSpace.reserve({ copyId, repoFolder, files, commit });
  state.decided.resolve();
  signal.throwIfAborted();
  const startedAt = clock.monotonic();
  const joins = deps.joins();
  const running = beginTransfer(state, files);
  state.live = createLive(running, { startedAt, readyBefore: session.bytesDownloaded, joins });
  state.progress = createProgress(store, session, state.live, startedAt);
  const { snapshotPath } = await running.done;
  return { kind: 'completed', snapshotPath, sizeBytes: running.state().bytesTotal };
};

const stoppedBy = (signal: AbortSignal): StopKind | undefined =>
  signal.reason instanceof StopReason ? signal.reason.kind : undefined;

const isGone = (error: unknown): boolean => error instanceof AppError && error.code === 'gone';

/** If its commit is gone, where its branch is now. */
const downloadOrMove = async (state: RunState): Promise<Settlement> => {
  try {
    return await download(state);
  } catch (error) {
    if (!isGone(error) || state.signal.aborted) throw error;
    const to = await lookUpAnew(state.deps.source, state.model, state.signal);
    const { repoType, name, selection } = state.model;
    state.held = await state.deps.store.copies.list(
      { repoType, name, commitSha: to.commitSha, selection },
      to,
      state.signal,
    );
    return { kind: 'moved', to };
  }
};

/** What the row says of its session; a database that cannot be read keeps no run from ending. */
const sessionNow = ({ deps, session, model }: RunState): DownloadSession | undefined => {
  try {
    return session && deps.store.sessions.getDownloadSession(session.id);
  } catch (error) {
    deps.log.error({ err: error, model: model.id }, 'The session of a download could not be read');
    return session;
  }
};

const settlementOf = async (state: RunState): Promise<Settlement> => {
  const { deps, model, signal } = state;
  try {
    const settlement = await downloadOrMove(state);
    const stopped = stoppedBy(signal);
    // Who stopped it at the last moment has moved the row; on a shutdown, what is complete is complete.
    return stopped === undefined || stopped === 'shutdown' ? settlement : { kind: 'stopped' };
  } catch (error) {
    const session = sessionNow(state);
    const reference = session?.uuid ?? `model ${model.id}`;
    const stopped = stoppedBy(signal);
    if (stopped === undefined && !(error instanceof AppError)) {
      deps.log.error({ err: error, model: model.id, reference }, 'A download failed for a reason of ours');
    }
    return settle(error, {
      stopped,
      retryCount: session?.retryCount ?? 0,
      maxRetries: deps.options.maxRetries(),
      bytesReceived: state.live?.bytes(deps.clock.monotonic()).received ?? 0,
      random: deps.random(),
      reference,
    });
  }
};

/** The run goes on until what became of it is a row: a full disk must not lose that, nor how much had come. */
const writeDown = (state: RunState, settlement: Settlement): void => {
  const { deps, model, ended, unwritten } = state;
  const { store, clock, log } = deps;
  const { kind } = settlement;
  try {
    store.atomically(() => {
      state.progress?.save(clock.monotonic());
      writeOutcome(deps, { model, sessionId: state.session?.id }, settlement);
    });
    state.held?.letGo();
  } catch (error) {
    const fields = { err: error, model: model.id, kind };
    if (!unwritten) log.error(fields, 'What became of a download could not be written down');
    state.unwritten = { settlement, trouble: messageOf(error), tryAt: clock.monotonic() + REFUSED_PAUSE_MS };
    // Nobody comes again to try: the next start finds the row as it is.
    if (stoppedBy(state.signal) === 'shutdown') ended.resolve('lost');
    return;
  }
  state.unwritten = undefined;
  const reason = 'message' in settlement ? settlement.message : undefined;
  log.info({ model: model.id, name: model.name, session: state.session?.uuid, kind, reason }, 'A run has ended');
  ended.resolve(kind);
};

const runToItsEnd = async (state: RunState): Promise<void> => {
  const settlement = await settlementOf(state);
  state.decided.resolve();
  state.giveBack?.();
  writeDown(state, settlement);
};

/** Stopped, or time has passed: the database may take it now. */
const tryAgain = (state: RunState): void => {
  if (state.unwritten) writeDown(state, state.unwritten.settlement);
};

/** Runs a claimed model to a settled row. */
export const startDownloadRun = (deps: DownloadRunDeps, model: Model): DownloadRun => {
  const abort = new AbortController();
  const state: RunState = {
    deps,
    model,
    signal: abort.signal,
    decided: Promise.withResolvers<void>(),
    ended: Promise.withResolvers<Settlement['kind'] | 'lost'>(),
    session: undefined,
    live: undefined,
    progress: undefined,
    giveBack: undefined,
    held: undefined,
    unwritten: undefined,
  };
  void runToItsEnd(state);
  return {
    model,
    live: () => state.live,
    sample: (now) => {
      if (state.unwritten) {
        if (now >= state.unwritten.tryAt) tryAgain(state);
        return;
      }
      state.live?.sample(now);
      state.progress?.sample(now);
    },
    isStopped: () => abort.signal.aborted,
    stop: (kind) => {
      abort.abort(new StopReason(kind));
      tryAgain(state);
    },
    trouble: () => state.unwritten?.trouble,
    decided: state.decided.promise,
    done: state.ended.promise,
  };
};
