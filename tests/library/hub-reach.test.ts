import { expect, it } from 'vitest';
import { createHubReach } from '../../src/library/watching/hub-reach.ts';
import { createLog } from '../../src/log/log.ts';
import { createTestClock } from '../helpers/clock.ts';

it('is silent from the second unanswered question on, since the first, until one is answered', () => {
  const clock = createTestClock();
  const lines: { readonly level: string; readonly msg: string }[] = [];
  const log = createLog({ level: 'info', readable: false, write: (line) => void lines.push(JSON.parse(line)) });
  const { heard, silentSince } = createHubReach({ clock, log });
  const start = clock.now();
  heard(false);
  expect(silentSince()).toBeUndefined();
  heard(true);
  clock.pass(1000);
  for (const _ of [1, 2, 3]) {
    heard(false);
    clock.pass(1000);
  }
  expect(silentSince()).toBe(start + 1000);
  expect(lines.map(({ level }) => level)).toEqual(['warn']);
  heard(true);
  expect(silentSince()).toBeUndefined();
  heard(true);
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ['warn', 'The Hub does not answer: what needs it is tried again'],
    ['info', 'The Hub answers again'],
  ]);
});
