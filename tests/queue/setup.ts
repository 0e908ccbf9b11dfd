import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { App } from '../../src/domain/apps/app.ts';
import type { Taking } from '../../src/domain/copy.ts';
import type { Model } from '../../src/domain/model.ts';
import type { ModelStatus } from '../../src/domain/states/model.ts';
import { selectionKey } from '../../src/domain/files/selection.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import type { Source } from '../../src/sources/port.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import type { Mount } from '../../src/lib/disk/mount.ts';
import { defineRepo, type SampleHub, type SampleHubOptions, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { createQueue, type Queue } from '../../src/queue/queue.ts';
import type { Store } from '../../src/store/store.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { type Hosts, onlyHere } from '../../src/copies/hosts.ts';
import type { Executor } from '../../src/copies/executor.ts';
import { createCopies, type Copies, type CopiesOptions } from '../../src/copies/copies.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { lendTestStore } from '../helpers/database.ts';
import { lendHasher } from '../helpers/lent-hasher.ts';
import { overTheWire } from '../helpers/over-the-wire.ts';
import { openQuotas } from '../helpers/quotas.ts';

export interface Settings {
  concurrency: number;
  maxRetries: number;
  /** For the room a download asks for before it begins. */
  minFreeBytes: number;
  /** For the watch on the disk while it runs. */
  floorBytes: number;
  maxTotalBytes: number | undefined;
}

/** What may stand between the queue and its real parts. */
export interface Between {
  /** Opens the database in a way of its own. */
  readonly open?: (path: string, clock: Clock) => Store;
  readonly store?: (store: Store) => Store;
  /** @param real how the sample Hub's files are found */
  readonly locate?: (real: Source['locate']) => Source['locate'];
  readonly copies?: (copies: Executor) => Executor;
  /** One unless told. */
  readonly connections?: number;
  /** The disk of the cache. */
  readonly mount?: Mount;
  /** Other machines; there is none unless a test says so. @param make the executor of a machine with a cache of its own */
  readonly hosts?: (here: Executor, make: (folder: string) => Executor, store: Store) => Hosts;
  /** Programs that models can be linked to. */
  readonly apps?: readonly App[];
}

export interface QueueBench {
  readonly hub: SampleHub;
  readonly store: Store;
  readonly queue: Queue;
  /** Runs like any other, and can be moved. */
  readonly clock: TestClock;
  /** Another queue on the same rows and files, as after a restart. The first one must have been closed. */
  readonly restarted: () => Queue;
  /** May be changed while it runs. */
  readonly settings: Settings;
  readonly cacheDir: string;
  /** Puts a repository's head into a chat's library, as a look-up would. */
  readonly add: (
    chatId: number,
    name: string,
    more?: Partial<Pick<Model, 'priority' | 'revision' | 'scheduled' | 'selection' | 'hostId'>> & {
      readonly commitSha?: string;
      readonly requestedBy?: number;
      /** Chosen by their paths; all unless told. */
      readonly paths?: readonly string[];
    },
  ) => Model;
  readonly model: (id: number) => Model;
  /** Waits until a model has this status. */
  readonly reaches: (id: number, status: ModelStatus) => Promise<Model>;
  /** Waits until a model is pending for this reason. */
  readonly waitsFor: (id: number, reason: Model['statusReason']) => Promise<Model>;
  readonly notices: (id: number) => string[];
  /** Warnings and errors in the log. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
}

/** For what comes with the network and the disk. */
export const PATIENT = { interval: 20 } as const;

/** One large file and a small one. */
export const sampleModel = (id: string, size = 2_000_000) =>
  defineRepo({
    id,
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size, seed: id },
    ],
  });

export const USER_AGENT = 'hubgram/test';

export const DEFAULTS: Settings = {
  concurrency: 2,
  maxRetries: 5,
  minFreeBytes: 0,
  floorBytes: 0,
  maxTotalBytes: undefined,
};

interface Rooms {
  readonly store: Store;
  readonly source: Pick<Source, 'inspect'>;
  readonly hosts: Hosts;
  readonly apps?: readonly App[];
  readonly clock: Clock;
  readonly log: Log;
}

/** A queue between these rooms. */
export const queueOf = (rooms: Rooms, settings: Settings): Queue =>
  createQueue(
    { apps: [], quotas: openQuotas(rooms.store), ...rooms, random: () => 0 },
    {
      concurrency: () => settings.concurrency,
      maxRetries: () => settings.maxRetries,
      minFreeBytes: () => settings.minFreeBytes,
      maxTotalBytes: () => settings.maxTotalBytes,
    },
  );

export const addTo = (store: Store, hub: SampleHub): QueueBench['add'] => {
  return (chatId, name, { paths, ...more } = {}) => {
    const { id: commitSha, files } = hub.commitOf(name);
    const chosen = paths ? files.filter(({ path }) => paths.includes(path)) : files;
    const selection = paths ? { selection: selectionKey({ quantize: 'auto', include: paths, exclude: [] }) } : {};
    const rows = chosen.map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
    const sizeBytes = rows.reduce((sum, file) => sum + file.size, 0);
    return store.models.createModel({ chatId, name, commitSha, sizeBytes, files: rows, ...selection, ...more });
  };
};

export const noticesIn = (store: Store, id: number): string[] =>
  store.outbox
    .dueNotices('9999-12-31T00:00:00.000Z', 1000)
    .filter((notice) => notice.modelId === id)
    .map((notice) => notice.kind);

/** Removes a model for good. @returns bytes freed; undefined if it had gone already */
export const removeNow = async (
  queue: Pick<Queue, 'remove' | 'freeNow'>,
  id: number,
  taking: Taking,
): Promise<number | undefined> => (queue.remove(id, { taking, freedBytes: 0 }) ? queue.freeNow(id) : undefined);

/** A transfer as the program makes it, with some parameters of its own. */
export const copiesFor = (
  cacheDir: string,
  hub: Pick<Source, 'locate'>,
  clock: Clock,
  more: Partial<CopiesOptions> = {},
): Copies =>
  createCopies({
    sources: { hub },
    egress: createEgress({ endpoints: ['http://127.0.0.1'], allowedHosts: [] }),
    cacheDir,
    // Several fetch the ends of each other's ranges where a busy machine makes them slow: then more is sent than there is.
    connections: 1,
    userAgent: USER_AGENT,
    stallTimeoutMs: () => 5000,
    bandwidthLimit: () => undefined,
    minFreeBytes: () => 0,
    hasher: lendHasher(),
    clock,
    ...more,
  });

/** A queue with the real store, copies and Hub room, against a sample Hub. Between queue and copies nothing but JSON goes. */
export const setUp = async (
  options: SampleHubOptions,
  given: Partial<Settings> = {},
  between: Between = {},
): Promise<QueueBench> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-queue-'));
  const cacheDir = join(folder, 'hub');
  const hub = await startSampleHub(options);
  const clock = createRunningClock();
  const path = join(folder, 'hubgram.db');
  const store = between.open?.(path, clock) ?? lendTestStore(path, clock);
  const settings: Settings = { ...DEFAULTS, ...given };
  const client = createHub({ endpoint: hub.url, userAgent: USER_AGENT, clock });
  const locate = between.locate?.(client.locate) ?? client.locate;
  const { mount, connections = 1 } = between;
  const copies = copiesFor(cacheDir, { locate }, clock, {
    mount,
    connections,
    minFreeBytes: () => settings.floorBytes,
  });
  const others: Copies[] = [];
  const other = (name: string): Executor => {
    const made = copiesFor(join(folder, name), { locate }, clock, { minFreeBytes: () => settings.floorBytes });
    others.push(made);
    return overTheWire(made);
  };
  const here = overTheWire(between.copies?.(copies) ?? copies);
  const complaints: string[] = [];
  const complain = (_fields: object, message: string): void => {
    complaints.push(message);
  };
  const rooms: Rooms = {
    store: between.store?.(store) ?? store,
    source: client,
    hosts: between.hosts?.(here, other, store) ?? onlyHere(here),
    apps: between.apps ?? [],
    clock,
    log: { ...silentLog, warn: complain, error: complain },
  };
  const queues = [queueOf(rooms, settings)];
  const model = (id: number): Model => store.models.getModel(id) as Model;
  return {
    hub,
    store,
    queue: queues[0] as Queue,
    clock,
    restarted: () => {
      const queue = queueOf(rooms, settings);
      queues.push(queue);
      queue.start();
      return queue;
    },
    settings,
    cacheDir,
    add: addTo(store, hub),
    model,
    reaches: async (id, status) => {
      await expect.poll(() => model(id).status, PATIENT).toBe(status);
      return model(id);
    },
    waitsFor: async (id, reason) => {
      await expect.poll(() => model(id).statusReason, PATIENT).toBe(reason);
      return model(id);
    },
    notices: (id) => noticesIn(store, id),
    complaints,
    close: async () => {
      for (const queue of queues) await queue.close();
      await copies.close();
      for (const each of others) await each.close();
      store.close();
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
