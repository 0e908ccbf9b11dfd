import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo, type SampleHub, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { ACCESS_LOOKS_MOST } from '../../src/domain/failures/access.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type AccessRounds, createAccessRounds } from '../../src/library/adding/access-rounds.ts';
import { type Adding, createAdding } from '../../src/library/adding/add.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import type { Questions } from '../../src/sources/port.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { openLibrary } from './setup.ts';
import { noLimits } from '../helpers/quotas.ts';
import { queueSaying } from '../helpers/queue.ts';
import { NO_KEYS } from '../helpers/tokens.ts';

const TOKEN = 'hf_sample';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const gatedRepo = (id: string, gated: 'auto' | 'manual' = 'auto') =>
  defineRepo({ id, gated, files: [{ path: 'model.safetensors', size: 2000, seed: id }] });

interface Bench {
  readonly hub: SampleHub;
  readonly store: Store;
  readonly clock: TestClock;
  readonly adding: Adding;
  readonly rounds: AccessRounds;
}

let bench: Bench;

/** What people have given. */
const given = new Map<number, string>();

const partsOn = (store: Store, hub: SampleHub, clock: TestClock): Pick<Bench, 'adding' | 'rounds'> => {
  const machine = createHub({ endpoint: hub.url, token: TOKEN, userAgent: 'hubgram-test/1', clock });
  const ofPerson = (userId: number): Questions | undefined => {
    const token = given.get(userId);
    return token === undefined ? undefined : machine.asPerson(token);
  };
  const source = { ...machine, ofPerson };
  const common = { store, source, hubHosts: [], clock, log: silentLog, random: () => 0.5 };
  const adding = createAdding({
    tokens: NO_KEYS,
    ...common,
    settings: createSettings(store, { given: {}, log: silentLog }),
    queue: { ...queueSaying(true), memory: async () => ({ totalBytes: 32e9, freeBytes: 20e9, gpus: [] }) },
    limits: noLimits(store),
    spaceFor: () => Promise.resolve({ freeBytes: 1e9, missingBytes: 0 }),
  });
  return { adding, rounds: createAccessRounds({ ...common, adding }) };
};

const ANN = 1001;
const GROUPS = [-1, -2] as const;

const open = async (): Promise<void> => {
  const clock = createTestClock();
  const repos = [gatedRepo('sample/door'), gatedRepo('sample/gate', 'manual')];
  const hub = await startSampleHub({ clock, repos });
  const store = openLibrary(clock);
  store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
  store.users.setRole(ANN, 'member');
  for (const chatId of GROUPS) {
    store.chats.upsertChat({ chatId, kind: 'group', title: 'Group' });
    store.chats.setAccess(chatId, 'approved');
  }
  bench = { hub, store, clock, ...partsOn(store, hub, clock) };
};

afterEach(async () => {
  given.clear();
  await bench.rounds.close();
  await bench.adding.close();
  await bench.hub.close();
});

const requestOf = (id: number): AddRequest => bench.store.addRequests.getAddRequest(id) as AddRequest;

/** What has become of a request once nobody asks the Hub for it. */
const settled = async (id: number): Promise<AddRequest> => {
  while (requestOf(id).state === 'looking_up') await new Promise((resolve) => setImmediate(resolve));
  return requestOf(id);
};

let messages = 0;
const ask = (ref: string, more: { readonly chatId?: number; readonly quiet?: boolean } = {}): Promise<AddRequest> => {
  messages += 1;
  const about = { chatId: ANN, userId: ANN, threadId: null, messageId: messages, ref, options: {}, ...more };
  return settled(bench.adding.request(about).id);
};

const allow = (id: string): void => bench.hub.setGate(id, TOKEN, 'granted');

const looksAt = (id: string): number =>
  bench.hub.requests.filter(({ path }) => path.includes(`/${id}/commits/`)).length;

const notices = (): string[] =>
  bench.store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 100).map(({ kind, chatId }) => `${kind} ${chatId}`);

it('a look-up goes on when whoever asked is let in, though the machine’s own account is not', async () => {
  await open();
  const { bob } = bench.hub.tokens;
  given.set(ANN, bob);
  const { id, notBefore } = await ask('sample/door');
  expect(notBefore).not.toBeNull();
  bench.clock.pass(2 * MINUTE);
  await bench.rounds.look();
  expect(await settled(id)).toMatchObject({ state: 'failed', looks: 1 });
  bench.hub.setGate('sample/door', bob, 'granted');
  bench.clock.pass(HOUR);
  await bench.rounds.look();
  const { state, modelId } = await settled(id);
  expect(state).toBe('added');
  expect(bench.store.models.getModel(modelId ?? 0)?.tokenOf).toBe(ANN);
});

describe('a look-up of a gated repository', () => {
  it('says where to ask and how access is given, and is looked at again by itself until it is there', async () => {
    await open();
    const { id, errorMessage, choices, notBefore } = await ask('sample/door');
    expect(errorMessage).toMatch(
      /no access yet\. Accept its terms at http.*\/sample\/door, then try again, or give me a token .* Access is given at once\.$/,
    );
    expect(choices).toMatchObject({ kind: 'failure', code: 'gated', page: `${bench.hub.url}/sample/door` });
    expect(Date.parse(notBefore ?? '') - bench.clock.now()).toBe(2 * MINUTE);
    bench.clock.pass(2 * MINUTE - 1);
    await bench.rounds.look();
    expect(looksAt('sample/door')).toBe(0);
    bench.clock.pass(1);
    await bench.rounds.look();
    expect(requestOf(id)).toMatchObject({ state: 'failed', looks: 1 });
    expect(Date.parse(requestOf(id).notBefore ?? '') - bench.clock.now()).toBe(4 * MINUTE);
    allow('sample/door');
    bench.clock.pass(4 * MINUTE);
    await bench.rounds.look();
    expect(await settled(id)).toMatchObject({ state: 'added', errorMessage: null, notBefore: null });
    expect(bench.store.models.listModels(ANN).map(({ name }) => name)).toEqual(['sample/door']);
    expect(notices()).toEqual([]);
  });

  it('whose authors decide says so', async () => {
    await open();
    expect((await ask('sample/gate')).errorMessage).toMatch(/Its authors decide who gets it\.$/);
  });

  it('is given up after a day of looks, which is told once', async () => {
    await open();
    const { id } = await ask('sample/door');
    const began = bench.clock.now();
    for (let looks = 0; requestOf(id).notBefore !== null && looks < 100; looks += 1) {
      bench.clock.pass(Date.parse(requestOf(id).notBefore ?? '') - bench.clock.now());
      await bench.rounds.look();
    }
    expect(looksAt('sample/door')).toBe(ACCESS_LOOKS_MOST);
    expect(bench.clock.now() - began).toBeGreaterThan(23 * HOUR);
    expect(bench.clock.now() - began).toBeLessThan(25 * HOUR);
    expect(requestOf(id)).toMatchObject({ state: 'failed', notBefore: null });
    expect(notices()).toEqual([`access_not_given ${ANN}`]);
    bench.clock.pass(48 * HOUR);
    await bench.rounds.look();
    expect(looksAt('sample/door')).toBe(ACCESS_LOOKS_MOST);
    expect(notices()).toEqual([`access_not_given ${ANN}`]);
    // A person's word begins another day.
    bench.adding.again(id);
    expect(await settled(id)).toMatchObject({ state: 'failed', looks: 0, notBefore: expect.any(String) });
  });

  it('waits on after a restart', async () => {
    await open();
    const { id } = await ask('sample/door');
    await bench.rounds.close();
    await bench.adding.close();
    bench = { ...bench, ...partsOn(bench.store, bench.hub, bench.clock) };
    allow('sample/door');
    bench.clock.pass(2 * MINUTE);
    await bench.rounds.look();
    expect((await settled(id)).state).toBe('added');
  });

  it('that a person has left does not come back, and is not asked about', async () => {
    await open();
    const { id } = await ask('sample/door');
    expect([bench.adding.drop(id), bench.adding.drop(id)]).toEqual([true, false]);
    allow('sample/door');
    bench.clock.pass(24 * HOUR);
    await bench.rounds.look();
    expect(requestOf(id)).toMatchObject({ state: 'cancelled', notBefore: null });
    expect(looksAt('sample/door')).toBe(0);
  });

  it('that was left while the Hub was asked stays left', async () => {
    await open();
    const { id } = await ask('sample/door');
    allow('sample/door');
    bench.clock.pass(2 * MINUTE);
    const asked = bench.hub.waitForRequest(({ path }) => path.includes('/commits/'));
    const look = bench.rounds.look();
    await asked;
    bench.adding.drop(id);
    await look;
    expect(requestOf(id).state).toBe('cancelled');
  });

  it('is tried at once when a person says so, however often', async () => {
    await open();
    const { id } = await ask('sample/door');
    allow('sample/door');
    expect([bench.adding.again(id), bench.adding.again(id)]).toEqual([true, false]);
    expect((await settled(id)).state).toBe('added');
    bench.clock.pass(24 * HOUR);
    await bench.rounds.look();
    expect(looksAt('sample/door')).toBe(0);
  });

  it('is one question for all chats that wait for it, and all of them go on', async () => {
    await open();
    const { id: first } = await ask('sample/door');
    bench.clock.pass(MINUTE);
    const { id: second } = await ask('hf.co/sample/door', { chatId: GROUPS[0] });
    allow('sample/door');
    bench.clock.pass(MINUTE);
    await bench.rounds.look();
    expect([(await settled(first)).state, (await settled(second)).state]).toEqual(['added', 'added']);
    expect(looksAt('sample/door')).toBe(1);
  });

  it('counts no look while the Hub cannot be asked, and rests', async () => {
    await open();
    const { id } = await ask('sample/door');
    await bench.hub.takeDown();
    bench.clock.pass(2 * MINUTE);
    await bench.rounds.look();
    expect(requestOf(id)).toMatchObject({ looks: 0, notBefore: expect.any(String) });
    await bench.hub.bringUp();
    allow('sample/door');
    await bench.rounds.look();
    expect(looksAt('sample/door')).toBe(0);
    bench.clock.pass(5 * MINUTE);
    await bench.rounds.look();
    expect((await settled(id)).state).toBe('added');
  });

  it('is looked at no later for a clock that was set back, and loses no day to one that was set forward', async () => {
    await open();
    const { id } = await ask('sample/door');
    bench.clock.turn(-30 * 24 * HOUR);
    await bench.rounds.look();
    bench.clock.pass(2 * MINUTE);
    await bench.rounds.look();
    expect(requestOf(id).looks).toBe(1);
    bench.clock.turn(365 * 24 * HOUR);
    await bench.rounds.look();
    expect(requestOf(id)).toMatchObject({ looks: 2, notBefore: expect.any(String) });
    expect(notices()).toEqual([]);
  });

  it('is left where its person has been kept out, or its group only looks by now', async () => {
    await open();
    const [own, kept, looks] = [
      await ask('sample/door'),
      await ask('sample/door', { chatId: GROUPS[0] }),
      await ask('sample/door', { chatId: GROUPS[1] }),
    ];
    bench.store.chats.setAccess(GROUPS[0], 'denied');
    bench.store.chats.setRole(GROUPS[1], 'viewer');
    allow('sample/door');
    bench.clock.pass(2 * MINUTE);
    await bench.rounds.look();
    await settled(own.id);
    expect([own, kept, looks].map(({ id }) => requestOf(id).state)).toEqual(['added', 'cancelled', 'cancelled']);
    const gate = await ask('sample/gate');
    bench.store.users.setRole(ANN, 'denied');
    bench.clock.pass(2 * MINUTE);
    await bench.rounds.look();
    expect([requestOf(gate.id).state, looksAt('sample/gate')]).toEqual(['cancelled', 0]);
  });

  it('of a repository that is gone by then says so', async () => {
    await open();
    const { id } = await ask('sample/door');
    bench.hub.removeRepo('sample/door');
    bench.clock.pass(2 * MINUTE);
    await bench.rounds.look();
    const { choices, notBefore } = await settled(id);
    expect(choices).toMatchObject({ code: 'not_found' });
    expect(notBefore).toBeNull();
  });

  it('that a file brings in is not looked at by itself', async () => {
    await open();
    const { id, ...request } = await ask('sample/door', { quiet: true });
    expect(request).toMatchObject({ state: 'failed', notBefore: null });
    expect([bench.adding.drop(id), bench.adding.goOn(id), requestOf(id).state]).toEqual([false, false, 'failed']);
  });
});
