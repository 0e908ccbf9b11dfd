import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { fullScans, plansOf } from './plans.ts';
import { failure, openBench } from './setup.ts';

const BOB = 2;
const LAB = -50;

describe('the plans', () => {
  it.each<[string, (quotas: Store['quotas']) => unknown]>([
    ['what a person has', (quotas) => quotas.usedBy(BOB, '2026-11-21T12:00:00.000Z')],
    ['what a group has', (quotas) => quotas.usedBy(LAB, '2026-11-21T12:00:00.000Z')],
    ['who waits', (quotas) => quotas.holdersWaiting()],
    ['what is held back', (quotas) => quotas.heldBack([{ holderId: BOB, bytes: 1, running: 1 }])],
    ['what a model would take', (quotas) => quotas.wantsMore(1)],
    ['what was added', (quotas) => [BOB, LAB].map((holder) => quotas.nthNewestAddOf(holder, 5))],
    ['what is looked up', (quotas) => [BOB, LAB].map((holder) => quotas.lookUpsFor(holder))],
  ])('of %s use indexes throughout', (_, work) => {
    const bench = openBench();
    const plans = plansOf(bench, ({ quotas }) => work(quotas));
    expect(plans.length).toBeGreaterThan(0);
    expect(fullScans(bench, plans).filter((step) => !/SCAN (?:rooms|json_each)/.test(step))).toEqual([]);
  });

  it('of the newest that was added sort nothing', () => {
    const plans = plansOf(openBench(), ({ quotas }) => [BOB, LAB].map((holder) => quotas.nthNewestAddOf(holder, 5)));
    expect(plans.filter((step) => step.includes('ORDER BY'))).toEqual([]);
  });
});

describe('a sum', () => {
  it('is counted anew when something was written', () => {
    const { store, add } = openBench();
    expect(store.quotas.countModelsOf(BOB)).toBe(0);
    expect(store.quotas.countModelsOf(BOB)).toBe(0);
    add('a/a', { chatId: BOB, requestedBy: BOB });
    expect(store.quotas.countModelsOf(BOB)).toBe(1);
    expect(store.quotas.countModelsOf(LAB)).toBe(0);
  });
});

describe('a word', () => {
  it('is no number below zero, and of nothing else than what there are quotas of', () => {
    const { store, raw } = openBench();
    expect(failure(() => store.quotas.setQuota(BOB, 'models', -1)).code).toBe('constraint');
    expect(() => raw.exec("INSERT INTO quotas (holder_id, quota, amount) VALUES (2, 'speed', 1)")).toThrow(
      'quota_is_known',
    );
  });
});
