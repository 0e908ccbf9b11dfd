import { describe, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { toIso } from '../../src/lib/clock.ts';
import { silentLog as log } from '../../src/lib/log.ts';
import { createTrafficMeter } from '../../src/queue/run/traffic.ts';
import { openBench } from '../store/setup.ts';
import { type ByHand, openByHand as open, SIZE } from './by-hand.ts';
import { setUp } from './setup.ts';

const DAY = 86_400_000;

const openByHand = async (): Promise<ByHand> => {
  const hand = await open();
  onTestFinished(hand.close);
  return hand;
};

const came = ({ store, clock }: Pick<ByHand, 'store' | 'clock'>, chatId?: number): number[] =>
  store.watching.trafficSince(toIso(clock.now() - DAY), chatId).map(({ bytes }) => bytes);

describe('what comes over the network', () => {
  it('is counted once for everything and once for each chat that waits for it, by the time it came', async () => {
    const hand = await openByHand();
    const [ann, bob] = [hand.add(1, 'org/both'), hand.add(2, 'org/both')];
    hand.queue().start();
    const job = await hand.job('org/both');
    job.arrive(300);
    hand.clock.pass(5000);
    await expect.poll(() => [came(hand), came(hand, 1), came(hand, 2)]).toEqual([[300], [300], [300]]);
    hand.clock.pass(300_000);
    hand.queue().pause(bob);
    job.complete();
    await hand.reaches(ann, 'completed');
    await hand.queue().close();
    expect([came(hand), came(hand, 1), came(hand, 2)]).toEqual([[300, SIZE - 300], [300, SIZE - 300], [300]]);
  });

  it('is counted once over a restart, and what lay there before is none of it', async () => {
    const hand = await openByHand();
    const id = hand.add(1, 'org/one');
    hand.queue().start();
    (await hand.job('org/one')).arrive(400);
    await hand.queue().close();
    expect(came(hand)).toEqual([400]);
    hand.reopen().start();
    (await hand.job('org/one')).complete();
    await hand.reaches(id, 'completed');
    await hand.queue().close();
    expect([came(hand), came(hand, 1)]).toEqual([[SIZE], [SIZE]]);
  });

  it('that two runs share is counted where it arrives', async () => {
    const size = 200_000;
    const same = (id: string) => defineRepo({ id, files: [{ path: 'model.safetensors', size, seed: 'same' }] });
    const bench = await setUp({ repos: [same('sample/one'), same('sample/two')] });
    onTestFinished(bench.close);
    const ids = [bench.add(1, 'sample/one').id, bench.add(2, 'sample/two').id];
    bench.queue.start();
    for (const id of ids) await bench.reaches(id, 'completed');
    await bench.queue.close();
    expect(came(bench)).toEqual([size]);
  });
});

describe('a meter of it', () => {
  const run = {
    models: () => [{ chatId: 1 }],
    received: () => bytes,
    live: () => ({ snapshot: () => ({ phase }) }),
  } as never;
  let bytes = 0;
  let phase = 'receiving';
  const openMeter = () => {
    bytes = 0;
    phase = 'receiving';
    const { store, clock, raw } = openBench();
    const meter = createTrafficMeter({ store, copies: { bytesReceived: () => bytes }, clock, log });
    return { store, clock, raw, meter };
  };

  it('keeps what the database does not take, and writes it down later', () => {
    const { store, clock, raw, meter } = openMeter();
    bytes = 70;
    raw.exec('ALTER TABLE traffic RENAME TO gone');
    clock.move(5000);
    meter.sample([run]);
    raw.exec('ALTER TABLE gone RENAME TO traffic');
    expect(came({ store, clock })).toEqual([]);
    bytes = 100;
    clock.move(5000);
    meter.sample([run]);
    meter.save();
    expect([came({ store, clock }), came({ store, clock }, 1)]).toEqual([[100], [100]]);
  });

  it('forgets what it wrote for a time to come, after the clock was set back, and shows none of it', () => {
    const { store, clock, meter } = openMeter();
    bytes = 40;
    clock.move(3_600_000);
    meter.save();
    clock.turn(-3_600_000);
    expect(came({ store, clock })).toEqual([]);
    bytes = 50;
    meter.save();
    clock.turn(3_600_000);
    expect(came({ store, clock })).toEqual([10]);
  });

  it('tells how fast it came in the last seconds, as long as something is received', () => {
    const { clock, meter } = openMeter();
    for (let second = 0; second <= 20; second += 1) {
      bytes = second * 2_000_000;
      meter.sample([run]);
      clock.pass(1000);
    }
    expect(meter.bytesPerSecond([run])).toBeGreaterThan(1_800_000);
    expect(meter.bytesPerSecond([])).toBe(0);
    phase = 'verifying';
    expect(meter.bytesPerSecond([run])).toBe(0);
    phase = 'receiving';
    clock.pass(60_000);
    meter.sample([run]);
    clock.pass(1000);
    expect(meter.bytesPerSecond([run])).toBe(0);
  });
});
