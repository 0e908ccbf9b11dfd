import { isForNow, messageOf } from '../domain/errors.ts';
import { toIso } from '../lib/clock.ts';
import { createLapses } from '../lib/lapse.ts';
import { isHeld } from './control.ts';
import type { QueueDeps, QueueOptions } from './deps.ts';
import type { Flow } from './estimates.ts';
import { createSoon, type Soon } from './hosts/soon.ts';
import type { Removals } from './removals.ts';
import { recoverLost } from './recover.ts';
import { createDiskSpaces } from './hosts/disk-spaces.ts';
import { flowsOf } from './hosts/flows.ts';
import { createPlaces, type Places } from './hosts/places.ts';
import { createPresence, type Presence } from './hosts/presence.ts';
import type { CopyRun } from './run/copy-run.ts';
import { createRuns, type Runs } from './run/runs.ts';
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
  readonly places: Places;
  readonly runs: Runs;
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

/** Room on the disk may have changed: those that wait for it are looked at again. */
const wake = (state: PumpState): void => {
  if (state.isClosed) return;
  guarded(state, state.store.models.hastenNoSpace);
  claim(state);
};

/** What somebody may have is looked at before each claim: the one before it counts. */
const holdBack = ({ store, quotas }: PumpState): void => store.models.holdBack(quotas.heldBack());

/** What else wants a copy that is being got joins at once, outside the limit. */
const beginShared = (state: PumpState): void => {
  const { store, quotas, clock, runs } = state;
  // Of what somebody may have of bytes, each that joins takes its part.
  const most = quotas.areLimited() ? 1 : undefined;
  for (;;) {
    const joining = store.models.claimShared(runs.copies(), toIso(clock.now()), most);
    for (const model of joining) runs.begin(model);
    if (joining.length > 0) holdBack(state);
    if (most === undefined || joining.length < most) return;
  }
};

/** Puts models back, and takes them out of their runs. */
const putBack = (state: PumpState, ids: readonly number[], reason: 'held' | 'window_closed'): void => {
  for (const id of ids) {
    const run = state.runs.of(id);
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
    state.runs.begin(model);
    holdBack(state);
    beginShared(state);
  }
};

/** What runs has ended: something else may begin. */
const afterRun = (state: PumpState, run: CopyRun, ended: Awaited<CopyRun['done']>): void => {
  state.traffic.ended(run);
  state.removals.begin();
  if (ended === 'lost') state.lookAt = state.clock.now() + FAULT_PAUSE_MS;
  // After lack of room others may still fit; but two that do not fit must not wake each other without end.
  else state.soon(ended !== 'no_space');
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
    recoverLost(state, (id) => state.runs.of(id) !== undefined);
    if (isHeld(store)) hold(state);
    else {
      closeGates(state);
      claimAll(state);
    }
    state.lookAt = nextLook(state);
    state.trouble = undefined;
  });
};

const adjustSpeeds = ({ runs }: PumpState): void => {
  for (const run of runs.alive) run.adjustSpeed();
};

const tick = (state: PumpState): void => {
  const now = state.clock.monotonic();
  for (const run of state.runs.alive) guarded(state, () => run.sample(now));
  state.traffic.sample(state.runs.alive);
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
  await state.runs.close();
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
    places,
    runs: createRuns({
      ...deps,
      places,
      diskSpace: createDiskSpaces({ ...deps, storedBytesWith: store.copies.storedBytesWith }),
      afterRun: (run, ended) => afterRun(state, run, ended),
    }),
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
    runOf: state.runs.of,
    endOf: state.runs.endOf,
    trouble: (modelId) => {
      const run = state.runs.of(modelId);
      return run ? run.trouble() : state.trouble;
    },
    places: state.places,
    flows: () => flowsOf(state.runs.alive, state.clock.monotonic()),
    bytesPerSecond: () => state.traffic.bytesPerSecond(state.runs.alive),
    runs: () => state.runs.alive,
    close: () => close(state),
  };
};
