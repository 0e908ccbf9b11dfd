import { describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { count, createLane, createLending } from '../../src/transfer/engine/lane.ts';

const setUp = (jobsOfEngine: number) => {
  const lane = createLane(16, 16);
  for (let at = 0; at < jobsOfEngine; at += 1) count(lane, {}, 1);
  const heard = { woken: 0, told: 0, isStopped: false };
  const lending = createLending({
    lane,
    clock,
    isStopped: () => heard.isStopped,
    wake: () => (heard.woken += 1),
  });
  lending.small.whenFree(() => (heard.told += 1));
  return { lane, heard, lending };
};

const use = (times: number, work: () => void): void => {
  for (let at = 0; at < times; at += 1) work();
};

describe('connections for small files that are lent', () => {
  it('are none without a job, and all where nobody else has one', () => {
    const { lending, lane } = setUp(0);
    expect(lending.small.free()).toBe(0);
    lending.small.sharedBy(1);
    expect(lending.small.free()).toBe(16);
    use(16, lending.small.began);
    expect([lending.small.free(), lane.busy]).toEqual([0, 16]);
  });

  it.each([
    [1, 1, 8],
    [1, 3, 4],
    [3, 1, 12],
    [1, 31, 1],
    [2, 1, 10],
  ])('are shared evenly: of %i jobs beside %i of the engine, %i', (jobs, ofEngine, share) => {
    const { lending } = setUp(ofEngine);
    lending.small.sharedBy(jobs);
    expect([lending.small.free(), lending.kept()]).toEqual([share, share]);
    lending.small.began();
    expect([lending.small.free(), lending.kept()]).toEqual([share - 1, share - 1]);
    use(share, lending.small.began);
    expect(lending.kept()).toBe(0);
  });

  it('are no more than are free, whoever has the others', () => {
    const { lending, lane } = setUp(1);
    lending.small.sharedBy(1);
    lane.busy = 13;
    expect([lending.small.free(), lending.kept()]).toEqual([3, 8]);
  });

  it('become more with each file that comes, and are given back', () => {
    const { lending, lane, heard } = setUp(1);
    lane.limit = 8;
    lending.small.sharedBy(1);
    use(2, lending.small.began);
    const { woken } = heard;
    lending.small.ended(true);
    expect([lane.limit, lane.busy, heard.woken]).toEqual([9, 1, woken + 1]);
    lending.small.ended(false);
    expect([lane.limit, lane.busy]).toEqual([9, 0]);
  });

  it('are told of only where somebody wants them, and are none when nothing is begun any more', () => {
    const { lending, heard } = setUp(0);
    lending.tell();
    expect(heard.told).toBe(0);
    lending.small.sharedBy(1);
    lending.tell();
    expect(heard.told).toBe(1);
    heard.isStopped = true;
    expect(lending.small.free()).toBe(0);
  });
});
