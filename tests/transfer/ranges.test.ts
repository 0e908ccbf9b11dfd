import { describe, expect, it } from 'vitest';
import { lengthOf, merged, missingOf, sane } from '../../src/transfer/files/ranges.ts';
import { createDice } from '../helpers/dice.ts';

describe('ranges', () => {
  it('that touch or overlap become one, and empty ones go', () => {
    const ranges = [
      { start: 5, end: 9 },
      { start: 0, end: 3 },
      { start: 3, end: 4 },
      { start: 8, end: 12 },
      { start: 20, end: 20 },
    ];
    expect(merged(ranges)).toEqual([
      { start: 0, end: 4 },
      { start: 5, end: 12 },
    ]);
  });

  it('inside one another do not shorten the outer one', () => {
    expect(
      merged([
        { start: 0, end: 10 },
        { start: 2, end: 3 },
      ]),
    ).toEqual([{ start: 0, end: 10 }]);
  });

  it('leave gaps only inside the file', () => {
    expect(missingOf(10, [{ start: 2, end: 4 }])).toEqual([
      { start: 0, end: 2 },
      { start: 4, end: 10 },
    ]);
    expect(missingOf(10, [{ start: 0, end: 10 }])).toEqual([]);
    expect(missingOf(0, [])).toEqual([]);
  });

  it('together with their gaps are the whole file, for any ranges', () => {
    const dice = createDice(7);
    for (let round = 0; round < 500; round += 1) {
      const size = dice(200);
      const ranges = Array.from({ length: dice(8) }, () => {
        const start = dice(size + 1);
        return { start, end: start + dice(size - start + 1) };
      });
      const covered = new Uint8Array(size);
      for (const { start, end } of ranges) covered.fill(1, start, end);
      const gaps = missingOf(size, ranges);
      expect(lengthOf(merged(ranges))).toBe(covered.reduce((sum, one) => sum + one, 0));
      expect(lengthOf(gaps) + lengthOf(merged(ranges))).toBe(size);
      expect(merged([...gaps, ...ranges])).toEqual(size > 0 ? [{ start: 0, end: size }] : []);
    }
  });

  it('that are claimed and cannot be are not believed', () => {
    const ranges = [
      { start: -1, end: 5 },
      { start: 0.5, end: 5 },
      { start: 0, end: 11 },
      { start: 0, end: Number.NaN },
      { start: 6, end: 2 },
      { start: 3, end: 5 },
    ];
    expect(sane(10, ranges)).toEqual([{ start: 3, end: 5 }]);
  });
});
