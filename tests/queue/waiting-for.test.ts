import { describe, expect, it } from 'vitest';
import type { Waiting } from '../../src/domain/waiting.ts';
import { waitingOf } from '../../src/queue/waiting.ts';
import { type Bench, CHAT, openBench } from '../store/setup.ts';
import { openQuotas } from '../helpers/quotas.ts';

interface Settings {
  readonly isHeld?: boolean;
  readonly startsInMs?: number;
  readonly trouble?: string;
}

/** What model #1 waits for. */
const ask = ({ store, clock, model }: Bench, settings: Settings = {}): Waiting | undefined => {
  const { isHeld = false, startsInMs, trouble } = settings;
  return waitingOf(
    {
      store,
      quotas: openQuotas(store),
      clock,
      hosts: { isThere: (hostId) => hostId === 1, cutOffBy: () => undefined },
      isHeld: () => isHeld,
      trouble: () => trouble,
      estimate: () => startsInMs,
    },
    model(1),
  );
};

const HOUR_MS = 3_600_000;
const nightly = { chatId: CHAT, name: 'nightly', type: 'daily', time: '23:00', until: '07:00' } as const;

it('a model that nothing could be written down of waits for that, whatever its row says', () => {
  const bench = openBench();
  bench.add('gpt2', { statusReason: 'no_space' });
  expect(ask(bench, { trouble: 'The disk is full.' })).toEqual({ kind: 'trouble', why: 'The disk is full.' });
});

/** A schedule, and a model that waits for it. */
const withSchedule = (): Bench => {
  const bench = openBench();
  const { id } = bench.store.schedules.createSchedule(nightly);
  bench.store.schedules.setNextRun(id, bench.clock.iso(HOUR_MS));
  bench.add('gpt2', { scheduled: true, statusReason: 'schedule' });
  return bench;
};

const openRun = ({ store, clock }: Bench): number =>
  store.schedules.openRun({
    scheduleId: 1,
    chatId: CHAT,
    scheduleName: 'nightly',
    openedAt: clock.iso(),
    closesAt: clock.iso(2 * HOUR_MS),
    maxConcurrentDownloads: 1,
    limitBytes: null,
  })?.id ?? 0;

const TURN = { kind: 'turn', position: 1, startsInMs: undefined, wasInterrupted: false } as const;

describe('a model waits', () => {
  it('in the queue, at a place that counts all chats', () => {
    const bench = openBench();
    bench.add('gpt2');
    expect(ask(bench, { startsInMs: 5000 })).toEqual({ ...TURN, startsInMs: 5000 });
    bench.add('other', { chatId: 2, priority: 'high' });
    expect(ask(bench)).toEqual({ ...TURN, position: 2 });
  });

  it('for nothing while it runs, and when it has ended', () => {
    const bench = openBench();
    const model = bench.run(bench.add('gpt2'));
    expect(ask(bench)).toBeUndefined();
    bench.store.models.moveModel(model.id, 'downloading', 'failed');
    expect(ask(bench)).toBeUndefined();
  });

  it('for the owner before anything else', () => {
    const bench = withSchedule();
    expect(ask(bench, { isHeld: true })).toEqual({ kind: 'held' });
  });

  it('for its schedule: before it opens, in the queue while it is open, and on to the next time after', () => {
    const bench = withSchedule();
    const { store, clock } = bench;
    const schedule = { kind: 'schedule', name: 'nightly', opensAt: clock.now() + HOUR_MS, hasBegun: false };
    expect(ask(bench)).toEqual(schedule);
    const run = openRun(bench);
    expect(ask(bench)).toEqual(TURN);
    store.models.moveModel(1, 'pending', 'downloading');
    store.models.moveModel(1, 'downloading', 'pending', { reason: 'window_closed' });
    store.schedules.closeRun(run, 'window_closed');
    expect(ask(bench)).toEqual({ ...schedule, hasBegun: true });
  });

  it('for its schedule with what had come, whatever stopped it', () => {
    const bench = withSchedule();
    bench.store.sessions.startOrContinue(1, 1000);
    bench.store.sessions.updateDownloadSession(1, 'in_progress', { bytesDownloaded: 10 });
    bench.store.models.updateModelDetails(1, { statusReason: 'shutdown' });
    expect(ask(bench)).toMatchObject({ kind: 'schedule', hasBegun: true });
  });

  it('for a schedule that never opens without a time', () => {
    const bench = withSchedule();
    bench.store.schedules.setNextRun(1, '9999-12-31T00:00:00.000Z');
    expect(ask(bench)).toMatchObject({ kind: 'schedule', opensAt: undefined });
  });

  it('with no guess at its start if its time is over by then', () => {
    const bench = withSchedule();
    openRun(bench);
    expect(ask(bench, { startsInMs: HOUR_MS })).toEqual({ ...TURN, startsInMs: HOUR_MS });
    expect(ask(bench, { startsInMs: 3 * HOUR_MS })).toEqual(TURN);
  });

  it('for a person if no schedule is on', () => {
    const bench = withSchedule();
    bench.store.schedules.disableSchedule(1);
    expect(ask(bench)).toEqual({ kind: 'start' });
    bench.store.models.updateModelDetails(1, { runNow: true });
    expect(ask(bench)).toEqual(TURN);
  });

  it('after a passing fault until its time has come, then in the queue', () => {
    const bench = openBench();
    bench.add('gpt2');
    bench.store.sessions.startOrContinue(1, 1000);
    bench.store.sessions.updateDownloadSession(1, 'in_progress', { errorMessage: 'The Hub is busy.' });
    const until = bench.clock.now() + 5000;
    bench.store.models.updateModelDetails(1, { statusReason: 'backoff', notBefore: bench.clock.iso(5000) });
    expect(ask(bench)).toEqual({ kind: 'backoff', until, why: 'The Hub is busy.' });
    bench.clock.move(5000);
    expect(ask(bench)).toEqual(TURN);
  });

  it('for room, with what is said about it', () => {
    const bench = openBench();
    bench.add('gpt2');
    bench.store.sessions.startOrContinue(1, 1000);
    bench.store.sessions.updateDownloadSession(1, 'in_progress', { errorMessage: '1 GB more room is needed.' });
    bench.store.models.updateModelDetails(1, { statusReason: 'no_space', notBefore: bench.clock.iso(5000) });
    expect(ask(bench)).toEqual({ kind: 'space', why: '1 GB more room is needed.' });
  });

  it('to go on after a restart, or not at all while it is switched off', () => {
    const bench = openBench();
    bench.add('gpt2', { statusReason: 'interrupted' });
    expect(ask(bench)).toEqual({ ...TURN, wasInterrupted: true });
    bench.store.models.updateModelDetails(1, { enabled: false });
    expect(ask(bench)).toEqual({ kind: 'disabled' });
  });

  it('paused, or cancelled, which its column calls paused too', () => {
    const bench = openBench();
    bench.add('gpt2');
    bench.store.models.moveModel(1, 'pending', 'paused');
    expect(ask(bench)).toEqual({ kind: 'paused' });
    bench.store.sessions.createDownloadSession(1);
    bench.store.sessions.updateDownloadSession(1, 'cancelled');
    expect(ask(bench)).toEqual({ kind: 'cancelled' });
  });
});

describe('many that wait are counted', () => {
  /** One of each kind, and with what each of its neighbours waits for as well. */
  const fill = (bench: Bench): void => {
    const { store, add, clock } = bench;
    const later = clock.iso(HOUR_MS);
    const closed = store.schedules.createSchedule({ ...nightly, chatId: CHAT });
    store.schedules.setNextRun(closed.id, later);
    const reasons = [undefined, 'no_space', 'backoff'] as const;
    const codeEndsAt = clock.iso(HOUR_MS);
    const { id: away } = store.hosts.inviteHost({ name: 'nas', createdBy: 1, codeHash: 'h', codeEndsAt });
    for (let at = 0; at < 192; at += 1) {
      const [scheduled = false, onDemand = false, isOff, needsAccess] = [1, 2, 4, 8].map((bit) => (at & bit) > 0);
      const { id } = add(`org/m${at}`, {
        chatId: (at & 16) > 0 ? 7 : CHAT,
        scheduled,
        onDemand,
        hostId: at < 96 ? 1 : away,
      });
      if (isOff === true) store.models.updateModelDetails(id, { enabled: false });
      const session = store.sessions.startOrContinue(id, 5);
      const metadata = needsAccess === true ? { access: { code: 'gated', looks: 0 } as const } : {};
      store.sessions.updateDownloadSession(session.id, 'in_progress', { metadata });
      const reason = reasons[(at % 96) >> 5];
      if (reason === undefined) continue;
      store.models.moveModel(id, 'pending', 'downloading');
      store.models.moveModel(id, 'downloading', 'pending', { reason, notBefore: later });
    }
  };

  it('for the same reasons as each of them is told', () => {
    const bench = openBench();
    const { store, clock } = bench;
    fill(bench);
    const pending = store.models.waiting().concat(store.models.listModels(CHAT), store.models.listModels(7));
    const models = [...new Map(pending.map((model) => [model.id, model])).values()];
    const [held] = models.filter(({ enabled, onDemand, scheduled }) => enabled && !onDemand && !scheduled);
    store.models.holdBack({ bytes: [], running: [held?.id ?? 0] });
    const quotas = { refusalOf: () => ({ of: 'running', why: '' }) as const };
    const hosts = { isThere: (hostId: number) => hostId === 1, cutOffBy: () => undefined };
    const deps = {
      store,
      quotas,
      clock,
      hosts,
      isHeld: () => false,
      trouble: () => undefined,
      estimate: () => undefined,
    };
    for (const chatId of [undefined, CHAT, 7]) {
      const kinds = models
        .filter((model) => chatId === undefined || model.chatId === chatId)
        .flatMap((model) => waitingOf(deps, model)?.kind ?? []);
      const counted = Object.entries(store.models.countWaits(chatId)).filter(([, amount]) => amount > 0);
      const told = [...Map.groupBy(kinds, (kind) => kind)].map(([kind, each]) => [kind, each.length] as const);
      expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(told));
    }
    const all = Object.entries(store.models.countWaits()).filter(([, amount]) => amount > 0);
    expect(all).toHaveLength(9);
  });
});
