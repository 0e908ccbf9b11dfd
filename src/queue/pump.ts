import PQueue from 'p-queue';
import { isForNow, messageOf } from '../domain/errors.ts';
import type { Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo.ts';
import { toIso } from '../lib/clock.ts';
import { createLapses } from '../lib/lapse.ts';
import { isHeld } from './control.ts';
import { type Flow, isScheduled } from './estimates.ts';
import { createLimits, type Limits } from './limits.ts';
import type { Partials } from './partials.ts';
import type { QueueDeps, QueueOptions } from './queue.ts';
import { recoverLost } from './recover.ts';
import { createRoom, type Room } from './room.ts';
import { type Run, startRun } from './download-run.ts';

/** Claims what may run and lets it run. */
export interface Pump {
  /** Claims what there is room for; begins nothing while everything is held. Faults are logged and tried again. */
  readonly claim: () => void;
  /** As `claim`, and room on the disk may have changed. */
  readonly wake: () => void;
  /** To be called about once a second: measures what runs, and claims when a wait is over. */
  readonly tick: () => void;
  readonly runOf: (modelId: number) => Run | undefined;
  /** Why a model that should go on cannot, as a sentence; undefined if nothing is in the way. */
  readonly trouble: (modelId: number) => string | undefined;
  /** Every transfer that runs, once for all chats it is for. */
  readonly flows: () => Flow[];
  /** Stops everything with its ranges saved and its rows pending again. */
  readonly close: () => Promise<void>;
}

export interface PumpDeps extends QueueDeps {
  readonly options: QueueOptions;
  readonly partials: Partials;
}

/** Runs of the same files for several chats: one transfer, one place among those that run at once. */
interface Party {
  readonly runs: Set<Run>;
  readonly end: PromiseWithResolvers<void>;
}

interface Core extends PumpDeps {
  readonly room: Room;
  readonly limits: Limits;
  readonly runner: PQueue;
  readonly parties: Map<string, Party>;
  /** The newest run of each model; an older one may still be on its way out. */
  readonly runs: Map<number, Run>;
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

const partyKey = ({ id, source, repoType, name, commitSha, selection }: Model): string =>
  JSON.stringify([source, repoType, name, commitSha ?? id, selection]);

const startIn = (core: Core, party: Party, model: Model): void => {
  const { partials } = core;
  const folder = repoFolderName({ type: model.repoType, id: model.name });
  const older = core.runs.get(model.id)?.done;
  const run = startRun(
    {
      ...core,
      before: [older, partials.dropping(folder)].filter((each) => each !== undefined),
      joins: () => [...party.runs].some((other) => other !== run && other.live() !== undefined),
    },
    model,
  );
  party.runs.add(run);
  core.runs.set(model.id, run);
  if (core.isClosed) run.stop('shutdown');
  core.deciding += 1;
  void run.decided.then(() => {
    core.deciding -= 1;
    claim(core);
  });
  void run.done.then((ended) => {
    party.runs.delete(run);
    if (core.runs.get(model.id) === run) core.runs.delete(model.id);
    if (party.runs.size === 0) {
      core.parties.delete(partyKey(model));
      party.end.resolve();
    }
    if (ended === 'lost') core.lookAt = core.clock.now() + FAULT_PAUSE_MS;
    // After lack of room others may still fit; but two that do not fit must not wake each other without end.
    else if (ended === 'no_space') claim(core);
    else wake(core);
  });
};

/** Room on the disk may have changed: those that wait for it are looked at again. */
const wake = (core: Core): void => {
  if (core.isClosed) return;
  guarded(core, core.store.models.hastenRoom);
  claim(core);
};

/** A claimed model joins those that run of the same files, or takes a place of its own. */
const begin = (core: Core, model: Model): void => {
  const key = partyKey(model);
  const running = core.parties.get(key);
  if (running) {
    startIn(core, running, model);
    return;
  }
  const party: Party = { runs: new Set(), end: Promise.withResolvers<void>() };
  core.parties.set(key, party);
  core.runner
    .add(() => {
      startIn(core, party, model);
      return party.end.promise;
    })
    .catch((error: unknown) => core.log.error({ err: error, model: model.id }, 'A run got lost'));
};

/** What other chats want of the same files joins at once, outside the limit. */
const beginTwins = (core: Core): void => {
  for (const twin of core.store.models.claimShared(toIso(core.clock.now()))) begin(core, twin);
};

/** While everything is held, what runs is put back in line, at its place. */
const hold = ({ store, runs }: Core): void => {
  for (const [id, run] of runs) {
    if (store.models.moveModel(id, 'downloading', 'pending', { reason: 'waiting' })) run.stop('hold');
  }
};

/** What its schedule has closed on is put back, to go on at the next opening. */
const closeGates = ({ store, runs, clock }: Core): void => {
  for (const id of store.models.outsideWindow(toIso(clock.now()))) {
    if (store.models.moveModel(id, 'downloading', 'pending', { reason: 'window' })) runs.get(id)?.stop('window');
  }
};

const claimAll = (core: Core): void => {
  const { runner, store, clock } = core;
  beginTwins(core);
  // One at a time: what stands behind in line must not take the room from under it, or keep it out by being counted.
  while (core.deciding === 0 && runner.pending + runner.size < runner.concurrency) {
    const model = store.models.claimNext(toIso(clock.now()));
    if (!model) return;
    begin(core, model);
    beginTwins(core);
  }
};

/** When the next wait is over. What waited long enough and could not begin is no reason to look: an end will be. */
const nextLook = ({ store, clock }: Core): number | undefined => {
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
const guarded = (core: Core, work: () => void): void => {
  try {
    work();
  } catch (error) {
    core.lookAt = core.clock.now() + FAULT_PAUSE_MS;
    if (isForNow(error)) core.trouble = messageOf(error);
    core.log.error({ err: error }, 'The queue could not be looked at');
  }
};

const claim = (core: Core): void => {
  const { store, runner, runs, options } = core;
  if (core.isClosed) return;
  guarded(core, () => {
    runner.concurrency = Math.max(1, options.concurrency());
    recoverLost(core, (id) => runs.has(id));
    if (isHeld(store)) hold(core);
    else {
      closeGates(core);
      claimAll(core);
    }
    core.lookAt = nextLook(core);
    core.trouble = undefined;
  });
};

const flows = ({ parties, clock }: Core): Flow[] =>
  [...parties.values()].flatMap(({ runs }) => {
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

const tick = (core: Core): void => {
  const now = core.clock.monotonic();
  for (const run of core.runs.values()) guarded(core, () => run.sample(now));
  const isSetBack = core.lapses()?.setBack === true;
  if (isSetBack) guarded(core, core.store.models.beginWaitsAnew);
  if (isSetBack || (core.lookAt !== undefined && core.clock.now() >= core.lookAt)) claim(core);
};

const close = async (core: Core): Promise<void> => {
  core.isClosed = true;
  const runs = [...core.runs.values()];
  for (const run of runs) run.stop('shutdown');
  await Promise.all(runs.map((run) => run.done));
};

export const createPump = (deps: PumpDeps): Pump => {
  const { options, transfer, store } = deps;
  const core: Core = {
    ...deps,
    room: createRoom({ ...options, transfer, storedBytesWith: store.models.storedBytesWith }),
    limits: createLimits(deps),
    runner: new PQueue({ concurrency: Math.max(1, options.concurrency()) }),
    parties: new Map(),
    runs: new Map(),
    deciding: 0,
    isClosed: false,
    lookAt: undefined,
    lapses: createLapses(deps.clock),
    trouble: undefined,
  };
  // A place is free a moment after its run has ended: only then may the next one be claimed.
  core.runner.addEventListener('next', () => claim(core));
  return {
    claim: () => claim(core),
    wake: () => wake(core),
    tick: () => tick(core),
    runOf: (modelId) => core.runs.get(modelId),
    trouble: (modelId) => {
      const run = core.runs.get(modelId);
      return run ? run.trouble() : core.trouble;
    },
    flows: () => flows(core),
    close: () => close(core),
  };
};
