import { afterEach, expect } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import type { Renewal } from '../../src/domain/renewals/renewal.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { RenewalsDeps } from '../../src/library/renewals/deps.ts';
import { createRenewals, type RenewalsDesk } from '../../src/library/renewals/renewals.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import type { Source } from '../../src/sources/port.ts';
import { createSettings } from '../../src/settings/settings.ts';
import type { Notice } from '../../src/store/messages/outbox.ts';
import type { Store } from '../../src/store/store.ts';
import { createUndiciWire } from '../../src/transfer/http/undici-wire.ts';
import { defineRepo, type SampleHub, type SampleHubOptions, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { addTo } from '../queue/setup.ts';
import { openLibrary } from './setup.ts';

/** Two chats. */
export const ANN = 1001;
export const BEN = 1002;

export const ID = 'org/name';
const DAY_MS = 86_400_000;

/** Weights, a configuration, and what is told of both. */
export const sampleRepo = (id = ID) =>
  defineRepo({
    id,
    files: [
      { path: 'README.md', content: 'first' },
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: 100_000, seed: id },
    ],
  });

/** What looks after branches, with the real store and a sample Hub, and a queue that only notes what it was given. */
export interface RenewalsBench {
  readonly hub: SampleHub;
  readonly store: Store;
  readonly clock: TestClock;
  readonly renewals: RenewalsDesk;
  /** Another one on the same rows, as after a restart: the first one has ended. */
  readonly restarted: () => Promise<RenewalsDesk>;
  readonly settings: ReturnType<typeof createSettings>;
  /** Puts the head of a repository into a chat's library, complete. */
  readonly add: (chatId: number, name?: string, more?: { readonly revision?: string }) => Model;
  /** The branch is changed. @returns its new commit */
  readonly move: (files?: Readonly<Record<string, string>>, title?: string) => string;
  /** A day goes by, and it is looked. */
  readonly day: (days?: number) => Promise<void>;
  /** Branches are planned, a day goes by in which each is looked at once. */
  readonly settle: () => Promise<void>;
  readonly renewal: (model: Model) => Renewal | undefined;
  /** What waits to be said in a chat, by kind. */
  readonly notices: (chatId?: number) => readonly Notice[];
  /** How often the Hub was asked where branches are, since this was asked last. */
  readonly heads: () => number;
  /** All that was asked of the Hub since this was asked last. */
  readonly requests: () => readonly string[];
  /** What the queue was told to renew, by model. */
  readonly renewed: readonly { readonly id: number; readonly commitSha: string; readonly paths: readonly string[] }[];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export const openRenewals = async (
  options: SampleHubOptions = {},
  between: (source: Source) => Source = (source) => source,
): Promise<RenewalsBench> => {
  const clock = createRunningClock();
  const hub = await startSampleHub({ repos: [sampleRepo()], ...options });
  const store = openLibrary(clock);
  const settings = createSettings(store, { given: {}, log: silentLog });
  const source = between(createHub({ endpoint: hub.url, userAgent: 'hubgram/test', clock }));
  const { lookup } = createEgress({ endpoints: [hub.url], allowedHosts: [] });
  const wire = createUndiciWire({ lookup, connections: 4, timeoutMs: () => 20_000 });
  const renewed: { id: number; commitSha: string; paths: string[] }[] = [];
  const deps: RenewalsDeps = {
    store,
    source,
    fetch: wire.get,
    settings,
    queue: {
      renew: (id, { commitSha, files }) => {
        renewed.push({ id, commitSha, paths: files.map(({ path }) => path) });
        const model = store.models.getModel(id) as Model;
        const { repoType, name, selection } = model;
        const wantsCopyId = store.copies.want({ repoType, name, commitSha, selection }, { files, sizeBytes: 1 });
        return store.models.moveModel(id, 'completed', 'pending', { wantsCopyId });
      },
      change: (id, { name = '', commitSha, files }) => {
        renewed.push({ id, commitSha, paths: files.map(({ path }) => path) });
        return store.models.updateModelDetails(id, { name });
      },
    },
    clock,
    log: silentLog,
  };
  const renewals = createRenewals(deps);
  renewals.start();
  closers.push(async () => {
    await renewals.close();
    await wire.close();
    await hub.close();
  });
  let seen = 0;
  const requests = (): readonly string[] => {
    const paths = hub.requests.slice(seen).map(({ path }) => path);
    seen = hub.requests.length;
    return paths;
  };
  const put = addTo(store, hub);
  let day = 0;
  return {
    hub,
    store,
    clock,
    renewals,
    settings,
    restarted: async () => {
      await renewals.close();
      const next = createRenewals(deps);
      next.start();
      closers.unshift(next.close);
      return next;
    },
    renewed,
    requests,
    add: (chatId, name = ID, more = {}) => {
      const { id } = put(chatId, name, more);
      store.models.moveModel(id, 'pending', 'downloading');
      store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
      const model = store.models.getModel(id) as Model;
      expect(model.copyId).not.toBeNull();
      return model;
    },
    move: (files = { 'config.json': `{"version":${(day += 1)}}` }, title = 'Better') =>
      hub.updateRepo(ID, {
        files: Object.entries(files).map(([path, content]) => ({ path, content })),
        title,
      }).id,
    day: async (days = 1) => {
      clock.pass(days * DAY_MS);
      await renewals.look();
    },
    settle: async () => {
      await renewals.look();
      clock.pass(DAY_MS);
      await renewals.look();
      requests();
    },
    renewal: ({ id }) => store.renewals.getRenewal(id),
    notices: (chatId = ANN) =>
      store.outbox
        .dueNotices('9999-12-31T00:00:00.000Z', 1000)
        .filter((notice) => notice.chatId === chatId && notice.kind !== 'completed'),
    heads: () => requests().filter((path) => path.includes('/revision/')).length,
  };
};
