import { isForNow, messageOf } from '../domain/errors.ts';
import { THIS_HOST } from '../domain/hosts/host.ts';
import type { Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import { toIso } from '../lib/clock.ts';
import { createLapses } from '../lib/lapse.ts';
import { isHeld } from './control.ts';
import type { QueueDeps, QueueOptions } from './deps.ts';
import type { Flow } from './estimates.ts';
import { createSoon, type Soon } from './hosts/soon.ts';
import type { Removals } from './removals.ts';
import { recoverLost } from './recover.ts';
import type { DiskSpace } from './disk-space.ts';
import { createDiskSpaces } from './hosts/disk-spaces.ts';
import { flowsOf } from './hosts/flows.ts';
import { createPlaces, type Places } from './hosts/places.ts';
import { createPresence, type Presence } from './hosts/presence.ts';
import { type CopyRun, startCopyRun } from './run/copy-run.ts';
import { createTrafficMeter, type TrafficMeter } from './run/traffic.ts';
import type { TakeOver } from './take-over.ts';

/** Claims what may run and lets it run. */
export interface Pump {
  /** Claims what there is room for; begins nothing while everything is held. Faults are logged and tried again. */
  readonly claim: () => void;
  /** As `claim`, and room on the disk, or the speed limit of a schedule, may have changed. */
  readonly wake: () => void;
  /** The same in a moment, once for all that tell of it until then. */
  readonly wakeSoon: () => void;
  /** To be called about once a second: measures what runs, and claims when a wait is over. */
  readonly tick: () => void;
  readonly runOf: (modelId: number) => CopyRun | undefined;
  /** Resolves when this copy is not being got any more; undefined if it is not. */
  readonly endOf: (copyId: number) => Promise<unknown> | undefined;
  /** Why a model that should go on cannot, as a sentence; undefined if nothing is in the way. */
  readonly trouble: (modelId: number) => string | undefined;
  readonly places: Pick<Places, 'there' | 'most'>;
  /** Every transfer that runs, once for all chats it is for. */
  readonly flows: () => Flow[];
  /** How fast everything comes, over the last seconds; 0 if nothing is being received. */
  readonly bytesPerSecond: () => number;
  /** All that have not ended. */
  readonly runs: () => Iterable<CopyRun>;
  /** Stops everything with its ranges saved and its rows pending again. */
  readonly close: () => Promise<void>;
}

export interface PumpDeps extends QueueDeps {
  /** Bytes that came over the network to any host. */
  readonly bytesReceived: () => number;
  readonly options: QueueOptions;
  readonly removals: Pick<Removals, 'under' | 'begin'>;
  readonly takeOver: TakeOver;
  readonly makeRoom: (hostId: number) => Promise<boolean>;
  /** Is told of other machines that are there, and were not before. */
  readonly onBack: (hostIds: readonly number[]) => void;
}

interface PumpState extends PumpDeps {
  readonly diskSpace: (hostId: number) => DiskSpace;
  readonly places: Places;
  /** The newest run of each copy; an older one may still be on its way out. */
  readonly runs: Map<number, { readonly run: CopyRun; readonly end: Promise<void> }>;
  /** The newest run of each model. */
  readonly byModel: Map<number, CopyRun>;
  /** All that have not ended. */
  readonly alive: Set<CopyRun>;
  readonly presence: Presence;
  isClosed: boolean;
  readonly soon: Soon;
  /** When to look again, milliseconds since the epoch. */
  lookAt: number | undefined;
  readonly lapses: ReturnType<typeof createLapses>;
  readonly traffic: TrafficMeter;
  /** Why the last look failed, if it was not our fault. */
  trouble: string | undefined;
}

/** After a fault of the database, in milliseconds. */
const FAULT_PAUSE_MS = 5000;

/** What is got for a model; one that was made without a commit is alone with what it wants. */
const copyOf = ({ id, wantsCopyId }: Model): number => wantsCopyId ?? -id;

const runOf = ({ byModel }: PumpState, modelId: number): CopyRun | undefined => {
  const run = byModel.get(modelId);
  return run?.has(modelId) ? run : undefined;
};

const start = (state: PumpState, model: Model): Promise<void> => {
  const { removals, runs, alive, byModel, takeOver } = state;
  const copy = copyOf(model);
  const folder = repoFolderName({ type: model.repoType, id: model.name });
  const here = model.hostId === THIS_HOST ? takeOver.pending() : undefined;
  const before = [runs.get(copy)?.end, removals.under(model.hostId, folder), here].filter((each) => each !== undefined);
  const run = startCopyRun({ ...state, diskSpace: state.diskSpace(model.hostId), before }, model);
  const end = run.done.then((ended) => {
    alive.delete(run);
    state.traffic.ended(run);
    for (const [id, other] of byModel) if (other === run) byModel.delete(id);
    if (runs.get(copy)?.run === run) runs.delete(copy);
    removals.begin();
    if (ended === 'lost') state.lookAt = state.clock.now() + FAULT_PAUSE_MS;
    // After lack of room others may still fit; but two that do not fit must not wake each other without end.
    else state.soon(ended !== 'no_space');
  });
  runs.set(copy, { run, end });
  byModel.set(model.id, run);
  alive.add(run);
  if (state.isClosed) run.stop('shutdown');
  state.places.decide(model.hostId, run.decided);
  return end;
};

/** Room on the disk may have changed: those that wait for it are looked at again. */
const wake = (state: PumpState): void => {
  if (state.isClosed) return;
  guarded(state, state.store.models.hastenNoSpace);
  claim(state);
};

/** A claimed model joins the run of the copy that it wants, or takes a place of its own. */
const begin = (state: PumpState, model: Model): void => {
  const running = state.runs.get(copyOf(model));
  if (running?.run.join(model)) {
    state.byModel.set(model.id, running.run);
    return;
  }
  // The run before it is on its way out: this one takes its place.
  if (running) {
    void start(state, model);
    return;
  }
  state.places
    .take(model.hostId, async () => {
      await start(state, model);
      // As long as one follows the other.
      for (let next = state.runs.get(copyOf(model)); next; next = state.runs.get(copyOf(model))) await next.end;
    })
    .catch((error: unknown) => state.log.error({ err: error, model: model.id }, 'A run got lost'));
};

/** What somebody may have is looked at before each claim: the one before it counts. */
const holdBack = ({ store, quotas }: PumpState): void => store.models.holdBack(quotas.heldBack());

/** What else wants a copy that is being got joins at once, outside the limit. */
const beginShared = (state: PumpState): void => {
  const { store, quotas, clock, runs } = state;
  // Of what somebody may have of bytes, each that joins takes its part.
  const most = quotas.areLimited() ? 1 : undefined;
  for (;;) {
    const joining = store.models.claimShared([...runs.keys()], toIso(clock.now()), most);
    for (const model of joining) begin(state, model);
    if (joining.length > 0) holdBack(state);
    if (most === undefined || joining.length < most) return;
  }
};

/** Puts models back, and takes them out of their runs. */
const putBack = (state: PumpState, ids: readonly number[], reason: 'held' | 'window_closed'): void => {
  for (const id of ids) {
    const run = runOf(state, id);
    if (state.store.models.moveModel(id, 'downloading', 'pending', { reason })) void run?.leave(id, reason);
  }
};

/** While everything is held, what runs is put back at its place in the order. */
const hold = (state: PumpState): void => putBack(state, state.store.models.downloadingIds(), 'held');

/** What its schedule has closed on is put back, to go on at the next opening. */
const closeGates = (state: PumpState): void =>
  putBack(state, state.store.models.outsideWindow(toIso(state.clock.now())), 'window_closed');

/** With many hosts there may be many places: after so many claims everything else has its turn. */
const CLAIMED_AT_ONCE = 8;

const claimAll = (state: PumpState): void => {
  const { places, store, clock } = state;
  holdBack(state);
  beginShared(state);
  for (let claimed = 0, open = places.open(); open.length > 0; claimed += 1, open = places.open()) {
    if (claimed === CLAIMED_AT_ONCE) {
      state.soon();
      return;
    }
    const model = store.models.claimNext(toIso(clock.now()), open);
    if (!model) return;
    begin(state, model);
    holdBack(state);
    beginShared(state);
  }
};

/** When the next wait is over. What waited long enough and could not begin is no reason to look: an end will be. */
const nextLook = ({ store, clock }: PumpState): number | undefined => {
  const earliest = store.models.nextNotBefore(toIso(clock.now()));
  return earliest === undefined ? undefined : Date.parse(earliest);
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

const claim = (state: PumpState): void => {
  const { store } = state;
  if (state.isClosed) return;
  guarded(state, () => {
    if (state.presence.look()) state.removals.begin();
    recoverLost(state, (id) => runOf(state, id) !== undefined);
    if (isHeld(store)) hold(state);
    else {
      closeGates(state);
      claimAll(state);
    }
    state.lookAt = nextLook(state);
    state.trouble = undefined;
  });
};

const adjustSpeeds = ({ alive }: PumpState): void => {
  for (const run of alive) run.adjustSpeed();
};

const tick = (state: PumpState): void => {
  const now = state.clock.monotonic();
  for (const run of state.alive) guarded(state, () => run.sample(now));
  state.traffic.sample(state.alive);
  adjustSpeeds(state);
  const isSetBack = state.lapses()?.setBack === true;
  if (isSetBack) guarded(state, state.store.models.beginWaitsAnew);
  // What somebody may have changes with what they remove, and with an owner's word.
  const isHolding = state.store.models.countHeldByQuota() > 0;
  if (
    state.presence.hasChanged() ||
    isSetBack ||
    isHolding ||
    (state.lookAt !== undefined && state.clock.now() >= state.lookAt)
  )
    claim(state);
};

const close = async (state: PumpState): Promise<void> => {
  state.isClosed = true;
  const runs = [...state.alive];
  for (const run of runs) run.stop('shutdown');
  await Promise.all(runs.map((run) => run.done));
  state.traffic.save();
};

/** Claims nothing before `claim` is called for the first time. */
export const createPump = (deps: PumpDeps): Pump => {
  const { options, hosts, store } = deps;
  const wakeAll = (): void => {
    wake(state);
    adjustSpeeds(state);
  };
  const soon = createSoon((isWoken) => (isWoken ? wakeAll() : claim(state)));
  const places = createPlaces({ hosts, most: options.concurrency, onFree: () => soon() });
  const state: PumpState = {
    ...deps,
    diskSpace: createDiskSpaces({ ...deps, storedBytesWith: store.copies.storedBytesWith }),
    places,
    runs: new Map(),
    byModel: new Map(),
    alive: new Set(),
    presence: createPresence({ ...deps, places }),
    isClosed: false,
    soon,
    lookAt: undefined,
    lapses: createLapses(deps.clock),
    traffic: createTrafficMeter({ ...deps, copies: deps }),
    trouble: undefined,
  };
  return {
    claim: () => claim(state),
    wake: wakeAll,
    wakeSoon: () => soon(true),
    tick: () => tick(state),
    runOf: (modelId) => runOf(state, modelId),
    endOf: (copyId) => state.runs.get(copyId)?.end,
    trouble: (modelId) => {
      const run = runOf(state, modelId);
      return run ? run.trouble() : state.trouble;
    },
    places: state.places,
    flows: () => flowsOf(state.alive, state.clock.monotonic()),
    bytesPerSecond: () => state.traffic.bytesPerSecond(state.alive),
    runs: () => state.alive,
    close: () => close(state),
  };
};
