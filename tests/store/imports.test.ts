import { expect, it } from 'vitest';
import { fullScans, plansOf } from './plans.ts';
import { CHAT, openBench } from './setup.ts';

it('no question about imports reads a whole table', () => {
  const bench = openBench();
  const plans = plansOf(bench, ({ imports }) => {
    imports.getImport(1);
    imports.latestImport(CHAT);
    imports.bringing();
    imports.importsToDraw();
    imports.tallyLines(1);
    imports.listLines(1, 'new', 'planned', { limit: 6 });
    imports.countOpen(1);
    imports.answeredLines(1, 6);
    imports.planFailed(1);
  });
  expect(plans.length).toBeGreaterThan(8);
  expect(fullScans(bench, plans)).toEqual([]);
});
