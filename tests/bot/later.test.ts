import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { addSchedule } from '../../src/library/schedules/schedules.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
afterEach(() => bench?.close());

/** Noon, while a schedule is open, or long before it opens. */
const open = async (time: string): Promise<void> => {
  const ahead = Date.parse('2026-11-28T12:00:00.000Z') - Date.now();
  bench = await openBot({ clock: { ...systemClock, now: () => Date.now() + ahead } });
  addSchedule(bench.store, ANN, { type: 'daily', time, until: '14:00', name: 'noon' });
};

describe('/add … later', () => {
  it.each(['11:00', '13:00'])('waits for /download, whatever the schedule does: one from %s on', async (time) => {
    await open(time);
    await bench.say('/add sample/tiny-llama later');
    await bench.sees(/^sample\/tiny-llama · pending\nWaits until somebody starts it/);
    bench.queue.wake();
    expect(bench.store.models.getModel(1)?.status).toBe('pending');
    expect(await bench.ask('/queue')).toMatch(/sample\/tiny-llama.* · (?:waits|starts only)/);
    expect(await bench.ask('/download')).toMatch(/^sample\/tiny-llama starts as soon as a place is free/);
    await bench.sees(/^sample\/tiny-llama · completed\n[^]*verified/);
  });

  it('is the schedule’s where it is asked for again without a word', async () => {
    await open('13:00');
    await bench.say('/add sample/tiny-llama later');
    await bench.sees(/Waits until somebody starts it/);
    await bench.say('/add sample/tiny-llama');
    await bench.sees(/^sample\/tiny-llama · pending\nStarts today 13:00/);
  });
});
