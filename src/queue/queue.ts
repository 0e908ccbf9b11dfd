/* queue: durable downloads: only this room moves statuses, and whatever it began goes on after a restart. */

import { THIS_HOST } from '../domain/hosts/host.ts';
import type { Model, Priority } from '../domain/model.ts';
import type { HostAway, Waiting } from '../domain/waiting.ts';
import type { RepoFile } from '../domain/listing.ts';
import type { Executor } from '../copies/executor.ts';
import type { Hosts } from '../copies/hosts.ts';
import { toIso } from '../lib/clock.ts';
import { startTicker, type Ticker } from '../lib/ticker.ts';
import { createLinking, type Linking } from './apps/linking.ts';
import { type Control, createControl, isHeld } from './control.ts';
import type { QueueDeps, QueueOptions } from './deps.ts';
import { createEstimates } from './estimates.ts';
import { createMovement, isReading, type Movement } from './movement.ts';
import { createLooks, lookAfterFiles, type Looks } from './intact.ts';
import { perHost } from './hosts/per-host.ts';
import { createReceived } from './hosts/received.ts';
import type { LiveSnapshot } from './run/live.ts';
import { createSpaceForecast, type Space, type SpaceForecast } from './space-forecast.ts';
import { createRemovals, type Removals } from './removals.ts';
import { createPump, type Pump } from './pump.ts';
import { recoverInterrupted } from './recover.ts';
import { type OrderMove, reorder, setPriority } from './reorder.ts';
import type { StartOrderChoice } from '../store/people/chats.ts';
import type { Store } from '../store/store.ts';
import { createTakeOver } from './take-over.ts';
import { keptBytes } from './undo/kept-bytes.ts';
import { createUndos, type Undos } from './undo/undos.ts';
import { type CopyAdopting, createCopyAdopting } from './verifying/adopt.ts';
import { type CopyVerifying, createCopyVerifying } from './verifying/verify-copy.ts';
import { hostAway, waitingOf } from './waiting.ts';

export interface Queue
  extends Control,
    CopyVerifying,
    CopyAdopting,
    Pick<Looks, 'lookAt'>,
    Pick<Executor, 'bytesReceived'>,
    Pick<Hosts, 'isThere' | 'hubSilentSince' | 'hubAsked'>,
    Pick<Pump, 'bytesPerSecond'>,
    Pick<Undos, 'undo' | 'freeNow'>,
    Pick<Movement, 'stillMs'> {
  /** What a host has to load models into, this machine unless told. */
  readonly memory: (hostId?: number) => ReturnType<Executor['memory']>;
  /** Of the disk of a host, this machine's unless told. */
  readonly room: (hostId?: number) => ReturnType<Executor['room']>;
  /** Free bytes on its host once this waiting model has come; below zero if there is too little. undefined: not known yet. */
  readonly freeAfter: (id: number, hostId?: number) => number | undefined;
  /** As the disk of a host has it, this machine's unless told; of one that is away, as it was when it was last heard of. */
  readonly spaceFor: (...of: [...Parameters<SpaceForecast['spaceFor']>, hostId?: number]) => Promise<Space>;
  /** That a host is not heard of, and what people are told of that; undefined: it is there. */
  readonly hostAway: (hostId: number) => HostAway | undefined;
  /** The hosts that are heard of, this machine first. */
  readonly hostsThere: () => readonly number[];
  /** Some download looks at, verifies or publishes what lies on the disk. */
  readonly isReading: () => boolean;
  /** Puts back what a crash interrupted, then begins to claim. */
  readonly start: () => void;
  /** There may be something new to claim, more room on the disk, or another `paused_all`. */
  readonly wake: () => void;
  /** The same in a moment, once for all that tell of it until then. */
  readonly wakeSoon: () => void;
  /** Moves a waiting model within its chat's order. */
  readonly reorder: (id: number, move: OrderMove) => boolean;
  readonly setPriority: (id: number, priority: Priority) => boolean;
  /** The smallest of a chat's models first, or as they were added and moved. @returns false if it is so already */
  readonly setStartOrder: (chatId: number, order: StartOrderChoice) => boolean;
  /** What a model waits for; undefined if it has ended, or runs on a host that is there. */
  readonly waitingOf: (model: Model) => Waiting | undefined;
  /** What a running download looks like; undefined if it does not run, or has not begun to transfer. */
  readonly snapshot: (modelId: number) => LiveSnapshot | undefined;
  /** What keeps a model from going on that no row tells of, as a sentence: a disk on which no row can be written. */
  readonly trouble: (modelId: number) => string | undefined;
  /** Goes on with removals, sweeps what nobody waits for and looks whether what is complete is still there: at each start, and every night. */
  readonly lookAfter: () => Promise<void>;
  /** Shows models to other programs as rows say, and takes away what they do not say any more. */
  readonly link: Linking['look'];
  /** Those of these files that an Ollama has not. @throws AppError unreachable */
  readonly missingInOllama: Linking['missingInOllama'];
  /** Stops everything with its ranges saved and its rows pending again. */
  readonly close: () => Promise<void>;
}

const TICK_MS = 1000;

/** What is looked at as a whole, one time after the other. */
interface Rounds {
  readonly removals: Removals;
  readonly undos: Undos;
  readonly linking: Linking;
}

const createRounds = (deps: QueueDeps, { removals, undos, linking }: Rounds, signal: AbortSignal) => {
  const { hosts, log } = deps;
  let looking: Promise<void> = Promise.resolve();
  /** Machines that nobody has looked after since they are there. */
  const back = new Set<number>();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const look = looking.then(work);
    looking = look.catch(() => undefined);
    return look;
  };
  return {
    lookAfter: (): Promise<void> => {
      for (const hostId of back) if (hosts.isThere(hostId)) back.delete(hostId);
      return inTurn(async () => {
        undos.tick();
        // What it frees is counted before the sweep takes it away.
        await undos.idle();
        removals.begin();
        undos.recover();
        await removals.sweep(signal);
        await lookAfterFiles(deps, signal);
        await linking.check();
      });
    },
    /** What somebody did on them meanwhile, or another database has wanted there, is seen at once, and not only at night. */
    lookAfterHosts: (hostIds: readonly number[]): void => {
      const isInTurn = back.size > 0;
      for (const hostId of hostIds) back.add(hostId);
      if (isInTurn) return;
      inTurn(async () => {
        const those = new Set(back);
        back.clear();
        if (those.size === 0) return;
        await removals.sweep(signal, those);
        const isThere = (hostId: number): boolean => those.has(hostId) && hosts.isThere(hostId);
        await lookAfterFiles({ ...deps, hosts: { of: hosts.of, isThere } }, signal);
      }).catch((err: unknown) =>
        log.warn({ err, hosts: hostIds }, 'Machines that are there could not be looked after'),
      );
    },
    idle: (): Promise<void> => looking,
  };
};

/** What people do to the order. */
const placing = (store: Store): Pick<Queue, 'reorder' | 'setPriority' | 'setStartOrder'> => ({
  reorder: (id, move) => reorder(store, id, move),
  setPriority: (id, priority) => setPriority(store, id, priority),
  setStartOrder: (chatId, order) => store.chats.setStartOrder(chatId, order),
});

/** What is to be seen of the machines that have the copies, and of all that comes to them. */
const machineOf = (
  { hosts, clock, store }: QueueDeps,
  { bytesPerSecond, runs, places }: Pump,
): Pick<
  Queue,
  | 'memory'
  | 'room'
  | 'isThere'
  | 'hubSilentSince'
  | 'hubAsked'
  | 'hostAway'
  | 'hostsThere'
  | 'bytesPerSecond'
  | 'isReading'
> => ({
  memory: (hostId = THIS_HOST) => hosts.of(hostId).memory(),
  room: (hostId = THIS_HOST) => hosts.of(hostId).room(),
  isThere: hosts.isThere,
  hubSilentSince: hosts.hubSilentSince,
  hubAsked: hosts.hubAsked,
  hostAway: (hostId) => hostAway({ store, hosts }, hostId),
  hostsThere: places.there,
  bytesPerSecond,
  isReading: () => isReading(runs(), clock.monotonic()),
});

/** Of no model: what keeps all of them from starting. */
const NONE = -1;

/** A database that is in trouble, an owner's hold and no places at all keep everything from starting, and are no fault of the queue. */
const mayClaim = ({ store, clock }: QueueDeps, { trouble, places }: Pump): boolean => {
  const hosts = places.there();
  return (
    trouble(NONE) === undefined &&
    places.most() > 0 &&
    hosts.length > 0 &&
    !isHeld(store) &&
    store.models.mayClaim(toIso(clock.now()), hosts)
  );
};

const movementOf = (deps: QueueDeps, pump: Pump): Movement => {
  const { clock, hosts } = deps;
  return createMovement({ clock, runs: pump.runs, isThere: hosts.isThere, mayClaim: () => mayClaim(deps, pump) });
};

/** What will be free on each host. */
const forecastOf = (deps: QueueDeps, { flows }: Pump): Pick<Queue, 'freeAfter' | 'spaceFor'> => {
  const { hosts, store } = deps;
  const on = perHost((hostId) => {
    const there = { ...deps, hostId, copies: hosts.of(hostId) };
    return createSpaceForecast({ ...there, flows, keptBytes: () => keptBytes(there) });
  });
  return {
    freeAfter: (id, hostId = THIS_HOST) => (hosts.isThere(hostId) ? on(hostId).freeAfter(id) : undefined),
    spaceFor: async (repo, files, hostId = THIS_HOST) => {
      if (hosts.isThere(hostId)) return on(hostId).spaceFor(repo, files);
      const missingBytes = bytesOf(files);
      const freeBytes = store.hosts.getHost(hostId)?.freeBytes ?? missingBytes;
      return { freeBytes: freeBytes - store.models.bytesToCome(hostId), missingBytes };
    },
  };
};

const bytesOf = (files: readonly RepoFile[]): number =>
  new Map(files.map(({ etag, size }) => [etag, size])).values().reduce((sum, size) => sum + size, 0);

/** After a kill all that shows it would fall back to nothing for as long as it takes to open what is there. */
const shown = (snapshot: LiveSnapshot | undefined): LiveSnapshot | undefined =>
  snapshot?.isOpening === true ? undefined : snapshot;

/** The database is the queue; p-queue runs what was claimed. */
export const createQueue = (deps: QueueDeps, options: QueueOptions): Queue => {
  const { store, clock, log, hosts } = deps;
  const here = { ...deps, copies: hosts.of(THIS_HOST) };
  const bytesReceived = createReceived(hosts);
  const takeOver = createTakeOver(here);
  const closing = new AbortController();
  const linking = createLinking({ ...here, signal: closing.signal });
  const removals = createRemovals({
    ...deps,
    takeOver,
    beforeFiles: linking.tick,
    runOf: (copyId) => pump.endOf(copyId),
    onFreed: () => pump.wake(),
  });
  const undos: Undos = createUndos({
    ...deps,
    removals,
    runOf: (copyId) => pump.endOf(copyId),
    claim: () => pump.claim(),
  });
  const { makeRoom } = undos;
  const onBack = (hostIds: readonly number[]): void => rounds.lookAfterHosts(hostIds);
  const pump: Pump = createPump({ ...deps, bytesReceived, options, removals, takeOver, makeRoom, onBack });
  const estimate = createEstimates({ store, clock, flows: pump.flows, places: pump.places.most });
  let ticker: Ticker | undefined;
  const { claim, wake, wakeSoon, runOf } = pump;
  const control = createControl({ store, removals, clock, runOf, claim, lookAtRemoved: undos.tick });
  const looks = createLooks(deps, closing.signal);
  const rounds = createRounds(deps, { removals, undos, linking }, closing.signal);
  const movement = movementOf(deps, pump);
  const tick = (): void => {
    pump.tick();
    movement.look();
    undos.tick();
  };
  return {
    ...control,
    ...forecastOf(deps, pump),
    undo: undos.undo,
    freeNow: undos.freeNow,
    ...machineOf(deps, pump),
    bytesReceived,
    stillMs: movement.stillMs,
    ...createCopyVerifying(deps),
    ...createCopyAdopting(deps),
    start: () => {
      recoverInterrupted(deps);
      ticker = startTicker(TICK_MS, tick, (error) => log.error({ err: error }, 'The queue missed a beat'), clock);
      linking.start();
      claim();
      rounds.lookAfter().catch((error: unknown) => log.error({ err: error }, 'The cache could not be looked after'));
    },
    lookAfter: rounds.lookAfter,
    lookAt: looks.lookAt,
    link: linking.look,
    missingInOllama: linking.missingInOllama,
    wake,
    wakeSoon,
    ...placing(store),
    waitingOf: (model) => waitingOf({ ...deps, isHeld: control.isHeld, estimate, trouble: pump.trouble }, model),
    snapshot: (modelId) => shown(runOf(modelId)?.live(modelId)?.snapshot(clock.monotonic())),
    trouble: pump.trouble,
    close: async () => {
      closing.abort();
      await ticker?.close();
      const ends = [rounds.idle, looks.idle, pump.close, undos.idle, removals.idle, linking.close];
      for (const end of ends) await end();
    },
  };
};
