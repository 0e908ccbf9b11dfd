import { expect, it } from 'vitest';
import { backoffMs } from '../../src/lib/backoff.ts';

it('pauses grow from the first to the longest, and stay there however many there are', () => {
  const doubled = [0, 1, 2, 3, 10, 5000].map((nth) => backoffMs(nth, { firstMs: 300, mostMs: 1000 }));
  expect(doubled).toEqual([300, 600, 1000, 1000, 1000, 1000]);
  const tripled = [0, 1, 2, 3, 5000].map((nth) => backoffMs(nth, { firstMs: 1000, mostMs: 20_000, factor: 3 }));
  expect(tripled).toEqual([1000, 3000, 9000, 20_000, 20_000]);
});
