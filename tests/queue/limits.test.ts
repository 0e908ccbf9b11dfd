import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addSchedule } from '../../src/library/schedules/schedules.ts';
import type { ScheduleRun } from '../../src/store/schedules/schedule-runs.ts';
import { type ByHand, openByHand } from './by-hand.ts';
import { PATIENT } from './setup.ts';

let bench: ByHand;
beforeEach(async () => {
  bench = await openByHand();
  bench.settings.concurrency = 8;
});
afterEach(async () => {
  await bench.close();
});

/** A schedule of a chat opens, with a limit in bytes per second. */
const openRun = (chatId: number, limitBytes: number | null): ScheduleRun => {
  const { schedules } = bench.store;
  const fields = { type: 'daily', time: '23:00', until: '07:00', limitBytes } as const;
  const { id: scheduleId, name: scheduleName } = addSchedule(bench.store, chatId, fields);
  const run = schedules.openRun({
    scheduleId,
    scheduleName,
    chatId,
    openedAt: '2026-11-21T11:00:00.000Z',
    closesAt: '2026-11-22T07:00:00.000Z',
    maxConcurrentDownloads: 4,
    limitBytes,
  });
  if (!run) throw new Error('it was open already');
  return run;
};

const limits = async (name: string) => (await bench.job(name)).limits;

describe('the speed limit of a schedule', () => {
  it('is in the job from the beginning, by the name of its chat, for what waited for it', async () => {
    bench.add(1, 'a/1', { scheduled: true });
    bench.add(1, 'a/2', { scheduled: true });
    bench.add(1, 'a/now');
    openRun(1, 5000);
    bench.queue().start();
    expect(await limits('a/1')).toEqual([{ name: 'chat 1', bytesPerSecond: 5000 }]);
    expect(await limits('a/2')).toEqual([{ name: 'chat 1', bytesPerSecond: 5000 }]);
    expect(await limits('a/now')).toEqual([undefined]);
  });

  it('is told anew when it changes, by whoever changed it, and a second later otherwise; and not again and again', async () => {
    bench.add(1, 'a/1', { scheduled: true });
    const run = openRun(1, 5000);
    bench.queue().start();
    const told = await limits('a/1');
    bench.store.schedules.adjustRun(run.id, { ...run, limitBytes: 7000 });
    bench.queue().wake();
    bench.queue().wake();
    expect(told.slice(1)).toEqual([{ name: 'chat 1', bytesPerSecond: 7000 }]);
    bench.store.schedules.adjustRun(run.id, { ...run, limitBytes: null });
    await expect.poll(() => told.slice(2), PATIENT).toEqual([undefined]);
  });

  it('is the one that allows most where several chats wait for one copy, and goes with the chat', async () => {
    bench.add(1, 'a/1', { scheduled: true });
    const second = bench.add(2, 'a/1', { scheduled: true });
    openRun(1, 5000);
    openRun(2, 9000);
    bench.queue().start();
    const told = await limits('a/1');
    expect(told).toEqual([{ name: 'chat 2', bytesPerSecond: 9000 }]);
    bench.queue().pause(second);
    expect(told.slice(1)).toEqual([{ name: 'chat 1', bytesPerSecond: 5000 }]);
  });

  it('holds for nobody as soon as somebody joins who waits for no schedule', async () => {
    bench.add(1, 'a/1', { scheduled: true });
    openRun(1, 5000);
    // What has been started by hand there does not wait for it either.
    openRun(2, 9000);
    bench.queue().start();
    const told = await limits('a/1');
    const second = bench.add(2, 'a/1');
    bench.queue().wake();
    expect(told.slice(1)).toEqual([undefined]);
    bench.queue().pause(second);
    expect(told.slice(2)).toEqual([{ name: 'chat 1', bytesPerSecond: 5000 }]);
  });

  it('that cannot be read now stays as it was', async () => {
    bench.add(1, 'a/1', { scheduled: true });
    const run = openRun(1, 5000);
    bench.queue().start();
    const told = await limits('a/1');
    const { openRunOf } = bench.store.schedules;
    const schedules = bench.store.schedules as { openRunOf: typeof openRunOf };
    schedules.openRunOf = () => {
      throw new Error('the disk is gone');
    };
    bench.queue().wake();
    schedules.openRunOf = openRunOf;
    expect(told.length).toBe(1);
    bench.store.schedules.adjustRun(run.id, { ...run, limitBytes: 100 });
    bench.queue().wake();
    expect(told.slice(1)).toEqual([{ name: 'chat 1', bytesPerSecond: 100 }]);
  });
});
