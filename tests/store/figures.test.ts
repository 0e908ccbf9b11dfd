import { expect, it } from 'vitest';
import { joinHost } from '../helpers/hosts.ts';
import { CHAT, GROUP, openBench } from './setup.ts';
import { bringTo } from '../helpers/statuses.ts';
import { fullScans, plansOf } from './plans.ts';

const HOUR_MS = 3_600_000;

it('what waits is counted by what for, as its card says it', () => {
  const { store, clock, add } = openBench();
  const { id } = store.schedules.createSchedule({ chatId: CHAT, name: 'night', type: 'daily', time: '23:00' });
  store.schedules.setNextRun(id, clock.iso(HOUR_MS));
  add('turn/one');
  add('disabled/one', { enabled: false });
  add('person/one', { onDemand: true });
  add('person/let-go', { onDemand: true, runNow: true });
  add('schedule/closed', { scheduled: true });
  add('schedule/passed', { scheduled: true, runNow: true });
  add('space/one', { statusReason: 'no_space' });
  for (const [name, notBefore] of [
    ['retry/one', clock.iso(HOUR_MS)],
    ['retry/over', clock.iso(-HOUR_MS)],
    ['access/one', clock.iso(HOUR_MS)],
  ] as const) {
    const model = add(name);
    store.models.moveModel(model.id, 'pending', 'downloading');
    const session = store.sessions.startOrContinue(model.id, 5);
    const access = { code: 'gated', looks: 0 } as const;
    if (name === 'access/one')
      store.sessions.updateDownloadSession(session.id, 'in_progress', { metadata: { access } });
    store.models.moveModel(model.id, 'downloading', 'pending', { reason: 'backoff', notBefore });
  }
  const expected = { turn: 4, retry: 1, access: 1, space: 1, schedule: 1, person: 1, disabled: 1, host: 0 };
  expect(store.watching.countWaiting()).toEqual(expected);
  store.schedules.openRun({
    scheduleId: id,
    chatId: CHAT,
    scheduleName: 'night',
    openedAt: clock.iso(),
    closesAt: clock.iso(HOUR_MS),
    maxConcurrentDownloads: 1,
    limitBytes: null,
  });
  expect(store.watching.countWaiting()).toEqual({ ...expected, turn: 5, schedule: 0 });
  expect(store.watching.countOpenRuns()).toBe(1);
  expect(store.watching.openNow()).toMatchObject({ name: 'night', chatId: CHAT });
  expect(store.watching.countModels()).toEqual({
    pending: 10,
    downloading: 0,
    completed: 0,
    failed: 0,
    paused: 0,
    cancelled: 0,
  });
});

it('what waits for a machine that is away is counted as that, unless something else has to come first', () => {
  const { store, clock, add } = openBench();
  const nas = joinHost(store);
  add('turn/here');
  add('turn/there', { hostId: nas });
  add('space/there', { hostId: nas, statusReason: 'no_space' });
  add('disabled/there', { hostId: nas, enabled: false });
  add('person/there', { hostId: nas, onDemand: true });
  for (const name of ['retry/there', 'access/there']) {
    const model = add(name, { hostId: nas });
    store.models.moveModel(model.id, 'pending', 'downloading');
    const { id } = store.sessions.startOrContinue(model.id, 5);
    const access = { code: 'gated', looks: 0 } as const;
    if (name.startsWith('access')) store.sessions.updateDownloadSession(id, 'in_progress', { metadata: { access } });
    store.models.moveModel(model.id, 'downloading', 'pending', { reason: 'backoff', notBefore: clock.iso(HOUR_MS) });
  }
  const there = { turn: 2, retry: 1, access: 1, space: 1, schedule: 0, person: 1, disabled: 1, host: 0 };
  expect(store.watching.countWaiting([])).toEqual(there);
  expect(store.watching.countWaiting([nas + 1])).toEqual(there);
  expect(store.watching.countWaiting([nas])).toEqual({ ...there, turn: 1, retry: 0, space: 0, host: 3 });
});

it('people, notices and copies are counted', () => {
  const { store, add, run } = openBench();
  store.users.upsertUser({ userId: 1, firstName: 'Ann', username: 'ann' });
  store.users.setRole(1, 'owner');
  store.users.upsertUser({ userId: 2, firstName: 'Bob', username: 'bob' });
  expect(store.watching.countPeople()).toEqual({ owner: 1, pending: 1 });
  store.outbox.addNotice({ kind: 'hub_token_refused', chatId: GROUP });
  store.outbox.addNotice({ kind: 'hub_token_refused', chatId: CHAT });
  store.outbox.markSent(1, 5);
  expect(store.watching.countNotices()).toBe(1);
  const model = run(add('gpt2', { commitSha: 'a'.repeat(40), files: [], sizeBytes: 7 }));
  expect(store.watching.storedBytes()).toBe(0);
  store.copies.setComplete(model.wantsCopyId ?? 0, '/cache/gpt2');
  expect(store.watching.storedBytes()).toBe(7);
});

it('a scrape reads indexes alone', () => {
  const bench = openBench();
  const plans = plansOf(bench, ({ watching }) => [
    watching.countModels(),
    watching.countWaiting(),
    watching.countWaiting([2]),
    watching.countDownloading(),
    watching.countPeople(),
    watching.countNotices(),
    watching.countOpenRuns(),
    watching.storedBytes(),
  ]);
  expect(
    plans.filter((step) => /^(SCAN|SEARCH) (models|copies|users|outbox|schedule_runs)\b(?!.* INDEX )/.test(step)),
  ).toEqual([]);
  expect(fullScans(bench, plans).filter((step) => !step.includes('USING COVERING INDEX'))).toEqual([]);
});

it('models are counted by what people call them, and what is complete, most of a library, without looking at each', () => {
  const bench = openBench();
  const { store, add } = bench;
  const statuses = [
    'completed',
    'completed',
    'completed',
    'failed',
    'paused',
    'paused',
    'downloading',
    'pending',
    'pending',
  ] as const;
  const ids = statuses.map((_, at) => add(`org/m${at}`).id);
  for (const [at, id] of ids.entries()) bringTo(store, id, statuses[at] ?? 'pending');
  const { id: session } = store.sessions.createDownloadSession(ids[4] ?? 0);
  store.sessions.updateDownloadSession(session, 'cancelled');
  const counted = { pending: 2, downloading: 1, completed: 3, failed: 1, paused: 1, cancelled: 1 };
  expect(store.watching.countModels()).toEqual(counted);
  const [others, all, ofCancelled] = plansOf(bench, ({ watching }) => watching.countModels());
  expect(others).toBe('SEARCH models USING COVERING INDEX idx_models_status (status=?)');
  // Without a condition SQLite adds up what each page has: https://sqlite.org/opcode.html#Count
  expect(all).toMatch(/^SCAN models USING COVERING INDEX \w+$/);
  expect(ofCancelled).toBe(others);
});
