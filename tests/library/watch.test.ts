import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { silentLog as log } from '../../src/lib/log.ts';
import { type Arrivals, createWatch, type Watch } from '../../src/library/watching/watch.ts';
import { type ByHand, openByHand } from '../queue/by-hand.ts';

const OWNER = 1001;
const MINUTE = 60_000;
const HOUR = 60;

interface Bench extends ByHand {
  /** So many minutes pass, with a look at the end of each. */
  readonly minutes: (amount: number) => Promise<void>;
  /** What owners were told, in order. */
  readonly told: () => unknown[];
  /** As after a restart. */
  readonly anew: () => void;
  readonly floor: { bytes: number };
  readonly arrivals: { now: Arrivals };
}

/** @param room what the disk answers, if not what there is */
const open = async (room?: () => Promise<never>): Promise<Bench> => {
  const hand = await openByHand();
  onTestFinished(hand.close);
  hand.store.users.upsertUser({ userId: OWNER, firstName: 'Ann', username: 'ann' });
  hand.store.users.setRole(OWNER, 'owner');
  const floor = { bytes: 0 };
  const arrivals: Bench['arrivals'] = { now: { look: 'well', why: '' } };
  const make = (): Watch =>
    createWatch({
      store: hand.store,
      queue: { ...hand.queue(), ...(room && { room }) },
      hosts: { ids: () => [1] },
      places: () => hand.settings.concurrency,
      minFreeBytes: () => floor.bytes,
      arrivals: () => arrivals.now,
      maxTotalBytes: () => hand.settings.maxTotalBytes,
      clock: hand.clock,
      log,
    });
  let watch = make();
  return {
    ...hand,
    floor,
    arrivals,
    minutes: async (amount) => {
      for (let minute = 0; minute < amount; minute += 1) {
        hand.clock.pass(MINUTE);
        await watch.look();
      }
    },
    told: () =>
      hand.store.outbox
        .dueNotices('9999-12-31T00:00:00.000Z', 100)
        .filter(({ chatId, kind }) => chatId === OWNER && /^(?:downloads|disk|webhook)_/.test(kind))
        .map(({ kind, payload }) => (kind === 'downloads_stalled' ? [kind, payload] : kind)),
    anew: () => {
      watch = make();
    },
  };
};

const GONE = 'The Hub cannot be reached.';
const STALLED = ['downloads_stalled', { why: null }];

describe('nothing that could be downloaded for an hour', () => {
  it('is told once, at the edge of the hour, and shortly that it goes on', async () => {
    const bench = await open();
    bench.add(1, 'org/one');
    bench.queue().start();
    const job = await bench.job('org/one');
    await bench.minutes(HOUR);
    expect(bench.told()).toEqual([]);
    await bench.minutes(1);
    expect(bench.told()).toEqual([STALLED]);
    await bench.minutes(3 * HOUR);
    expect(bench.told()).toEqual([STALLED]);
    job.arrive(1);
    await bench.minutes(1);
    expect(bench.told()).toEqual([STALLED, 'downloads_go_on']);
    await bench.minutes(HOUR + 1);
    expect(bench.told()).toEqual([STALLED, 'downloads_go_on', STALLED]);
  });

  it('is told also while the disk answers nobody, which is asked once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let asked = 0;
    const bench = await open(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    bench.add(1, 'org/one');
    for (let minute = 0; minute <= HOUR; minute += 1) {
      const looked = bench.minutes(1);
      await vi.advanceTimersByTimeAsync(MINUTE / 2);
      await looked;
    }
    expect(bench.told()).toEqual([STALLED]);
    expect(asked).toBe(1);
  });

  it('is told with the last error, while it is tried again', async () => {
    const bench = await open();
    bench.settings.maxRetries = 1000;
    const id = bench.add(1, 'org/one');
    bench.queue().start();
    (await bench.job('org/one')).fail(new AppError('unreachable', GONE));
    await bench.reaches(id, 'pending backoff');
    await bench.queue().close();
    await bench.minutes(HOUR + 1);
    expect(bench.told()).toEqual([['downloads_stalled', { why: GONE }]]);
  });

  it('goes on being counted over a restart, and is not told twice', async () => {
    const bench = await open();
    bench.add(1, 'org/one');
    bench.queue().start();
    await bench.job('org/one');
    await bench.minutes(HOUR / 2);
    bench.anew();
    await bench.minutes(HOUR / 2);
    expect(bench.told()).toEqual([]);
    await bench.minutes(1);
    bench.anew();
    await bench.minutes(HOUR);
    expect(bench.told()).toEqual([STALLED]);
  });

  it('is none while a machine slept, or because its clock was set', async () => {
    const bench = await open();
    bench.add(1, 'org/one');
    bench.queue().start();
    const job = await bench.job('org/one');
    await bench.minutes(1);
    bench.clock.turn(5 * HOUR * MINUTE);
    await bench.minutes(1);
    bench.clock.turn(-9 * HOUR * MINUTE);
    await bench.minutes(1);
    bench.clock.pass(8 * HOUR * MINUTE);
    await bench.minutes(HOUR - 10);
    expect(bench.told()).toEqual([]);
    job.complete();
  });

  it('is none while what waits waits for a schedule, a person, room, access, an owner or a place', async () => {
    const bench = await open();
    const { store } = bench;
    store.schedules.createSchedule({ chatId: 1, name: 'nightly', type: 'daily', time: '23:00' });
    store.schedules.setNextRun(1, '2999-01-01T00:00:00.000Z');
    bench.add(1, 'org/scheduled', { scheduled: true });
    store.models.createModel({ chatId: 2, name: 'org/later', onDemand: true });
    const later = { notBefore: '2999-01-01T00:00:00.000Z' } as const;
    const full = bench.add(2, 'org/full');
    const gated = bench.add(2, 'org/gated');
    for (const [id, reason] of [
      [full, 'no_space'],
      [gated, 'backoff'],
    ] as const) {
      store.models.moveModel(id, 'pending', 'downloading');
      const session = store.sessions.startOrContinue(id, 5);
      const metadata = reason === 'backoff' ? { access: { code: 'gated', looks: 0 } as const } : {};
      store.sessions.updateDownloadSession(session.id, 'in_progress', { errorMessage: 'no', metadata });
      store.models.moveModel(id, 'downloading', 'pending', { reason, ...later });
    }
    await bench.minutes(2 * HOUR);
    bench.settings.concurrency = 0;
    bench.add(2, 'org/mine');
    await bench.minutes(2 * HOUR);
    bench.settings.concurrency = 1;
    bench.queue().hold();
    await bench.minutes(2 * HOUR);
    expect(bench.told()).toEqual([]);
  });
});

describe('a disk that will be full within a day', () => {
  const GB = 1e9;

  it('by what is wanted is told once, and again only after it was well for an hour', async () => {
    const bench = await open();
    bench.executor.disk.freeBytes = 100 * GB;
    bench.floor.bytes = 10 * GB;
    bench.settings.concurrency = 0;
    const id = bench.add(1, 'org/large', { sizeBytes: 90 * GB });
    await bench.minutes(30);
    expect(bench.told()).toEqual([]);
    const more = bench.add(1, 'org/more', { sizeBytes: 1 });
    await bench.minutes(10);
    expect(bench.told()).toEqual([]);
    await bench.minutes(1);
    expect(bench.told()).toEqual(['disk_filling']);
    bench.anew();
    bench.store.models.moveModel(more, 'pending', 'paused');
    await bench.minutes(59);
    bench.store.models.moveModel(more, 'paused', 'pending');
    await bench.minutes(60);
    expect(bench.told()).toEqual(['disk_filling']);
    bench.store.models.moveModel(id, 'pending', 'paused');
    await bench.minutes(60);
    bench.store.models.moveModel(id, 'paused', 'pending');
    await bench.minutes(11);
    expect(bench.told()).toEqual(['disk_filling', 'disk_filling']);
  });

  it('is told with what it goes by, and not for what waits for a person', async () => {
    const bench = await open();
    bench.executor.disk.freeBytes = 50 * GB;
    bench.store.models.createModel({ chatId: 1, name: 'org/later', sizeBytes: 90 * GB, onDemand: true });
    await bench.minutes(20);
    expect(bench.told()).toEqual([]);
    bench.add(1, 'org/large', { sizeBytes: 60 * GB });
    bench.add(2, 'org/large', { sizeBytes: 60 * GB });
    await bench.minutes(11);
    const [notice] = bench.store.outbox.dueNotices('9999', 9).filter(({ kind }) => kind === 'disk_filling');
    expect(notice?.payload).toEqual({ freeBytes: 50 * GB, floorBytes: 0, comingBytes: 60 * GB, othersBytes: 0 });
  });

  it('is none where the models may not take so much, or where it does not come so fast', async () => {
    const bench = await open();
    bench.executor.disk.freeBytes = 50 * GB;
    bench.settings.maxTotalBytes = 50 * GB;
    bench.settings.concurrency = 0;
    bench.add(1, 'org/large', { sizeBytes: 60 * GB });
    await bench.minutes(20);
    expect(bench.told()).toEqual([]);
    bench.settings.maxTotalBytes = undefined;
    // At best half a megabyte a second: 43 GB a day.
    bench.store.watching.addTraffic(450e6);
    await bench.minutes(20);
    expect(bench.told()).toEqual([]);
    await bench.minutes(24 * HOUR);
    expect(bench.told()).toEqual(['disk_filling']);
  });

  it('by what other programs take, hour after hour, is told', async () => {
    const bench = await open();
    bench.executor.disk.freeBytes = 100 * GB;
    for (let hour = 0; hour < 5; hour += 1) {
      await bench.minutes(HOUR);
      bench.executor.disk.freeBytes -= GB;
    }
    expect(bench.told()).toEqual([]);
    bench.executor.disk.freeBytes = 30 * GB;
    await bench.minutes(11);
    // All at once is no trend.
    expect(bench.told()).toEqual([]);
    for (let hour = 0; hour < 8; hour += 1) {
      await bench.minutes(HOUR);
      bench.executor.disk.freeBytes -= 2 * GB;
    }
    expect(bench.told()).toEqual(['disk_filling']);
  });
});

describe('a webhook that Telegram cannot reach', () => {
  const UNREACHED: Arrivals = { look: 'there', why: 'Wrong response from the webhook: 502 Bad Gateway' };

  it('is told after five minutes, once, also after a restart; and that it is reached again', async () => {
    const bench = await open();
    bench.arrivals.now = UNREACHED;
    await bench.minutes(5);
    expect(bench.told()).toEqual([]);
    await bench.minutes(1);
    expect(bench.told()).toEqual(['webhook_unreached']);
    bench.anew();
    // At first nobody knows.
    bench.arrivals.now = { look: 'unclear', why: '' };
    await bench.minutes(2);
    bench.arrivals.now = UNREACHED;
    await bench.minutes(60);
    expect(bench.told()).toEqual(['webhook_unreached']);
    bench.arrivals.now = { look: 'well', why: '' };
    await bench.minutes(2);
    expect(bench.told()).toEqual(['webhook_unreached', 'webhook_reached']);
    const [notice] = bench.store.outbox.dueNotices('9999', 9).filter(({ kind }) => kind === 'webhook_unreached');
    expect(notice).toMatchObject({ payload: { why: UNREACHED.why } });
  });

  it('is not told when it is over before', async () => {
    const bench = await open();
    bench.arrivals.now = UNREACHED;
    await bench.minutes(5);
    bench.arrivals.now = { look: 'well', why: '' };
    await bench.minutes(1);
    bench.arrivals.now = UNREACHED;
    await bench.minutes(5);
    expect(bench.told()).toEqual([]);
  });
});
