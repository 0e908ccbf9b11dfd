import type { DiskRoom } from '../../cache/layout.ts';
import type { WaitCounts } from '../../store/downloads/order/wait-counts.ts';
import { NEVER } from '../../domain/schedule/schedule.ts';
import { type Clock, toIso } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Queue } from '../../queue/queue.ts';
import type { EndCounts } from '../../store/watching/day-counts.ts';
import type { Opening } from '../../store/watching/openings.ts';
import type { StoredCount } from '../../store/storage/storage-sums.ts';
import type { Store } from '../../store/store.ts';
import type { OpenRequests } from '../../store/downloads/add-requests.ts';
import { roomHere } from '../hosts/room-here.ts';
import { type HostView, lookAtHost } from './host.ts';
import type { HubReach } from './hub-reach.ts';
import { type Problem, problemsOf } from './problems.ts';
import { type TrafficDay, trafficDay } from './traffic-day.ts';

/** Of all chats and with what is the machine's, for an owner in a chat of their own; of one chat for everybody else. */
export type StatusScope = { readonly chatId: number } | 'all';

/** What is the machine's, and for owners alone. */
export interface MachineView {
  readonly versions: { readonly hubgram: string; readonly node: string; readonly sqlite: string };
  /** Of hubgram. */
  readonly uptimeMs: number;
  readonly folders: { readonly models: string; readonly data: string };
  /** The one that hubgram runs on first. */
  readonly hosts: readonly HostView[];
}

/** How everything is, at a glance. */
export interface StatusView {
  /** What matters most first; none: all is well. */
  readonly problems: readonly Problem[];
  readonly disk: (DiskRoom & { readonly floorBytes: number }) | undefined;
  /** That are here; files that several of them have are counted for each. */
  readonly models: StoredCount;
  readonly bytesPerSecond: number;
  readonly traffic: TrafficDay;
  readonly queue: { readonly running: number; readonly failed: number; readonly paused: number } & {
    readonly waits: WaitCounts;
    /** What was asked for and is no model yet: looked up, or waiting for somebody's answer. */
    readonly requests: OpenRequests;
  };
  /** Of the last day. */
  readonly ends: EndCounts;
  readonly schedules: {
    readonly openNow: number;
    /** Which one that is, of all chats, if it is the only one. */
    readonly open?: Omit<Opening, 'opensAt'> | undefined;
    readonly next: readonly Opening[];
  };
  /** Of the scope `all`. */
  readonly machine: MachineView | undefined;
}

export interface StatusDesk {
  readonly view: (scope: StatusScope) => Promise<StatusView>;
}

export interface StatusDeps {
  readonly store: Store;
  readonly queue: Pick<
    Queue,
    'bytesPerSecond' | 'snapshot' | 'isHeld' | 'trouble' | 'room' | 'memory' | 'hostAway' | 'hubSilentSince'
  >;
  readonly hubReach: Pick<HubReach, 'silentSince'>;
  readonly minFreeBytes: () => number;
  /** Of hubgram. */
  readonly version: string;
  readonly folders: MachineView['folders'];
  readonly clock: Clock;
  readonly log: Log;
}

const DAY_MS = 86_400_000;
/** So many openings are told ahead. */
const OPENINGS = 2;
/** More than this do not run at once in one chat, or the sum is a little too small. */
const RUNNING_MOST = 100;

const chatOf = (scope: StatusScope): number | undefined => (scope === 'all' ? undefined : scope.chatId);

/** How fast it comes for a chat: what several of its models wait for comes once. */
const speedFor = ({ store, queue }: StatusDeps, chatId: number): number => {
  const running = store.models.listModels(chatId, { word: 'downloading', limit: RUNNING_MOST });
  const copies = new Map(running.map((model) => [model.wantsCopyId ?? -model.id, model.id]));
  return [...copies.values()].reduce((sum, id) => sum + (queue.snapshot(id)?.bytesPerSecond ?? 0), 0);
};

const queueOf = ({ store }: StatusDeps, chatId: number | undefined): StatusView['queue'] => {
  const count = (word: 'downloading' | 'failed' | 'paused'): number =>
    chatId === undefined ? store.models.countByStatus(word) : store.models.countModels(chatId, { word });
  return {
    running: count('downloading'),
    failed: count('failed'),
    paused: count('paused'),
    waits: store.models.countWaits(chatId),
    requests: store.addRequests.countOpen(chatId),
  };
};

const schedulesOf = ({ store, clock }: StatusDeps, chatId: number | undefined): StatusView['schedules'] => {
  if (chatId === undefined) {
    const openNow = store.watching.countOpenRuns();
    const open = openNow === 1 ? store.watching.openNow() : undefined;
    return { openNow, open, next: store.watching.nextOpenings(OPENINGS) };
  }
  const schedule = store.schedules.getActiveSchedule(chatId);
  const openNow = store.schedules.openRunOf(chatId) ? 1 : 0;
  const { name = '', nextRunAt: opensAt = NEVER } = schedule ?? {};
  const isKnown = opensAt !== NEVER && opensAt > toIso(clock.now());
  return { openNow, next: isKnown ? [{ name, chatId, chatTitle: null, opensAt }] : [] };
};

/** Looks whenever somebody asks; keeps nothing but when it was made: from then on it is counted how long hubgram is up. */
export const createStatusDesk = (deps: StatusDeps): StatusDesk => {
  const { store, queue, minFreeBytes, version, folders, clock } = deps;
  const startedAt = clock.monotonic();

  const machine = async (): Promise<MachineView> => ({
    versions: { hubgram: version, node: process.versions.node, sqlite: store.watching.sqliteVersion() },
    uptimeMs: clock.monotonic() - startedAt,
    folders,
    hosts: [await lookAtHost(deps)],
  });

  return {
    view: async (scope) => {
      const chatId = chatOf(scope);
      const room = await roomHere(deps);
      const disk = room && { ...room, floorBytes: minFreeBytes() };
      const inQueue = queueOf(deps, chatId);
      return {
        problems: problemsOf(deps, { disk, waiting: inQueue.waits.space }, chatId),
        disk,
        models: store.storage.countStored(chatId),
        bytesPerSecond: chatId === undefined ? queue.bytesPerSecond() : speedFor(deps, chatId),
        traffic: trafficDay(store, chatId, clock.now()),
        queue: inQueue,
        ends: store.watching.countEnds(toIso(clock.now() - DAY_MS), chatId),
        schedules: schedulesOf(deps, chatId),
        machine: scope === 'all' ? await machine() : undefined,
      };
    },
  };
};
