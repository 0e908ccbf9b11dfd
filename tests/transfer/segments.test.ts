import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../src/domain/listing.ts';
import { lengthOf, merged } from '../../src/transfer/files/ranges.ts';
import { createSegments, type Segment } from '../../src/transfer/engine/segments.ts';
import { createDice } from '../helpers/dice.ts';

const MIB = 1024 * 1024;

/** Connections that take, bring, fail, give way and end in a random order, until the file is there. */
const play = (seed: number): { size: number; fetched: ByteRange[]; complete: boolean } => {
  const dice = createDice(seed);
  const size = 1 + dice(40 * MIB);
  const list = createSegments(size);
  const fetched: ByteRange[] = [];
  const running: Segment[] = [];
  let now = 0;

  const bring = (segment: Segment): void => {
    if (dice(20) === 0) {
      // The connection breaks: what it has not written is somebody else's.
      running.splice(running.indexOf(segment), 1);
      list.ended(segment);
      return;
    }
    const bytes = Math.min(1 + dice(131_072), segment.end - segment.position);
    fetched.push({ start: segment.position, end: segment.position + bytes });
    segment.position += bytes;
  };

  list.resume([]);
  for (let step = 0; step < 100_000 && !list.isComplete(); step += 1) {
    now += dice(400);
    if (running.length < 6 && dice(3) === 0) {
      const segment = list.take(dice(2) === 0, now);
      if (segment) running.push(segment);
    }
    if (dice(25) === 0) list.giveUpOne(now);
    const segment = running[dice(running.length)];
    if (!segment) continue;
    if (segment.position < segment.end) bring(segment);
    else {
      running.splice(running.indexOf(segment), 1);
      list.ended(segment);
    }
  }
  return { size, fetched, complete: list.isComplete() };
};

describe('the segments of a file', () => {
  it('has every byte fetched exactly once, in whatever order connections take, give way, break and end', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const { size, fetched, complete } = play(seed);
      expect(complete, `seed ${seed}`).toBe(true);
      expect(merged(fetched), `seed ${seed}`).toEqual([{ start: 0, end: size }]);
      expect(lengthOf(fetched), `seed ${seed}`).toBe(size);
    }
  });

  it('gives nothing of what is there from before', () => {
    const list = createSegments(10 * MIB);
    list.resume([
      { start: 0, end: 4 * MIB },
      { start: 5 * MIB, end: 10 * MIB },
    ]);
    expect(list.writtenBytes()).toBe(9 * MIB);
    expect(list.frontier()).toBe(4 * MIB);
    expect(list.take(false, 0)).toMatchObject({ start: 4 * MIB, end: 5 * MIB });
    expect(list.take(false, 0)).toBeUndefined();
    expect(list.isComplete()).toBe(false);
  });

  it('of an empty file is complete at once', () => {
    const list = createSegments(0);
    list.resume([]);
    expect(list.isComplete()).toBe(true);
    expect(list.take(true, 0)).toBeUndefined();
  });

  it('takes half of what the slowest connection has left, only if that is worth it', () => {
    const list = createSegments(4 * MIB);
    list.resume([]);
    const slow = list.take(false, 0);
    const fast = list.take(false, 800);
    if (!slow || !fast) throw new Error('two parts were expected');
    slow.position += 65_536;
    fast.position += MIB;
    expect(list.take(false, 1000)).toBeUndefined();
    const half = list.take(true, 1000);
    expect(half?.start).toBe(slow.end);
    expect(half?.end).toBe(2 * MIB);
    // What the fast one has left is there before anybody else could bring it.
    slow.position = slow.end;
    if (half) half.position = half.end;
    expect(list.take(true, 1000)).toBeUndefined();
  });

  it('is one range that nobody shares once the server is known to send whole files only', () => {
    const list = createSegments(100 * MIB);
    list.resume([{ start: 0, end: MIB }]);
    list.makeWhole();
    list.reset();
    expect(list.take(false, 0)).toMatchObject({ start: 0, end: 100 * MIB });
    expect(list.take(true, 1_000_000)).toBeUndefined();
  });

  it('counts no byte twice while connections write', () => {
    const list = createSegments(6 * MIB);
    list.resume([]);
    const [first, second] = [list.take(false, 0), list.take(false, 0)];
    if (!first || !second) throw new Error('two parts were expected');
    second.position += 100;
    expect(list.writtenBytes()).toBe(100);
    expect(list.frontier()).toBe(0);
    first.position = first.end;
    expect(list.frontier()).toBe(first.end + 100);
    list.ended(first);
    expect(list.written()).toEqual([{ start: 0, end: first.end + 100 }]);
    expect(list.running()).toBe(1);
  });

  it('has a connection that is wanted elsewhere bring the next half megabyte and no more', () => {
    const list = createSegments(40 * MIB);
    list.resume([]);
    const [short, long] = [list.take(false, 0, 2 * MIB), list.take(false, 0, 30 * MIB)];
    if (!short || !long) throw new Error('nothing to take');
    short.position += MIB;
    long.position += MIB;
    expect(list.giveUpOne(1000)).toBe(long);
    expect(long.end).toBe(3 * MIB + MIB / 2);
    expect(list.leftBytes()).toBe(36.5 * MIB);
    // One that ends soon by itself is left alone.
    expect(short.end).toBe(2 * MIB);
    expect(list.giveUpOne(1001)).toBe(short);
    expect(list.giveUpOne(1002)).toBeUndefined();
  });

  it('gives nothing of what its connection brings soon, and says at the end that this was known', () => {
    const list = createSegments(4 * MIB);
    list.resume([]);
    const [one, other] = [list.take(false, 0), list.take(false, 0)];
    if (!one || !other) throw new Error('two parts were expected');
    expect([list.leave(one), list.leave(one)]).toEqual([true, false]);
    // Both would take long; the one that leaves is not cut.
    expect(list.take(true, 10_000)?.start).toBe(3 * MIB);
    expect(one.end).toBe(2 * MIB);
    expect(list.running()).toBe(3);
    expect([list.ended(one), list.ended(other)]).toEqual([true, false]);
    expect(list.running()).toBe(1);
  });

  it('leaves the rest of what is being fetched when all of it is to stop, but for what is on its way to the disk', () => {
    const list = createSegments(6 * MIB);
    list.resume([]);
    const [one, other] = [list.take(false, 0), list.take(false, 0)];
    if (!one || !other) throw new Error('two parts were expected');
    one.position += 1000;
    other.position += 1000;
    other.handedOver = other.position + 500;
    list.stop();
    expect([one.end, other.end]).toEqual([1000, 2 * MIB + 1500]);
    expect(list.leftBytes()).toBe(6 * MIB - 2500);
    other.position = other.end;
    expect([list.ended(one), list.ended(other)]).toEqual([false, false]);
    expect(list.missing()).toEqual([
      { start: 1000, end: 2 * MIB },
      { start: 2 * MIB + 1500, end: 6 * MIB },
    ]);
  });

  it('has one that was cut short for another leave', () => {
    const list = createSegments(8 * MIB);
    list.resume([]);
    const only = list.take(false, 0, 8 * MIB);
    if (!only) throw new Error('nothing to take');
    expect(list.giveUpOne(1000)).toBe(only);
    expect(list.leave(only)).toBe(false);
    expect(list.ended(only)).toBe(true);
  });
});
