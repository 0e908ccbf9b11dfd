import { beforeEach, describe, expect, it, vi } from 'vitest';
import { estimateStarts } from '../../src/queue/estimates.ts';
import { type OrderMove, reorder, setPriority, startOrderOf } from '../../src/queue/reorder.ts';
import type { Store } from '../../src/store/store.ts';
import { openLibrary } from '../library/setup.ts';

let store: Store;
beforeEach(() => {
  store = openLibrary();
});

const add = (name: string, chatId = 1, more: { readonly priority?: 'high' | 'low' } = {}): number =>
  store.models.createModel({ chatId, name, ...more }).id;

const order = (chatId = 1): number[] =>
  store.models
    .waiting()
    .filter((model) => model.chatId === chatId)
    .map(({ id }) => id);

const move = (id: number, to: OrderMove): boolean => reorder(store, id, to);
const hold = (id: number, statusReason: 'schedule' | 'interrupted'): void => {
  store.models.updateModelDetails(id, { statusReason, scheduled: statusReason === 'schedule' });
};

describe('a place in the queue', () => {
  it('is changed by first, up and down, and not beyond its ends', () => {
    const [a, b, c] = [add('a'), add('b'), add('c')];
    expect(move(c, 'first')).toBe(true);
    expect(order()).toEqual([c, a, b]);
    expect(move(c, 'first')).toBe(false);
    expect(move(c, 'up')).toBe(false);
    expect(move(c, 'down')).toBe(true);
    expect(order()).toEqual([a, c, b]);
    expect(move(b, 'up')).toBe(true);
    expect(order()).toEqual([a, b, c]);
    expect(move(c, 'down')).toBe(false);
    expect(move(99, 'up')).toBe(false);
  });

  it('among those of which the smallest comes first leaves the others as they stood, from then on by hand', () => {
    const sized = (name: string, sizeBytes: number): number =>
      store.models.createModel({ chatId: 1, name, sizeBytes }).id;
    const [large, small, middle] = [sized('large', 300), sized('small', 100), sized('middle', 200)];
    store.chats.setStartOrder(1, 'smallest');
    expect(order()).toEqual([small, middle, large]);
    expect(move(small, 'up')).toBe(false);
    expect(startOrderOf(store, 1)).toBe('smallest');
    expect(move(large, 'first')).toBe(true);
    expect(order()).toEqual([large, small, middle]);
    expect(startOrderOf(store, 1)).toBe('added');
    const last = sized('last', 1);
    expect(order()).toEqual([large, small, middle, last]);
  });

  it('that cannot be had leaves the smallest first', () => {
    const [a, b] = [add('a'), add('b')];
    store.chats.setStartOrder(1, 'smallest');
    hold(a, 'interrupted');
    expect(order()).toEqual([a, b]);
    expect(move(b, 'first')).toBe(false);
    expect(startOrderOf(store, 1)).toBe('smallest');
  });

  it('is written to those alone that are passed, however many wait', () => {
    const ids = Array.from({ length: 20 }, (_, index) => add(`m${index}`));
    const [ninth, tenth] = [ids[9] as number, ids[10] as number];
    const versions = () => new Map(ids.map((id) => [id, store.models.getModel(id)?.updatedAt]));
    const changedBy = (to: OrderMove): number[] => {
      const before = versions();
      expect(move(tenth, to)).toBe(true);
      return ids.filter((id) => store.models.getModel(id)?.updatedAt !== before.get(id));
    };
    expect(changedBy('up')).toEqual([ninth, tenth]);
    expect(changedBy('down')).toEqual([ninth, tenth]);
    expect(order()).toEqual(ids);
    expect(changedBy('first')).toEqual(ids.slice(0, 11));
  });

  it('of what does not wait cannot be changed', () => {
    const [a, b] = [add('a'), add('b')];
    store.models.moveModel(b, 'pending', 'paused');
    const read = vi.spyOn(store.models, 'waiting');
    expect(move(b, 'first')).toBe(false);
    expect(read).not.toHaveBeenCalled();
    expect(order()).toEqual([a]);
  });

  it('takes the priority of the one it passes', () => {
    const [low, high] = [add('low', 1, { priority: 'low' }), add('high', 1, { priority: 'high' })];
    expect(order()).toEqual([high, low]);
    expect(move(low, 'up')).toBe(true);
    expect(order()).toEqual([low, high]);
    expect(store.models.getModel(low)?.priority).toBe('high');
    expect(move(low, 'down')).toBe(true);
    expect(order()).toEqual([high, low]);
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
    expect(order()).toEqual([c, a, b]);
    expect(times([a, b, c])).toEqual(before);
    expect(order(2)).toEqual([other]);
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
    expect(order()).toEqual([high, later]);
  });
});

it('a priority is changed once', () => {
  const id = add('a');
  expect([setPriority(store, id, 'high'), setPriority(store, id, 'high')]).toEqual([true, false]);
  expect(setPriority(store, 99, 'high')).toBe(false);
});

describe('when a model will start', () => {
  interface Running {
    readonly bytes: number;
    readonly perSecond?: number;
    readonly chat?: number;
  }
  const flow = ({ bytes, perSecond, chat }: Running) => ({
    remainingBytes: bytes,
    bytesPerSecond: perSecond,
    scheduledFor: chat === undefined ? [] : [chat],
  });
  interface Ahead {
    readonly bytes: number;
    readonly chat?: number;
  }
  const starts = (
    running: readonly Running[],
    waiting: readonly Ahead[],
    total: number,
    ofChat: Readonly<Record<number, number>> = {},
  ) =>
    estimateStarts(
      running.map(flow),
      waiting.map(({ bytes, chat }) => ({ bytes, scheduledFor: chat })),
      { total, ofChat: (chat) => ofChat[chat] ?? 1 },
    );

  it('cannot be said while nothing moves', () => {
    expect(starts([{ bytes: 100 }], [{ bytes: 1 }], 1)).toEqual([undefined]);
    expect(starts([{ bytes: 100, perSecond: 0 }], [{ bytes: 1 }], 1)).toEqual([undefined]);
    expect(starts([{ bytes: 100 }, { bytes: 100, perSecond: 10 }], [{ bytes: 1 }, { bytes: 1 }], 2)).toEqual([
      10_000, 10_100,
    ]);
  });

  it('is when what is ahead has come', () => {
    expect(starts([{ bytes: 100, perSecond: 10 }], [{ bytes: 50 }, { bytes: 1 }], 1)).toEqual([10_000, 15_000]);
  });

  it('is never earlier than the first end that frees a place', () => {
    const running = [
      { bytes: 1000, perSecond: 10 },
      { bytes: 100, perSecond: 10 },
    ];
    expect(starts(running, [{ bytes: 200 }, { bytes: 1 }], 2)).toEqual([10_000, 30_000]);
    expect(starts([...running, { bytes: 1, perSecond: 10 }], [{ bytes: 1 }], 2)).toEqual([10_000]);
  });

  it('is now if a place is free, and then those that run become slower', () => {
    expect(starts([{ bytes: 100, perSecond: 10 }], [{ bytes: 100 }, { bytes: 1 }], 2)).toEqual([0, 20_000]);
    expect(starts([], [{ bytes: 1 }, { bytes: 1 }], 1)).toEqual([0, undefined]);
  });

  it('waits for a place in its schedule, and leaves the others to those behind it', () => {
    const running = [{ bytes: 100, perSecond: 10, chat: 1 }];
    const waiting = [{ bytes: 100, chat: 1 }, { bytes: 1, chat: 1 }, { bytes: 1 }];
    expect(starts(running, waiting, 2)).toEqual([20_000, 40_000, 0]);
    expect(starts(running, waiting.slice(0, 1), 2, { 1: 2 })).toEqual([0]);
    expect(starts(running, waiting.slice(0, 1), 2, { 1: 0 })).toEqual([undefined]);
  });
});
