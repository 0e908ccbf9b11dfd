import { AppError, messageOf } from '../domain/errors.ts';
import type { RepoFile } from '../domain/listing.ts';
import type { Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo.ts';
import type { DownloadSession } from '../domain/session.ts';
import type { RunningTransfer } from '../transfer/transfer.ts';
import type { Limits } from './limits.ts';
import { createLive, type Live } from './live.ts';
import { writeOutcome } from './outcome.ts';
import { lookUpAnew } from './moved.ts';
import type { Partials } from './partials.ts';
import { createProgress, type Progress } from './progress.ts';
import type { QueueDeps, QueueOptions } from './queue.ts';
import { type StopKind, StopReason } from './stop-reason.ts';
import type { Room } from './room.ts';
import { settle, type Settlement } from './settle.ts';

/** A model that is being downloaded right now. */
export interface Run {
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

export interface RunDeps extends QueueDeps {
  readonly options: QueueOptions;
  readonly room: Room;
  readonly limits: Limits;
  readonly partials: Pick<Partials, 'drop'>;
  /** What must have ended before this may touch files: an earlier run of the same model, a deletion in its folder. */
  readonly before: readonly Promise<unknown>[];
  /** True if another chat's transfer of the same files runs. */
  readonly joins: () => boolean;
}

/** What a run knows about itself; filled as it goes. */
interface Core {
  readonly deps: RunDeps;
  readonly model: Model;
  readonly signal: AbortSignal;
  readonly decided: PromiseWithResolvers<void>;
  readonly ended: PromiseWithResolvers<Settlement['kind'] | 'lost'>;
  session: DownloadSession | undefined;
  live: Live | undefined;
  progress: Progress | undefined;
  giveBack: (() => void) | undefined;
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

const beginTransfer = ({ deps, model, signal }: Core, files: readonly RepoFile[]): RunningTransfer => {
  const { store, hub, transfer } = deps;
  const ref = { type: model.repoType, id: model.name };
  const commit = model.commitSha;
  const pace = deps.limits.paceOf(model);
  if (commit === null) {
    throw new AppError('integrity', 'The commit of this model is not known. Remove it and add it again.');
  }
  return transfer.start(
    {
      repoFolder: repoFolderName(ref),
      commit,
      revision: model.revision,
      files,
      resolve: (path, resolveSignal, ask) => hub.locate({ ...ref, commit, path }, resolveSignal, ask),
      ...(pace ? { pace } : {}),
      journal: store.files,
    },
    signal,
  );
};

const download = async (core: Core): Promise<Settlement> => {
  const { deps, model, signal } = core;
  const { store, clock } = deps;
  if (deps.before.length > 0) {
    // That may take its time, and others need not wait for it.
    core.decided.resolve();
    await Promise.all(deps.before);
  }
  signal.throwIfAborted();
  const run = model.scheduled && !model.runNow ? store.schedules.openRunOf(model.chatId) : undefined;
  const session = store.sessions.startOrContinue(model.id, model.sizeBytes ?? 0, run?.scheduleId ?? undefined);
  core.session = session;
  const files = store.models.modelFiles(model.id);
  const repoFolder = repoFolderName({ type: model.repoType, id: model.name });
  core.giveBack = await deps.room.take({ modelId: model.id, repoFolder, files, commit: model.commitSha });
  core.decided.resolve();
  signal.throwIfAborted();
  const startedAt = clock.monotonic();
  const joins = deps.joins();
  const running = beginTransfer(core, files);
  core.live = createLive(running, { startedAt, readyBefore: session.bytesDownloaded, joins });
  core.progress = createProgress(store, session, core.live, startedAt);
  const { snapshotPath } = await running.done;
  return { kind: 'completed', snapshotPath, sizeBytes: running.state().bytesTotal };
};

const stoppedBy = (signal: AbortSignal): StopKind | undefined =>
  signal.reason instanceof StopReason ? signal.reason.kind : undefined;

const isGone = (error: unknown): boolean => error instanceof AppError && error.code === 'gone';

/** If its commit is gone, where its branch is now. */
const downloadOrMove = async (core: Core): Promise<Settlement> => {
  try {
    return await download(core);
  } catch (error) {
    if (!isGone(error) || core.signal.aborted) throw error;
    return { kind: 'moved', to: await lookUpAnew(core.deps.hub, core.model, core.signal) };
  }
};

/** What the row says of its session; a database that cannot be read keeps no run from ending. */
const sessionNow = ({ deps, session, model }: Core): DownloadSession | undefined => {
  try {
    return session && deps.store.sessions.getDownloadSession(session.id);
  } catch (error) {
    deps.log.error({ err: error, model: model.id }, 'The session of a download could not be read');
    return session;
  }
};

const settlementOf = async (core: Core): Promise<Settlement> => {
  const { deps, model, signal } = core;
  try {
    const settlement = await downloadOrMove(core);
    const stopped = stoppedBy(signal);
    // Who stopped it at the last moment has moved the row; on a shutdown, what is complete is complete.
    return stopped === undefined || stopped === 'shutdown' ? settlement : { kind: 'stopped' };
  } catch (error) {
    const session = sessionNow(core);
    const reference = session?.uuid ?? `model ${model.id}`;
    const stopped = stoppedBy(signal);
    if (stopped === undefined && !(error instanceof AppError)) {
      deps.log.error({ err: error, model: model.id, reference }, 'A download failed for a reason of ours');
    }
    return settle(error, {
      stopped,
      retryCount: session?.retryCount ?? 0,
      maxRetries: deps.options.maxRetries(),
      bytesReceived: core.live?.bytes(deps.clock.monotonic()).received ?? 0,
      random: deps.random(),
      reference,
    });
  }
};

/** What had come of files that the branch has no more. */
const dropLeft = ({ deps, model }: Core, before: readonly RepoFile[], now: readonly RepoFile[]): void => {
  const wanted = new Set(now.map(({ etag }) => etag));
  const left = before.filter(({ etag }) => !wanted.has(etag));
  deps.partials.drop(model, left).catch((error: unknown) => {
    deps.log.error({ err: error, model: model.id }, 'What had arrived could not be dropped');
  });
};

/** The run goes on until what became of it is a row: a full disk must not lose that, nor how much had come. */
const writeDown = (core: Core, settlement: Settlement): void => {
  const { deps, model, ended, unwritten } = core;
  const { store, clock, log } = deps;
  const { kind } = settlement;
  try {
    const before = store.models.modelFiles(model.id);
    store.atomically(() => {
      core.progress?.save(clock.monotonic());
      writeOutcome(deps, { model, sessionId: core.session?.id }, settlement);
    });
    if (settlement.kind === 'moved') dropLeft(core, before, settlement.to.files);
  } catch (error) {
    const fields = { err: error, model: model.id, kind };
    if (!unwritten) log.error(fields, 'What became of a download could not be written down');
    core.unwritten = { settlement, trouble: messageOf(error), tryAt: clock.monotonic() + REFUSED_PAUSE_MS };
    // Nobody comes again to try: the next start finds the row as it is.
    if (stoppedBy(core.signal) === 'shutdown') ended.resolve('lost');
    return;
  }
  core.unwritten = undefined;
  const reason = 'message' in settlement ? settlement.message : undefined;
  log.info({ model: model.id, name: model.name, session: core.session?.uuid, kind, reason }, 'A run has ended');
  ended.resolve(kind);
};

const runToItsEnd = async (core: Core): Promise<void> => {
  const settlement = await settlementOf(core);
  core.decided.resolve();
  core.giveBack?.();
  writeDown(core, settlement);
};

/** Stopped, or time has passed: the database may take it now. */
const tryAgain = (core: Core): void => {
  if (core.unwritten) writeDown(core, core.unwritten.settlement);
};

/** Runs a claimed model to a settled row. */
export const startRun = (deps: RunDeps, model: Model): Run => {
  const abort = new AbortController();
  const core: Core = {
    deps,
    model,
    signal: abort.signal,
    decided: Promise.withResolvers<void>(),
    ended: Promise.withResolvers<Settlement['kind'] | 'lost'>(),
    session: undefined,
    live: undefined,
    progress: undefined,
    giveBack: undefined,
    unwritten: undefined,
  };
  void runToItsEnd(core);
  return {
    model,
    live: () => core.live,
    sample: (now) => {
      if (core.unwritten) {
        if (now >= core.unwritten.tryAt) tryAgain(core);
        return;
      }
      core.live?.sample(now);
      core.progress?.sample(now);
    },
    isStopped: () => abort.signal.aborted,
    stop: (kind) => {
      abort.abort(new StopReason(kind));
      tryAgain(core);
    },
    trouble: () => core.unwritten?.trouble,
    decided: core.decided.promise,
    done: core.ended.promise,
  };
};
