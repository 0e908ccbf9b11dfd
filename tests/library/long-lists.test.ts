import { setImmediate as breathe } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RepoFile, RepoListing } from '../../src/domain/listing.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type Adding, createAdding } from '../../src/library/add.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import type { Store } from '../../src/store/store.ts';
import { openLibrary } from './setup.ts';

const CHAT = 1001;
const LISTING: RepoListing = {
  type: 'dataset',
  id: 'lab/long',
  canonicalId: 'lab/long',
  commit: 'c'.repeat(40),
  private: false,
  gated: false,
  license: undefined,
  pipelineTag: undefined,
  libraryName: undefined,
  tags: [],
  lastModified: undefined,
  files: Array.from(
    { length: 3500 },
    (_, at): RepoFile => ({ path: `part-${at}.parquet`, size: 10, etag: at.toString(16).padStart(40, '0') }),
  ),
};

const notAsked = (): Promise<never> => Promise.reject(new Error('not asked for'));

const openAdding = (store: Store): Adding =>
  createAdding({
    store,
    source: {
      inspect: () => Promise.resolve(LISTING),
      locate: notAsked,
      search: notAsked,
      repoUrl: ({ id }) => `https://hub.test/${id}`,
    },
    hubHosts: [],
    queue: {
      retry: () => false,
      resume: () => false,
      startNow: () => false,
      renew: () => false,
      wake: () => undefined,
    },
    spaceFor: () => Promise.resolve({ freeBytes: 1e9, missingBytes: 0 }),
    clock: systemClock,
    log: silentLog,
  });

const open = (): { store: Store; adding: Adding; request: AddRequest } => {
  const store = openLibrary();
  const adding = openAdding(store);
  const about = { chatId: CHAT, userId: CHAT, threadId: null, messageId: 1, ref: 'datasets/lab/long', options: {} };
  return { store, adding, request: adding.request(about) };
};

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await breathe();
};

const filesIn = (store: Store): number[] =>
  store.models.listModels(CHAT).map(({ id }) => store.models.modelFiles(id).length);

const isSomeWritten = (store: Store) => (): boolean => filesIn(store).some((count) => count > 0);

it('a long list is written down a part at a time, and nothing is begun with the model before it is whole', async () => {
  const { store, adding, request } = open();
  await until(isSomeWritten(store));
  expect(filesIn(store)[0]).toBeLessThan(LISTING.files.length);
  expect(store.models.claimNext(new Date().toISOString())).toBe(undefined);
  await until(() => store.addRequests.getAddRequest(request.id)?.state === 'added');
  expect(filesIn(store)).toEqual([LISTING.files.length]);
  expect(store.models.claimNext(new Date().toISOString())?.name).toBe('lab/long');
  const [model] = store.models.listModels(CHAT);
  expect(await store.models.readModelFiles(model?.id ?? 0)).toEqual(store.models.modelFiles(model?.id ?? 0));
  await adding.close();
});

it('stopped in the middle of a long list, nothing of it is left', async () => {
  const { store, adding, request } = open();
  await until(isSomeWritten(store));
  await adding.close();
  expect(store.models.listModels(CHAT)).toEqual([]);
  expect(store.addRequests.getAddRequest(request.id)?.state).toBe('looking_up');
});

it('killed in the middle of a long list, it is begun anew', async () => {
  const { store, adding, request } = open();
  await until(isSomeWritten(store));
  const [begun] = store.models.listModels(CHAT);
  await adding.close();
  // What a kill would have left, once more.
  const left = store.models.createModel({
    chatId: CHAT,
    name: begun?.name ?? '',
    repoType: 'dataset',
    selection: begun?.selection ?? '',
    enabled: false,
    files: LISTING.files.slice(0, 2000),
  });
  store.addRequests.keepUnfinished(request.id, left.id);
  const again = openAdding(store);
  again.start();
  await until(() => store.addRequests.getAddRequest(request.id)?.state === 'added');
  expect(filesIn(store)).toEqual([LISTING.files.length]);
  expect(store.models.getModel(left.id)).toBe(undefined);
  await again.close();
});

it.each<[string, (adding: Adding, store: Store, request: AddRequest) => void]>([
  ['whoever asked leaves the look-up', (adding, _, { id }) => void adding.drop(id)],
  [
    'somebody removes what shows in the library already',
    (_, store) => void store.models.removeModel(store.models.listModels(CHAT)[0]?.id ?? 0),
  ],
])('nothing is left if, in the middle of a long list, %s', async (_, leave) => {
  const { store, adding, request } = open();
  await until(isSomeWritten(store));
  leave(adding, store, request);
  await adding.close();
  expect(store.models.listModels(CHAT)).toEqual([]);
  expect(store.addRequests.getAddRequest(request.id)?.state).not.toBe('added');
});
