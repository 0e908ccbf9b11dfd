import { setImmediate as breathe } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RepoFile } from '../../src/domain/listing.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type Adding, createAdding } from '../../src/library/adding/add.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import { createSettings } from '../../src/settings/settings.ts';
import type { Store } from '../../src/store/store.ts';
import { sampleListing } from '../domain/sample-listing.ts';
import { openLibrary } from './setup.ts';
import { noLimits } from '../helpers/quotas.ts';
import { queueSaying } from '../helpers/queue.ts';
import { NO_KEYS } from '../helpers/tokens.ts';

const CHAT = 1001;
const FILES = Array.from(
  { length: 2200 },
  (_, at): RepoFile => ({ path: `part-${at}.parquet`, size: 10, etag: at.toString(16).padStart(40, '0') }),
);
const LISTING = sampleListing([], { type: 'dataset', id: 'lab/long', canonicalId: 'lab/long', files: FILES });

const notAsked = (): Promise<never> => Promise.reject(new Error('not asked for'));

const openAdding = (store: Store): Adding =>
  createAdding({
    tokens: NO_KEYS,
    store,
    settings: createSettings(store, { given: {}, log: silentLog }),
    source: {
      inspect: () => Promise.resolve(LISTING),
      locate: notAsked,
      search: notAsked,
      namedBySpace: notAsked,
    },
    hubHosts: [],
    queue: { ...queueSaying(false), memory: notAsked },
    spaceFor: () => Promise.resolve({ freeBytes: 1e9, missingBytes: 0 }),
    limits: noLimits(store),
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

const listed = (store: Store): number => store.copies.copyFiles(1).length;
const isSomeWritten = (store: Store) => (): boolean => listed(store) > 0;

/** Nothing of it is known any more, once what is written down has been taken away. */
const isGone = (store: Store): boolean => {
  for (const id of store.copies.removalsToDo()) while (!store.copies.dropListed(id));
  return store.copies.getCopy(1) === undefined && listed(store) === 0;
};

it('a long list is written down a part at a time, and there is no model before it is whole', async () => {
  const { store, adding, request } = open();
  await until(isSomeWritten(store));
  expect(listed(store)).toBeLessThan(LISTING.files.length);
  expect(store.models.listModels(CHAT)).toEqual([]);
  await until(() => store.addRequests.getAddRequest(request.id)?.state === 'added');
  expect(listed(store)).toBe(LISTING.files.length);
  expect(store.models.claimNext(new Date().toISOString())?.name).toBe('lab/long');
  const [model] = store.models.listModels(CHAT);
  expect(await store.models.readModelFiles(model?.id ?? 0)).toEqual(store.models.modelFiles(model?.id ?? 0));
  await adding.close();
});

it('a long list that two ask for at once is there once', async () => {
  const { store, adding } = open();
  const about = { chatId: CHAT + 1, userId: CHAT, threadId: null, messageId: 2, ref: 'datasets/lab/long', options: {} };
  await until(isSomeWritten(store));
  const other = adding.request(about);
  await until(() => store.addRequests.getAddRequest(other.id)?.state === 'added');
  await adding.close();
  expect(listed(store)).toBe(LISTING.files.length);
  expect([CHAT, CHAT + 1].flatMap((chat) => store.models.listModels(chat)).map((model) => model.wantsCopyId)).toEqual([
    1, 1,
  ]);
});

it('stopped in the middle of a long list, nothing of it is left', async () => {
  const { store, adding, request } = open();
  await until(isSomeWritten(store));
  await adding.close();
  expect(isGone(store)).toBe(true);
  expect(store.addRequests.getAddRequest(request.id)?.state).toBe('looking_up');
});

it('nothing is left if, in the middle of a long list, whoever asked leaves the look-up', async () => {
  const { store, adding, request } = open();
  await until(isSomeWritten(store));
  adding.drop(request.id);
  await adding.close();
  expect(isGone(store)).toBe(true);
  expect(store.models.listModels(CHAT)).toEqual([]);
  expect(store.addRequests.getAddRequest(request.id)?.state).not.toBe('added');
});
