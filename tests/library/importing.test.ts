import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { DEFAULT_SELECTION, selectionKey } from '../../src/domain/files/selection.ts';
import type { ReadModels } from '../../src/domain/moving/read-models.ts';
import type { RepoRef } from '../../src/domain/repo/repo.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Limits } from '../../src/domain/quotas/quota.ts';
import { createAdding } from '../../src/library/adding/add.ts';
import { createImporting, type Importing } from '../../src/library/moving/importing.ts';
import { createSettings } from '../../src/settings/settings.ts';
import type { Import } from '../../src/store/moving/imports.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestClock } from '../helpers/clock.ts';
import { libraryFolder, openLibrary } from './setup.ts';
import { openQuotas } from '../helpers/quotas.ts';
import { NO_KEYS } from '../helpers/tokens.ts';

const notAsked = (): Promise<never> => Promise.reject(new Error('not asked for'));
const WHOLE = selectionKey(DEFAULT_SELECTION);
const ANN = 1;
const BOB = 2;

const fileOf = (count: number, prefix = 'org/model'): ReadModels => ({
  entries: Array.from({ length: count }, (_, index) => ({
    line: index + 1,
    entry: { type: 'model', name: `${prefix}-${index}`, details: {} },
  })),
  refused: [],
  settings: {},
});

const until = (test: () => boolean): Promise<boolean> => vi.waitUntil(test, { timeout: 60_000, interval: 5 });

/** A library with look-ups that a test answers, one at a time: there is no such repository. */
const openBench = (person: Partial<Limits> = {}) => {
  const clock = createTestClock();
  const folder = libraryFolder();
  const store = openLibrary(clock, folder);
  for (const userId of [ANN, BOB]) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, userId === ANN ? 'owner' : 'member');
    store.chats.upsertChat({ chatId: userId, kind: 'private', title: `Person ${userId}` });
  }
  const asked: string[] = [];
  const open: (() => void)[] = [];
  const inspect = (ref: RepoRef, signal: AbortSignal): Promise<never> => {
    asked.push(ref.id);
    return new Promise((_, reject) => {
      open.push(() => reject(new AppError('not_found', `There is no ${ref.id}.`)));
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  };
  const settings = createSettings(store, { given: {}, log: silentLog });
  const no = (): boolean => false;
  const queue = {
    retry: no,
    resume: no,
    startNow: no,
    renew: no,
    change: no,
    setEnabled: (_ids: readonly number[], _isEnabled: boolean): number => 0,
    wake: () => undefined,
  };
  const quotas = openQuotas(store, { person }, clock);
  const adding = createAdding({
    tokens: NO_KEYS,
    store,
    settings,
    source: {
      inspect,
      locate: notAsked,
      search: notAsked,
      namedBySpace: notAsked,
    },
    queue: { ...queue, memory: notAsked },
    hubHosts: [],
    spaceFor: () => Promise.resolve({ freeBytes: 1e12, missingBytes: 0 }),
    limits: { quotas, openLookUps: () => 100 },
    clock,
    log: silentLog,
  });
  const openImporting = (request = adding.request): Importing => {
    const importing = createImporting({
      store,
      tokens: NO_KEYS,
      adding: { ...adding, request },
      queue,
      settings,
      hubHosts: [],
      clock,
      log: silentLog,
    });
    onTestFinished(() => importing.close());
    return importing;
  };
  onTestFinished(() => adding.close());
  let messages = 0;
  const place = (userId: number) => {
    messages += 1;
    return { chatId: userId, userId, threadId: null, messageId: messages };
  };
  return {
    clock,
    folder,
    store,
    quotas,
    queue,
    asked,
    place,
    openImporting,
    request: adding.request,
    add: (userId: number, ref: string) => adding.request({ ...place(userId), ref, options: {} }),
    /** The Hub answers the oldest question, once there is one. */
    answer: async (): Promise<void> => {
      await until(() => open.length > 0);
      open.shift()?.();
    },
  };
};

/** How many lines are in which state. */
const tally = (store: Store, { id }: Import): Record<string, number> =>
  Object.fromEntries(store.imports.tallyLines(id).map(({ kind, state, lines }) => [`${kind} ${state}`, lines]));
const stateOf = (store: Store, { id }: Import): string | undefined => store.imports.getImport(id)?.state;

describe('a decision', () => {
  it('stands together with what the file says of the library, or not at all: handled again, it would set nothing', async () => {
    const { openImporting, place, store, folder } = openBench();
    const importing = openImporting();
    const file: ReadModels = { ...fileOf(1), settings: { checkFrequency: 'weekly' } };
    const made = await importing.plan({ ...place(ANN), digest: null }, file);
    const raw = new Database(join(folder, 'hubgram.db'));
    onTestFinished(() => void raw.close());
    raw.exec("CREATE TRIGGER none BEFORE INSERT ON chat_settings BEGIN SELECT RAISE(ABORT, 'not now'); END");
    expect(() => importing.bring(made.id, { starts: false, maySet: true })).toThrow('not now');
    expect(stateOf(store, made)).toBe('asking');
    raw.exec('DROP TRIGGER none');
    expect(importing.bring(made.id, { starts: false, maySet: true })).toBe(true);
    expect(store.chatSettings.listChatSettings(ANN).get('check_frequency')).toBe('weekly');
  });
});

describe('a file of thousands', () => {
  it('has six of its models looked up at one time: who adds by hand waits behind no more, and others behind none', async () => {
    const { store, openImporting, place, asked, add, answer } = openBench();
    const importing = openImporting();
    importing.start();
    const made = await importing.plan({ ...place(ANN), digest: null }, fileOf(2000));
    importing.bring(made.id, { starts: false, maySet: true });
    await until(() => asked.length === 4);
    expect(tally(store, made)).toEqual({ 'new asked': 6, 'new planned': 1994 });
    add(ANN, 'ann/by-hand');
    add(BOB, 'bob/by-hand');
    while (asked.length < 12) {
      const before = asked.length;
      await answer();
      await until(() => asked.length > before);
    }
    expect(asked.indexOf('bob/by-hand')).toBe(4);
    expect(asked.indexOf('ann/by-hand')).toBeLessThan(4 + 6);
  });

  it('is planned a few models at a time', async () => {
    const { openImporting, place, store } = openBench();
    let turns = 0;
    let isPlanned = false;
    const count = (): void => {
      turns += 1;
      if (!isPlanned) setImmediate(count);
    };
    setImmediate(count);
    const made = await openImporting().plan({ ...place(ANN), digest: null }, fileOf(5000));
    isPlanned = true;
    expect(tally(store, made)).toEqual({ 'new planned': 5000 });
    expect(turns).toBeGreaterThanOrEqual(99);
  });
});

describe('a person who may ask for so much at a time', () => {
  it('is told that it waits, and it goes on by itself', async () => {
    const { store, clock, openImporting, place, asked, answer } = openBench({ adds_per_hour: 3 });
    const importing = openImporting();
    importing.start();
    const made = await importing.plan({ ...place(BOB), digest: null }, fileOf(5));
    importing.bring(made.id, { starts: false, maySet: true });
    await until(() => store.imports.getImport(made.id)?.errorMessage !== null);
    expect(store.imports.getImport(made.id)?.errorMessage).toMatch(/^You have added 3 within an hour/);
    expect(tally(store, made)).toEqual({ 'new asked': 3, 'new planned': 2 });
    clock.pass(3_600_001);
    await until(() => asked.length === 4);
    for (let answers = 0; answers < 5; answers += 1) {
      await answer();
      await until(() => (tally(store, made)['new failed'] ?? 0) === answers + 1);
    }
    expect(stateOf(store, made)).toBe('done');
  });
});

it('a file of the machine is brought in whatever its owner may have', async () => {
  const { store, quotas, openImporting, place, asked } = openBench();
  quotas.set({ userId: ANN, chatId: ANN }, ANN, { models: 0, adds_per_hour: 0 });
  const importing = openImporting();
  importing.start();
  const sent = await importing.plan({ ...place(ANN), digest: null }, fileOf(1));
  importing.bring(sent.id, { starts: false, maySet: true });
  await until(() => store.imports.getImport(sent.id)?.errorMessage !== null);
  expect(asked).toEqual([]);
  await importing.plan({ ...place(ANN), messageId: null, digest: 'a' }, fileOf(3), true);
  await until(() => asked.length === 3);
  expect(store.addRequests.getAddRequest(1)?.options).toMatchObject({ ofMachine: true });
});

describe('what a kill leaves half-way', () => {
  it('is planned anew by the same message, whatever had been written down', async () => {
    const { store, openImporting, place } = openBench();
    const fields = { ...place(ANN), digest: null };
    const half = store.imports.createImport(fields);
    const lost = { line: 1, name: 'lost', kind: 'new', entry: null, modelId: null, about: null } as const;
    store.imports.addLines(
      half.id,
      0,
      Array.from({ length: 700 }, () => lost),
    );
    const made = await openImporting().plan(fields, fileOf(3));
    expect([made.id, tally(store, made)]).toEqual([half.id, { 'new planned': 3 }]);
    expect(stateOf(store, made)).toBe('asking');
  });

  it('is not planned again once somebody was asked', async () => {
    const { store, openImporting, place } = openBench();
    const importing = openImporting();
    const fields = { ...place(ANN), digest: null };
    const made = await importing.plan(fields, fileOf(3));
    importing.leave(made.id);
    await importing.plan(fields, fileOf(4));
    expect([tally(store, made), stateOf(store, made)]).toEqual([{ 'new planned': 3 }, 'cancelled']);
  });

  it('goes on with the lines that are left', async () => {
    const { store, openImporting, place, asked, answer } = openBench();
    const first = openImporting();
    first.start();
    const made = await first.plan({ ...place(ANN), digest: null }, fileOf(9));
    first.bring(made.id, { starts: false, maySet: true });
    await until(() => asked.length === 4);
    await first.close();
    openImporting().start();
    for (let answers = 0; answers < 9; answers += 1) {
      await answer();
      await until(() => (tally(store, made)['new failed'] ?? 0) === answers + 1);
    }
    expect(asked.toSorted()).toEqual(fileOf(9).entries.map(({ entry }) => entry.name));
    expect(stateOf(store, made)).toBe('done');
  });
});

it('a model that is switched off by a file is so before its line is done: a kill in between loses nothing', async () => {
  const { store, queue, openImporting, place } = openBench();
  const name = 'org/model';
  const { id } = store.models.createModel({ chatId: ANN, name, repoType: 'model', revision: 'main', selection: WHOLE });
  const importing = openImporting();
  const entry = { type: 'model' as const, name, details: { enabled: false, title: 'Mine' } };
  const made = await importing.plan({ ...place(ANN), digest: null }, { ...fileOf(0), entries: [{ line: 1, entry }] });
  const refused = Promise.withResolvers<void>();
  queue.setEnabled = () => {
    refused.resolve();
    throw new AppError('busy', 'The database is busy.');
  };
  importing.start();
  importing.bring(made.id, { starts: false, maySet: true });
  await refused.promise;
  await importing.close();
  expect(tally(store, made)).toEqual({ 'changed planned': 1 });
  const switched: unknown[] = [];
  queue.setEnabled = (ids, isEnabled) => switched.push(ids, isEnabled);
  openImporting().start();
  await until(() => stateOf(store, made) === 'done');
  expect(switched).toEqual([[id], false]);
  expect(store.models.getModel(id)?.title).toBe('Mine');
});

it('an import that is stopped asks for nothing more, and what has come stays', async () => {
  const { store, openImporting, place, asked, answer } = openBench();
  const importing = openImporting();
  importing.start();
  const made = await importing.plan({ ...place(ANN), digest: null }, fileOf(20));
  importing.bring(made.id, { starts: false, maySet: true });
  await until(() => asked.length === 4);
  expect(importing.leave(made.id)).toBe(true);
  for (let answers = 0; answers < 6; answers += 1) await answer();
  await until(() => store.addRequests.openLookUpsOf(ANN) === 0);
  expect(tally(store, made)).toEqual({ 'new asked': 6, 'new planned': 14 });
  expect(asked).toHaveLength(6);
});

it('an import of who may change nothing any more asks for nothing more, and goes on when they may again', async () => {
  const { store, openImporting, place, asked, answer } = openBench();
  const importing = openImporting();
  importing.start();
  const made = await importing.plan({ ...place(BOB), digest: null }, fileOf(20));
  importing.bring(made.id, { starts: false, maySet: true });
  await until(() => asked.length === 4);
  const why = (): string | null | undefined => store.imports.getImport(made.id)?.errorMessage;
  for (const role of ['denied', 'viewer'] as const) {
    store.users.setRole(BOB, role);
    await until(() => why() === 'The bot’s owner has to allow changes here first; then it goes on by itself.');
    store.imports.updateImport(made.id, { errorMessage: null });
  }
  for (let answers = 0; answers < 6; answers += 1) await answer();
  await until(() => store.addRequests.openLookUpsOf(BOB) === 0 && tally(store, made)['new asked'] === undefined);
  expect(asked).toHaveLength(6);
  expect([stateOf(store, made), tally(store, made)['new planned']]).toEqual(['bringing', 14]);
  store.users.setRole(BOB, 'member');
  await until(() => asked.length > 6);
  expect(why()).toBeNull();
});

it('the lines of imports that are long over are forgotten, a part at a time', async () => {
  const { store, openImporting, place } = openBench();
  const importing = openImporting();
  const made: Import[] = [];
  for (let count = 0; count < 7; count += 1) {
    const one = await importing.plan({ ...place(ANN), digest: null }, fileOf(600, `org/of-${count}`));
    // Who is still asked is asked as long as they like.
    if (count > 0) importing.leave(one.id);
    made.push(one);
  }
  expect(made.map((one) => tally(store, one)['new planned'] ?? 0)).toEqual([600, 0, 600, 600, 600, 600, 600]);
});

it.each([
  ['cannot be asked for', new AppError('operational', 'The key is missing.'), { 'new failed': 1, 'new asked': 1 }],
  ['is a fault of ours', new Error('a fault'), { 'new planned': 2 }],
])('what %s keeps no other import waiting', async (_, fault, left) => {
  const { openImporting, request, place, store } = openBench();
  const importing = openImporting((input) => {
    if (input.ref === 'org/bad-0') throw fault;
    return request(input);
  });
  importing.start();
  const bad = await importing.plan({ ...place(ANN), digest: null }, fileOf(2, 'org/bad'));
  const other = await importing.plan({ ...place(BOB), digest: null }, fileOf(1, 'org/other'));
  for (const { id } of [bad, other]) importing.bring(id, { starts: true, maySet: false });
  await until(() => store.imports.countOpen(other.id) > 0);
  expect(tally(store, bad)).toEqual(left);
});
