import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { createImporting, type Importing } from '../../src/library/moving/importing.ts';
import { createMachineFile, type MachineFile } from '../../src/library/moving/machine-file.ts';
import { createSettings } from '../../src/settings/settings.ts';
import type { Import } from '../../src/store/moving/imports.ts';
import type { Store } from '../../src/store/store.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { openLibrary } from './setup.ts';
import { NO_KEYS } from '../helpers/tokens.ts';

const ANN = 1001;
const LATER = 500;

let folder: string;
let path: string;
let clock: TestClock;
let store: Store;
let importing: Importing;
let file: MachineFile;
/** What was asked to be looked up. */
let asked: string[];
/** What the log was told of the file. */
let told: string[];

const open = (): void => {
  importing = createImporting({
    tokens: NO_KEYS,
    store,
    adding: {
      request: ({ ref }) => {
        asked.push(ref);
        return store.addRequests.createAddRequest({
          chatId: ANN,
          userId: ANN,
          threadId: null,
          messageId: 1,
          part: asked.length,
          ref,
          options: {},
          quiet: true,
        }).request;
      },
      again: () => true,
    },
    queue: { setEnabled: () => 0, wake: () => undefined },
    settings: createSettings(store, { given: {}, log: silentLog }),
    hubHosts: [],
    clock,
    log: silentLog,
  });
  const log = { ...silentLog, debug: (_: object, message: string) => void told.push(message) };
  file = createMachineFile({ path, store, importing, lookMs: 20, clock, log });
  importing.start();
  file.start();
};

const shut = async (): Promise<void> => {
  await file.close();
  await importing.close();
};

const owner = (userId: number): void => {
  store.users.upsertUser({ userId, firstName: 'Somebody', username: null });
  store.users.setRole(userId, 'owner');
  store.chats.upsertChat({ chatId: userId, kind: 'private', title: 'Somebody' });
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubgram-models-'));
  path = join(folder, 'models.json');
  // Whoever writes a file needs no time here.
  clock = createRunningClock(undefined, 4);
  store = openLibrary(clock);
  asked = [];
  told = [];
});
afterEach(async () => {
  await shut();
  rmSync(folder, { recursive: true, force: true });
});

const write = (text: string): void => writeFileSync(path, text);
const listing = (...names: string[]): string => JSON.stringify({ models: names.map((name) => ({ name })) });
const until = (test: () => boolean): Promise<boolean> => vi.waitUntil(test, { timeout: 60_000, interval: 5 });
const imports = (): Import[] =>
  Array.from({ length: 9 }, (_, index) => store.imports.getImport(index + 1) ?? []).flat();
/** What was asked for has been looked up. */
const found = (): void => {
  for (let id = 1; id <= asked.length; id += 1) store.addRequests.moveAddRequest(id, 'looking_up', 'added');
};

describe('a file of the machine', () => {
  it('is brought into the library of who has owned the bot longest, and downloaded', async () => {
    owner(2000);
    clock.pass(LATER);
    owner(ANN);
    write(listing('gpt2', 'org/name'));
    open();
    await until(() => asked.length === 2);
    expect(asked).toEqual(['gpt2', 'org/name']);
    expect(imports()).toMatchObject([{ chatId: 2000, userId: 2000, state: 'bringing', starts: true, messageId: null }]);
  });

  it('waits for somebody to own the bot', async () => {
    write(listing('gpt2'));
    open();
    await until(() => clock.monotonic() > 0);
    clock.pass(5000);
    owner(ANN);
    await until(() => asked.length === 1);
    expect(imports()).toMatchObject([{ chatId: ANN }]);
  });

  it('is read again when it changes, and only what is new comes', async () => {
    owner(ANN);
    write(listing('gpt2'));
    open();
    await until(() => asked.length === 1);
    found();
    store.models.createModel({ chatId: ANN, name: 'gpt2' });
    // As editors and deployments write it.
    writeFileSync(`${path}.new`, listing('gpt2', 'org/new'));
    renameSync(`${path}.new`, path);
    await until(() => asked.length === 2);
    expect(asked).toEqual(['gpt2', 'org/new']);
  });

  it('is not read again where it says the same, after a restart too', async () => {
    owner(ANN);
    write(listing('gpt2'));
    open();
    await until(() => asked.length === 1);
    found();
    await until(() => imports()[0]?.state === 'done');
    await shut();
    open();
    await until(() => told.length === 1);
    write(listing('gpt2'));
    await until(() => told.length === 2);
    expect(told).toEqual(Array.from({ length: 2 }, () => 'The file with models says what it said'));
    expect([imports().length, asked]).toEqual([1, ['gpt2']]);
  });

  it('that says nothing new is not spoken of', async () => {
    owner(ANN);
    store.models.createModel({ chatId: ANN, name: 'gpt2' });
    write(listing('gpt2'));
    open();
    await until(() => imports()[0]?.state === 'done');
    await until(() => imports()[0]?.settled === true);
    expect(asked).toEqual([]);
  });

  it('that is half-written is waited for', async () => {
    owner(ANN);
    write('{"models": [{"name": "gpt2"},');
    open();
    await until(() => told.includes('The file with models is not whole yet'));
    expect(imports()).toEqual([]);
    write(listing('gpt2'));
    await until(() => asked.length === 1);
    expect(imports().map(({ state }) => state)).toEqual(['bringing']);
  });

  it.each([
    ['no JSON', '{"models": [\n{"name": "gpt2"},\n]}', 'Line 3 is no JSON: there is a comma too many before “]”.'],
    ['too large', ' '.repeat(10_000_001), 'It is 10 MB, and 10 MB are read at most.'],
  ])('that stays %s is told of once, after a restart too', async (_, text, sentence) => {
    owner(ANN);
    write(text);
    open();
    await until(() => {
      clock.pass(LATER);
      return imports().length > 0;
    });
    expect(imports()).toMatchObject([{ state: 'failed', errorMessage: sentence, chatId: ANN }]);
    await shut();
    open();
    write(`${text} `);
    await until(() => {
      clock.pass(LATER);
      return imports().length === 2;
    });
    write(listing('gpt2'));
    await until(() => asked.length === 1);
    expect(imports().map(({ state }) => state)).toEqual(['failed', 'failed', 'bringing']);
  });

  it('that is a folder is told of once, whatever changes in it', async () => {
    owner(ANN);
    mkdirSync(path);
    open();
    await until(() => imports().length > 0);
    expect(imports()).toMatchObject([{ state: 'failed', errorMessage: 'It is no file.', chatId: ANN }]);
    writeFileSync(join(path, 'models.json'), listing('gpt2'));
    await shut();
    open();
    const looked = clock.monotonic();
    await until(() => clock.monotonic() > looked + 5000);
    expect(imports()).toHaveLength(1);
    rmSync(path, { recursive: true });
    write(listing('gpt2'));
    await until(() => asked.length === 1);
  });
});
