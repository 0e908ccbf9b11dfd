import { describe, expect, it } from 'vitest';
import type { ActivityFilter } from '../../src/domain/activity/filter.ts';
import type { ActivityQuery } from '../../src/store/people/activity-lists.ts';
import { plansOf } from './plans.ts';
import { type Bench, CHAT, GROUP, openBench } from './setup.ts';

const QUERY: ActivityQuery = { filter: {}, since: '', direction: 'older', from: undefined, look: 100, most: 10 };

const slice = ({ store }: Bench, query: Partial<ActivityQuery>) => store.activity.sliceOf({ ...QUERY, ...query });

const ids = (bench: Bench, query: Partial<ActivityQuery>): number[] => slice(bench, query).found.map(({ id }) => id);

describe('lines of the activity log', () => {
  it('come newest first by when they were, whenever they were written', () => {
    const bench = openBench();
    const { store, clock } = bench;
    for (const seconds of [30, 10, 20, 20])
      store.activity.noteActivity({
        userId: 1,
        chatId: CHAT,
        action: 'add',
        metadata: null,
        at: clock.iso(seconds * 1000),
      });
    expect(ids(bench, {})).toEqual([1, 4, 3, 2]);
    expect(ids(bench, { direction: 'newer' })).toEqual([2, 3, 4, 1]);
    expect(ids(bench, { from: store.activity.cursorOf(4) })).toEqual([3, 2]);
    expect(ids(bench, { from: store.activity.cursorOf(3), direction: 'newer' })).toEqual([4, 1]);
    expect(ids(bench, { since: clock.iso(20_000) })).toEqual([1, 4, 3]);
    expect(store.activity.cursorOf(9)).toBeUndefined();
  });

  it('fit all that is asked for, and a step ends after so many that were looked at', () => {
    const bench = openBench();
    const note = (userId: number, action: string, result: 'done' | 'refused'): void =>
      bench.store.activity.noteActivity({ userId, chatId: CHAT, action, metadata: null, result });
    note(1, 'rare', 'done');
    for (let at = 0; at < 10; at += 1) note(1, 'add', at % 2 ? 'done' : 'refused');
    note(2, 'rare', 'done');
    expect(ids(bench, { filter: { userId: 1, action: 'rare' } })).toEqual([1]);
    expect(ids(bench, { filter: { userId: 1, action: 'add', result: 'refused' } })).toEqual([10, 8, 6, 4, 2]);
    const first = slice(bench, { filter: { userId: 1, action: 'rare' }, look: 4 });
    expect(first).toMatchObject({ found: [], end: { id: 8 } });
    const second = slice(bench, { filter: { userId: 1, action: 'rare' }, look: 4, from: first.end });
    expect(second).toMatchObject({ found: [], end: { id: 4 } });
    const third = slice(bench, { filter: { userId: 1, action: 'rare' }, look: 4, from: second.end });
    expect(third.found.map(({ id }) => id)).toEqual([1]);
    expect(third.end).toBeUndefined();
  });

  it('of a removal are the asking and what was done then, in the order in which they were', () => {
    const bench = openBench();
    const note = (userId: number, action: string): void =>
      bench.store.activity.noteActivity({ userId, chatId: CHAT, action, metadata: null });
    for (const action of ['remove', 'add', 'erase', 'remove', 'forget', 'eraseAll']) note(1, action);
    note(2, 'erase');
    const filter = { action: 'remove' };
    expect(ids(bench, { filter })).toEqual([7, 6, 5, 4, 3, 1]);
    expect(ids(bench, { filter, direction: 'newer', most: 3 })).toEqual([1, 3, 4]);
    expect(ids(bench, { filter: { userId: 1, ...filter } })).toEqual([6, 5, 4, 3, 1]);
    expect(ids(bench, { filter: { action: 'erase' } })).toEqual([7, 3]);
    const first = slice(bench, { filter: { ...filter, result: 'done' }, look: 4, most: 9 });
    expect(first).toMatchObject({ end: { id: 4 } });
    expect(first.found.map(({ id }) => id)).toEqual([7, 6, 5, 4]);
    const second = slice(bench, { filter: { ...filter, result: 'done' }, look: 4, most: 9, from: first.end });
    expect(second.found.map(({ id }) => id)).toEqual([3, 1]);
    expect(second.end).toBeUndefined();
  });

  it.each<[string, string, ActivityFilter]>([
    ['nothing', 'created', {}],
    ['a person', 'user', { userId: 1 }],
    ['a chat', 'chat', { chatId: CHAT }],
    ['an action', 'action', { action: 'add' }],
    ['what was refused', 'result', { result: 'refused' }],
    ['what was done', 'created', { result: 'done' }],
    ['a person and an action', 'user', { userId: 1, action: 'add' }],
    ['all of them', 'user', { userId: 1, chatId: CHAT, action: 'add', result: 'failed' }],
  ])('by %s: read by the index of %s, in its order, in both directions', (_, index, filter) => {
    const bench = openBench();
    const plans = plansOf(bench, ({ activity }) => {
      for (const direction of ['older', 'newer'] as const)
        activity.sliceOf({ ...QUERY, filter, direction, from: { id: 5, createdAt: bench.clock.iso() } });
    });
    const read = plans.filter((step) => step.includes('activity_log'));
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((step) => !step.includes(`USING INDEX idx_activity_${index} (`))).toEqual([]);
    // Of those that were looked at, those that fit are put in order: a few.
    const sorted = plans.filter((step) => /TEMP B-TREE/.test(step));
    expect(sorted.length).toBeLessThanOrEqual(Object.keys(filter).length > 1 ? 2 : 0);
  });

  it('are filtered by a group also when it has become another', () => {
    const bench = openBench();
    const { activityViews } = bench.store.activity;
    const view = activityViews.keep(CHAT, { chatId: GROUP, action: 'add' });
    expect(activityViews.keep(CHAT, { action: 'add', chatId: GROUP })).toBe(view);
    bench.store.chats.migrateChat(GROUP, GROUP - 1);
    expect(activityViews.read(CHAT, view)).toEqual({ chatId: GROUP - 1, action: 'add' });
    expect(activityViews.read(GROUP, view)).toBeUndefined();
  });
});
