import { describe, expect, it } from 'vitest';
import { type DiskLevel, othersPerMs } from '../../src/domain/watching/disk-trend.ts';
import { nextTrouble, type Trouble, type TroubleLook } from '../../src/domain/watching/trouble.ts';

const RULE = { tellAfterMs: 1000, overAfterMs: 500 };

/** What is said at each look. */
const sayings = (looks: readonly (readonly [TroubleLook, number])[], rule = RULE): (string | undefined)[] => {
  let trouble: Trouble | undefined;
  return looks.map(([look, passedMs]) => {
    const step = nextTrouble(trouble, look, passedMs, rule);
    ({ trouble } = step);
    return step.says;
  });
};

const NONE = undefined;

describe('a cause that owners are told of', () => {
  it('is told once, when it has lasted long enough, to the edge', () => {
    const looks = [
      ['there', 400],
      ['there', 999],
      ['there', 1],
      ['there', 5000],
    ] as const;
    expect(sayings(looks)).toEqual([NONE, NONE, 'begun', NONE]);
  });

  it('that goes before it was told begins anew; a look that says nothing of it neither counts nor ends it', () => {
    const looks = [
      ['there', 0],
      ['there', 600],
      ['unclear', 9000],
      ['there', 300],
      ['well', 1],
      ['there', 5000],
      ['there', 999],
      ['there', 1],
    ] as const;
    expect(sayings(looks)).toEqual([NONE, NONE, NONE, NONE, NONE, NONE, NONE, 'begun']);
  });

  it('is over when it was well for long enough, and only then it can be told again', () => {
    const looks = [
      ['there', 0],
      ['there', 1000],
      ['well', 499],
      ['there', 2000],
      ['well', 499],
      ['unclear', 9000],
      ['well', 1],
      ['well', 9000],
      ['there', 1000],
      ['there', 1000],
    ] as const;
    expect(sayings(looks)).toEqual([NONE, 'begun', NONE, NONE, NONE, NONE, 'over', NONE, NONE, 'begun']);
  });

  it('may be over at once', () => {
    const looks = [
      ['there', 0],
      ['there', 1000],
      ['well', 0],
    ] as const;
    expect(sayings(looks, { ...RULE, overAfterMs: 0 })).toEqual([NONE, 'begun', 'over']);
  });
});

describe('how fast others fill a disk', () => {
  const HOUR = 3_600_000;
  const levels = (...free: readonly number[]): DiskLevel[] =>
    free.map((freeBytes, at) => ({ at: at * HOUR, freeBytes, ownBytes: 0 }));

  it('is what goes steadily, over three hours at least', () => {
    expect(othersPerMs(levels(900, 800, 700, 600)) * HOUR).toBeCloseTo(100);
    expect(othersPerMs(levels(900, 800, 700))).toBe(0);
    expect(othersPerMs([])).toBe(0);
  });

  it('is not what was copied once, nor what becomes free', () => {
    expect(othersPerMs(levels(900, 400, 400, 400))).toBe(0);
    expect(othersPerMs(levels(900, 900, 900, 400))).toBe(0);
    expect(othersPerMs(levels(100, 200, 300, 400))).toBe(0);
  });

  it('is not what we have written there ourselves', () => {
    const own = levels(900, 800, 700, 600).map((level, at) => ({ ...level, ownBytes: at * 100 }));
    expect(othersPerMs(own)).toBe(0);
    const half = levels(900, 800, 700, 600).map((level, at) => ({ ...level, ownBytes: at * 50 }));
    expect(othersPerMs(half) * HOUR).toBeCloseTo(50);
  });
});
