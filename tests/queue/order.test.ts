import { beforeEach, describe, expect, it } from 'vitest';
import { estimateStarts, type Flow, type LineMove, moveInLine, setPriority } from '../../src/queue/line-control.ts';
import type { Store } from '../../src/store/store.ts';
import { openLibrary } from '../library/setup.ts';

let store: Store;
beforeEach(() => {
  store = openLibrary();
});

const add = (name: string, chatId = 1, more: { readonly priority?: 'high' | 'low' } = {}): number =>
  store.models.createModel({ chatId, name, ...more }).id;

const line = (chatId = 1): number[] =>
  store.models
    .waiting()
    .filter((model) => model.chatId === chatId)
    .map(({ id }) => id);

const move = (id: number, to: LineMove): boolean => moveInLine(store, id, to);
const hold = (id: number, statusReason: 'schedule' | 'interrupted'): void => {
  store.models.updateModelDetails(id, { statusReason, scheduled: statusReason === 'schedule' });
};

describe('a place in line', () => {
  it('is changed by first, up and down, and not beyond its ends', () => {
    const [a, b, c] = [add('a'), add('b'), add('c')];
    expect(move(c, 'first')).toBe(true);
    expect(line()).toEqual([c, a, b]);
    expect(move(c, 'first')).toBe(false);
    expect(move(c, 'up')).toBe(false);
    expect(move(c, 'down')).toBe(true);
    expect(line()).toEqual([a, c, b]);
    expect(move(b, 'up')).toBe(true);
    expect(line()).toEqual([a, b, c]);
    expect(move(c, 'down')).toBe(false);
    expect(move(99, 'up')).toBe(false);
  });

  it('of what does not wait cannot be changed', () => {
    const [a, b] = [add('a'), add('b')];
    store.models.moveModel(b, 'pending', 'paused');
    expect(move(b, 'first')).toBe(false);
    expect(line()).toEqual([a]);
  });

  it('takes the priority of the one it passes', () => {
    const [low, high] = [add('low', 1, { priority: 'low' }), add('high', 1, { priority: 'high' })];
    expect(line()).toEqual([high, low]);
    expect(move(low, 'up')).toBe(true);
    expect(line()).toEqual([low, high]);
    expect(store.models.getModel(low)?.priority).toBe('high');
    expect(move(low, 'down')).toBe(true);
    expect(line()).toEqual([high, low]);
  });

  it('gives nobody a place before another chat', () => {
    const [a, other, b, c] = [add('a'), add('other', 2), add('b'), add('c')];
    const times = (ids: readonly (number | undefined)[]): string[] =>
      ids.map((id) => store.models.getModel(id ?? 0)?.queuedAt ?? '').toSorted();
    store.models.updateModelDetails(a, { queuedAt: '2026-01-01T00:00:01.000Z' });
    store.models.updateModelDetails(other, { queuedAt: '2026-01-01T00:00:02.000Z' });
    store.models.updateModelDetails(b, { queuedAt: '2026-01-01T00:00:03.000Z' });
    store.models.updateModelDetails(c, { queuedAt: '2026-01-01T00:00:04.000Z' });
    const before = times([a, b, c]);
    expect(move(c, 'first')).toBe(true);
    expect(line()).toEqual([c, a, b]);
    expect(times([a, b, c])).toEqual(before);
    expect(line(2)).toEqual([other]);
  });

  it('is not taken from what was interrupted, and then nothing is changed', () => {
    const [begun, next] = [add('begun'), add('next')];
    hold(begun, 'interrupted');
    const before = store.models.waiting();
    expect(move(next, 'first')).toBe(false);
    expect(store.models.waiting().map(({ id, priority, queuedAt }) => ({ id, priority, queuedAt }))).toEqual(
      before.map(({ id, priority, queuedAt }) => ({ id, priority, queuedAt })),
    );
  });

  it('is not found for what waits for its schedule', () => {
    const [high, later] = [add('high', 1, { priority: 'high' }), add('later')];
    hold(later, 'schedule');
    expect(move(later, 'first')).toBe(false);
    expect(store.models.getModel(later)?.priority).toBe('medium');
    expect(line()).toEqual([high, later]);
  });
});

it('a priority is changed once', () => {
  const id = add('a');
  expect([setPriority(store, id, 'high'), setPriority(store, id, 'high')]).toEqual([true, false]);
  expect(setPriority(store, 99, 'high')).toBe(false);
});

describe('when a model will start', () => {
  const running = (remainingBytes: number, bytesPerSecond: number | undefined) => ({ remainingBytes, bytesPerSecond });

  const startOfNext = (flows: readonly Flow[], ahead: readonly number[], places: number): number | undefined =>
    estimateStarts(flows, [...ahead, 1], places).at(-1);

  it('cannot be said while nothing moves', () => {
    expect(startOfNext([], [], 2)).toBeUndefined();
    expect(startOfNext([running(100, undefined)], [], 1)).toBeUndefined();
    expect(startOfNext([running(100, 0)], [], 1)).toBeUndefined();
  });

  it('is when what is ahead has come', () => {
    expect(startOfNext([running(100, 10)], [], 1)).toBe(10_000);
    expect(startOfNext([running(100, 10)], [50], 1)).toBe(15_000);
  });

  it('is now if a place is free', () => {
    expect(startOfNext([running(100, 10)], [], 2)).toBe(0);
    expect(startOfNext([running(100, 10)], [], 5)).toBe(0);
  });

  it('does not wait for the largest ones, which go on beside it', () => {
    expect(startOfNext([running(1000, 10), running(100, 10)], [], 2)).toBe(5000);
    expect(startOfNext([running(1000, 10), running(100, 10)], [200], 2)).toBe(15_000);
  });
});
