import { expect, it } from 'vitest';
import { LAYOUTS, runOrder } from './orders/run.ts';

/** Thousands, with seeds of chance: see bench/orders.ts. */
const ORDERS_EACH = 12;

it.each(LAYOUTS.map((layout, at) => ({ layout, from: 1 + at * 1000 })))(
  'in whatever order copies are asked for, stopped, removed and cut off, the disk holds what the rows say: $layout.name',
  async ({ layout, from }) => {
    for (let seed = from; seed < from + ORDERS_EACH; seed += 1) {
      const steps = await runOrder(seed, layout);
      expect(steps.at(-1)).toBe('at the end everything is removed');
    }
  },
);
