import { expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { fullScans, plansOf } from './plans.ts';
import { CHAT, openBench } from './setup.ts';

const DAYS = { since: '2026-01-01T00:00:00.000Z', shiftMinutes: 0 };

it.each<[string, (store: Store) => unknown]>([
  ['clean-ups that are announced', ({ cleanups }) => cleanups.announcedCleanups()],
  ['whether they were announced', ({ cleanups }) => cleanups.noteAnnounced()],
  ['removals whose messages are to be drawn', ({ removedModels }) => removedModels.removedToDraw()],
  ['bytes by day', ({ storage }) => storage.dailyBytes(DAYS)],
  ['bytes of a chat by day', ({ storage }) => storage.dailyBytes(DAYS, CHAT)],
])('%s: nothing that grows for years is read whole for them', (_, work) => {
  const bench = openBench();
  const plans = plansOf(bench, work);
  expect(plans.length).toBeGreaterThan(0);
  expect(fullScans(bench, plans)).toEqual([]);
});
