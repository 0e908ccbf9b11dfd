import PQueue from 'p-queue';
import { isForNow, messageOf } from '../domain/errors.ts';
import { isScheduled, type Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import { toIso } from '../lib/clock.ts';
import { createLapses } from '../lib/lapse.ts';
import { isHeld } from './control.ts';
import type { QueueDeps, QueueOptions } from './deps.ts';
import type { Flow } from './estimates.ts';
import { createLimits, type Limits } from './limits.ts';
import type { Removals } from './removals.ts';
import { recoverLost } from './recover.ts';
import { createDiskSpace, type DiskSpace } from './disk-space.ts';
import { type DownloadRun, startDownloadRun } from './run/download-run.ts';
import type { TakeOver } from './take-over.ts';

/** Claims what may run and lets it run. */
export interface Pump {
  /** Claims what there is room for; begins nothing while everything is held. Faults are logged and tried again. */
  readonly claim: () => void;
  /** As `claim`, and room on the disk may have changed. */
  readonly wake: () => void;
  /** To be called about once a second: measures what runs, and claims when a wait is over. */
  readonly tick: () => void;
  readonly runOf: (modelId: number) => DownloadRun | undefined;
  /** Resolves when this copy is not being got any more; undefined if it is not. */
  readonly endOf: (copyId: number) => Promise<void> | undefined;
  /** Why a model that should go on cannot, as a sentence; undefined if nothing is in the way. */
  readonly trouble: (modelId: number) => string | undefined;
  /** Every transfer that runs, once for all chats it is for. */
  readonly flows: () => Flow[];
  /** Stops everything with its ranges saved and its rows pending again. */
  readonly close: () => Promise<void>;
}

export interface PumpDeps extends QueueDeps {
  readonly options: QueueOptions;
  readonly removals: Pick<Removals, 'under' | 'begin'>;
  readonly takeOver: TakeOver;
}

/** Runs of the same files for several chats: one transfer, one place among those that run at once. */
interface SharedDownload {
  readonly runs: Set<DownloadRun>;
  readonly end: PromiseWithResolvers<void>;
}

interface PumpState extends PumpDeps {
  readonly diskSpace: DiskSpace;
  readonly limits: Limits;
  readonly runner: PQueue;
  /** By copy. */
  readonly shared: Map<number, SharedDownload>;
  /** The newest run of each model; an older one may still be on its way out. */
  readonly runs: Map<number, DownloadRun>;
  /** Runs that do not know yet whether there is room for them. */
  deciding: number;
  isClosed: boolean;
  /** When to look again, milliseconds since the epoch. */
  lookAt: number | undefined;
  readonly lapses: ReturnType<typeof createLapses>;
  /** Why the last look failed, if it was not our fault. */
  trouble: string | undefined;
}

/** After a fault of the database, in milliseconds. */
const FAULT_PAUSE_MS = 5000;

/** What is got for a model; one that was made without a commit is alone with what it wants. */
const copyOf = ({ id, wantsCopyId }: Model): number => wantsCopyId ?? -id;

const startIn = (state: PumpState, download: SharedDownload, model: Model): void => {
  const { removals, takeOver } = state;
  const folder = repoFolderName({ type: model.repoType, id: model.name });
  const older = state.runs.get(model.id)?.done;
  const run = startDownloadRun(
    {
      ...state,
      before: [older, removals.under(folder), takeOver.pending()].filter((each) => each !== undefined),
      joins: () => [...download.runs].some((other) => other !== run && other.live() !== undefined),
    },
    model,
  );
  download.runs.add(run);
  state.runs.set(model.id, run);
  if (state.isClosed) run.stop('shutdown');
  state.deciding += 1;
  void run.decided.then(() => {
    state.deciding -= 1;
    claim(state);
  });
  void run.done.then((ended) => {
    download.runs.delete(run);
    if (state.runs.get(model.id) === run) state.runs.delete(model.id);
    if (download.runs.size === 0) {
      state.shared.delete(copyOf(model));
      download.end.resolve();
    }
    removals.begin();
    if (ended === 'lost') state.lookAt = state.clock.now() + FAULT_PAUSE_MS;
    // After lack of room others may still fit; but two that do not fit must not wake each other without end.
    else if (ended === 'no_space') claim(state);
    else wake(state);
  });
};

/** Room on the disk may have changed: those that wait for it are looked at again. */
const wake = (state: PumpState): void => {
  if (state.isClosed) return;
  guarded(state, state.store.models.hastenNoSpace);
  claim(state);
};

/** A claimed model joins those that run of the same files, or takes a place of its own. */
const begin = (state: PumpState, model: Model): void => {
  const key = copyOf(model);
  const running = state.shared.get(key);
  if (running) {
    startIn(state, running, model);
    return;
  }
  const download: SharedDownload = { runs: new Set(), end: Promise.withResolvers<void>() };
  state.shared.set(key, download);
  state.runner
    .add(() => {
      startIn(state, download, model);
      return download.end.promise;
    })
    .catch((error: unknown) => state.log.error({ err: error, model: model.id }, 'A run got lost'));
};

/** What other chats want of the same copy joins at once, outside the limit. */
const beginShared = (state: PumpState): void => {
  for (const model of state.store.models.claimShared(toIso(state.clock.now()))) begin(state, model);
};

/** While everything is held, what runs is put back at its place in the order. */
const hold = ({ store, runs }: PumpState): void => {
  for (const [id, run] of runs) {
    if (store.models.moveModel(id, 'downloading', 'pending', { reason: 'held' })) run.stop('held');
  }
};

/** What its schedule has closed on is put back, to go on at the next opening. */
const closeGates = ({ store, runs, clock }: PumpState): void => {
  for (const id of store.models.outsideWindow(toIso(clock.now()))) {
    if (store.models.moveModel(id, 'downloading', 'pending', { reason: 'window_closed' }))
      runs.get(id)?.stop('window_closed');
  }
};

const claimAll = (state: PumpState): void => {
  const { runner, store, clock, options } = state;
  beginShared(state);
  // One at a time: what comes later in the order must not take the room from under it, or keep it out by being counted.
  while (state.deciding === 0 && runner.pending + runner.size < options.concurrency()) {
    const model = store.models.claimNext(toIso(clock.now()));
    if (!model) return;
    begin(state, model);
    beginShared(state);
  }
};

/** When the next wait is over. What waited long enough and could not begin is no reason to look: an end will be. */
const nextLook = ({ store, clock }: PumpState): number | undefined => {
  const now = clock.now();
  const earliest = store.models.nextNotBefore();
  if (earliest === undefined) return undefined;
  if (Date.parse(earliest) > now) return Date.parse(earliest);
  const later = store.models
    .getModelsByStatus('pending')
    .map(({ enabled, notBefore }) => (enabled && notBefore !== null ? Date.parse(notBefore) : 0))
    .filter((at) => at > now);
  return later.length === 0 ? undefined : Math.min(...later);
};

/** The database may fail for a while; the downloads go on when it works again. */
const guarded = (state: PumpState, work: () => void): void => {
  try {
    work();
  } catch (error) {
    state.lookAt = state.clock.now() + FAULT_PAUSE_MS;
    if (isForNow(error)) state.trouble = messageOf(error);
    state.log.error({ err: error }, 'The queue could not be looked at');
  }
};

/** p-queue takes no zero. Where none may run, none is claimed. */
const atLeastOne = ({ concurrency }: QueueOptions): number => Math.max(1, concurrency());

const claim = (state: PumpState): void => {
  const { store, runner, runs, options } = state;
  if (state.isClosed) return;
  guarded(state, () => {
    runner.concurrency = atLeastOne(options);
    recoverLost(state, (id) => runs.has(id));
    if (isHeld(store)) hold(state);
    else {
      closeGates(state);
      claimAll(state);
    }
    state.lookAt = nextLook(state);
    state.trouble = undefined;
  });
};

const flows = ({ shared, clock }: PumpState): Flow[] =>
  [...shared.values()].flatMap(({ runs }) => {
    const [run] = runs;
    if (!run) return [];
    const snapshot = run.live()?.snapshot(clock.monotonic());
    const scheduledFor = [...runs].flatMap(({ model }) => (isScheduled(model) ? [model.chatId] : []));
    if (!snapshot) return { remainingBytes: run.model.sizeBytes ?? 0, bytesPerSecond: undefined, scheduledFor };
    const { bytesTotal, bytesReady, bytesPerSecond, etaMs } = snapshot;
    // Without an honest time left nobody knows when it will be through.
    return {
      remainingBytes: bytesTotal - bytesReady,
      bytesPerSecond: etaMs === undefined ? undefined : bytesPerSecond,
      scheduledFor,
    };
  });

const tick = (state: PumpState): void => {
  const now = state.clock.monotonic();
  for (const run of state.runs.values()) guarded(state, () => run.sample(now));
  const isSetBack = state.lapses()?.setBack === true;
  if (isSetBack) guarded(state, state.store.models.beginWaitsAnew);
  if (isSetBack || (state.lookAt !== undefined && state.clock.now() >= state.lookAt)) claim(state);
};

const close = async (state: PumpState): Promise<void> => {
  state.isClosed = true;
  const runs = [...state.runs.values()];
  for (const run of runs) run.stop('shutdown');
  await Promise.all(runs.map((run) => run.done));
};

export const createPump = (deps: PumpDeps): Pump => {
  const { options, copies, store } = deps;
  const state: PumpState = {
    ...deps,
    diskSpace: createDiskSpace({ ...options, copies, storedBytesWith: store.copies.storedBytesWith }),
    limits: createLimits(deps),
    runner: new PQueue({ concurrency: atLeastOne(deps.options) }),
    shared: new Map(),
    runs: new Map(),
    deciding: 0,
    isClosed: false,
    lookAt: undefined,
    lapses: createLapses(deps.clock),
    trouble: undefined,
  };
  // A place is free a moment after its run has ended: only then may the next one be claimed.
  state.runner.addEventListener('next', () => claim(state));
  return {
    claim: () => claim(state),
    wake: () => wake(state),
    tick: () => tick(state),
    runOf: (modelId) => state.runs.get(modelId),
    endOf: (copyId) => state.shared.get(copyId)?.end.promise,
    trouble: (modelId) => {
      const run = state.runs.get(modelId);
      return run ? run.trouble() : state.trouble;
    },
    flows: () => flows(state),
    close: () => close(state),
  };
};
