import type { Executor } from '../../src/copies/executor.ts';
import { type Hosts, onlyHere } from '../../src/copies/hosts.ts';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RepoListing } from '../../src/domain/listing.ts';
import type { Model } from '../../src/domain/model.ts';
import type { ModelStatus } from '../../src/domain/states/model.ts';
import { AppError } from '../../src/domain/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createQueue, type Queue } from '../../src/queue/queue.ts';
import type { Source } from '../../src/sources/port.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { lendTestStore } from '../helpers/database.ts';
import { createFakeExecutor, type FakeExecutor, type FakeJob } from './fake-executor.ts';
import { overTheWire } from '../helpers/over-the-wire.ts';
import { noticesIn, PATIENT } from './setup.ts';
import { openQuotas, type Usual } from '../helpers/quotas.ts';

/** The whole queue on a real database, driven by hand: not a byte is sent, and no clock runs. */
export interface ByHand {
  readonly store: Store;
  readonly clock: TestClock;
  readonly executor: FakeExecutor;
  /** May be changed. */
  readonly settings: { concurrency: number; maxRetries: number; maxTotalBytes: number | undefined };
  /** What people and groups may have; as much as there is unless a test says so. */
  readonly usual: Usual;
  /** What a look-up finds; nothing unless a test says so. */
  readonly hub: { head: Pick<RepoListing, 'commit' | 'files'> | undefined };
  /** The queue that was opened last. */
  readonly queue: () => Queue;
  /** Another one on the same rows and the same disk, as after a restart. The one before must have been closed. */
  readonly reopen: () => Queue;
  /** A model of a repository with one file. */
  readonly add: (
    chatId: number,
    name: string,
    more?: Partial<Pick<Model, 'priority' | 'revision' | 'scheduled' | 'hostId'>> & {
      readonly sizeBytes?: number;
      readonly requestedBy?: number;
    },
  ) => number;
  readonly model: (id: number) => Model;
  /** Its status, and why it waits. */
  readonly stateOf: (id: number) => string;
  readonly reaches: (id: number, state: ModelStatus | `pending ${string}`) => Promise<void>;
  readonly notices: (id: number) => string[];
  /** Of its sessions, the newest first. */
  readonly statuses: (id: number) => string[];
  /** The job of a repository, as soon as one runs. */
  readonly job: (name: string) => Promise<FakeJob>;
  readonly close: () => Promise<void>;
}

/** Bytes of a model that is added without a size. */
export const SIZE = 1000;

const hash = (kind: 'sha1' | 'sha256', text: string): string => createHash(kind).update(text).digest('hex');
export const commitOf = (name: string): string => hash('sha1', name);
export const filesOf = (name: string, size = SIZE) => [{ path: 'model.safetensors', size, etag: hash('sha256', name) }];

/** @param hostsOf other machines; there is none unless told */
export const openByHand = async (
  hostsOf: (here: Executor, clock: TestClock, store: Store) => Hosts = onlyHere,
): Promise<ByHand> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-by-hand-'));
  const clock = createTestClock();
  const store = lendTestStore(join(folder, 'hubgram.db'), clock);
  const executor = createFakeExecutor(clock);
  const settings: ByHand['settings'] = { concurrency: 1, maxRetries: 2, maxTotalBytes: undefined };
  const usual: Usual = {};
  const quotas = openQuotas(store, usual, clock);
  const hub: ByHand['hub'] = { head: undefined };
  const inspect: Source['inspect'] = async ({ type, id }) => {
    if (!hub.head) throw new AppError('unavailable', 'There is no Hub here.');
    const says = {
      private: false,
      gated: false as const,
      license: undefined,
      pipelineTag: undefined,
      libraryName: undefined,
    };
    return { type, id, canonicalId: id, ...says, tags: [], lastModified: undefined, ...hub.head };
  };
  const options = {
    concurrency: () => settings.concurrency,
    maxRetries: () => settings.maxRetries,
    minFreeBytes: () => 0,
    maxTotalBytes: () => settings.maxTotalBytes,
  };
  const hosts = hostsOf(overTheWire(executor), clock, store);
  const queues: Queue[] = [];
  const reopen = (): Queue => {
    const rooms = {
      store,
      source: { inspect },
      hosts,
      apps: [],
      quotas,
      clock,
      log: silentLog,
    };
    const queue = createQueue({ ...rooms, random: () => 0 }, options);
    queues.push(queue);
    return queue;
  };
  reopen();
  const model = (id: number): Model => store.models.getModel(id) as Model;
  const stateOf = (id: number): string => [model(id).status, model(id).statusReason ?? ''].join(' ').trim();
  return {
    store,
    clock,
    executor,
    settings,
    usual,
    hub,
    queue: () => queues.at(-1) as Queue,
    reopen,
    add: (chatId, name, { sizeBytes = SIZE, ...more } = {}) =>
      store.models.createModel({
        chatId,
        name,
        commitSha: commitOf(name),
        sizeBytes,
        files: filesOf(name, sizeBytes),
        ...more,
      }).id,
    model,
    stateOf,
    reaches: async (id, state) => {
      await expect.poll(() => stateOf(id), PATIENT).toBe(state);
    },
    notices: (id) => noticesIn(store, id),
    statuses: (id) => store.sessions.getDownloadHistory(id).map(({ status }) => status),
    job: async (name) => {
      await expect.poll(() => executor.running(name).length, PATIENT).toBe(1);
      return executor.running(name)[0] as FakeJob;
    },
    close: async () => {
      for (const queue of queues) await queue.close();
      store.close();
      await rm(folder, { recursive: true });
    },
  };
};
