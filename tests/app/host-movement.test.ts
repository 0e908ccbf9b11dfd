import { expect, it } from 'vitest';
import { createHostMovement } from '../../src/app/hosting/movement.ts';
import type { RunTold } from '../../src/hosts/serving/serve.ts';
import { createTestClock } from '../helpers/clock.ts';

const SECOND = 1000;

it('a host whose runs stand still is found out: by what should come alone, and not by what it has slept', () => {
  const clock = createTestClock();
  let runs: RunTold[] = [];
  const movement = createHostMovement(() => runs, clock);
  const passes = (seconds: number): number | undefined => {
    for (let second = 0; second < seconds; second += 1) {
      clock.pass(SECOND);
      movement.look();
    }
    return movement.stillMs();
  };
  const copy = {
    kind: 'copy',
    what: 'org/one',
    bytesDone: 1,
    bytesTotal: 9,
    isReceiving: true,
    isAwaited: true,
  } as const;
  expect(passes(60)).toBeUndefined();
  runs = [copy];
  expect(passes(61)).toBe(60 * SECOND);
  runs = [{ ...copy, bytesDone: 2 }];
  expect(passes(11)).toBe(10 * SECOND);
  // Another one that reads its disk says nothing of this one.
  runs.push({ ...copy, kind: 'verify', isReceiving: false, isAwaited: false });
  expect(passes(10)).toBe(20 * SECOND);
  // The machine slept.
  clock.pass(3600 * SECOND);
  movement.look();
  expect(movement.stillMs()).toBe(0);
  runs = [{ ...copy, bytesDone: 2, isAwaited: false }];
  expect(passes(60)).toBeUndefined();
});
