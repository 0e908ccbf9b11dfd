import { describe, expect, it } from 'vitest';
import {
  afterRange,
  afterWhole,
  isHopeless,
  type ServerManner,
  UNKNOWN,
} from '../../src/transfer/engine/server-manner.ts';
import { drawn } from '../helpers/pictures.ts';

const ANSWERS: readonly ((manner: ServerManner) => ServerManner)[] = [
  afterRange,
  (manner) => afterWhole(manner, true),
  (manner) => afterWhole(manner, false),
];

/** Everything that up to five answers may have taught. */
const learnt = (): ServerManner[] => {
  const known = [UNKNOWN];
  let newest = known;
  for (let round = 0; round < 5; round += 1) {
    newest = newest.flatMap((manner) => ANSWERS.map((answer) => answer(manner)));
    known.push(...newest);
  }
  return known;
};

describe('what a server does with ranges', () => {
  it('is learnt along the arrows of its picture, and along all of them', () => {
    const steps = learnt().flatMap((from) => ANSWERS.map((answer) => [from.sends, answer(from).sends]));
    const moves = steps.filter(([from, to]) => from !== to).map((step) => step.join(' '));
    expect([...new Set(moves)].toSorted()).toEqual(drawn('manner'));
  });

  it('is that it sends them as soon as one has come, which a doubt does not change', () => {
    const ranges = afterRange(UNKNOWN);
    expect(ranges.sends).toBe('ranges');
    expect(afterWhole(ranges, false).sends).toBe('ranges');
    expect(afterRange(afterWhole(UNKNOWN, false)).sends).toBe('ranges');
  });

  it('is doubted once: the second whole file instead of a part means that it sends nothing else', () => {
    const doubted = afterWhole(UNKNOWN, false);
    expect(doubted).toMatchObject({ sends: 'unknown', restarts: 0 });
    expect(afterWhole(afterRange(doubted), false)).toMatchObject({ sends: 'whole', restarts: 1 });
  });

  it('is that it sends whole files at once where the whole was asked for, and costs nothing that was there', () => {
    const whole = afterWhole(UNKNOWN, true);
    expect(whole).toMatchObject({ sends: 'whole', restarts: 0 });
    expect(afterWhole(whole, false)).toMatchObject({ sends: 'whole', restarts: 1 });
  });

  it('is that it sends whole files for good, also when a range comes after all', () => {
    const whole = afterWhole(UNKNOWN, true);
    expect(afterRange(whole)).toBe(whole);
  });

  it('ends the patience with it when the file had to be begun six times anew', () => {
    let manner = afterWhole(UNKNOWN, true);
    const hopeless: boolean[] = [];
    for (let time = 0; time < 6; time += 1) {
      manner = afterWhole(afterWhole(manner, false), true);
      hopeless.push(isHopeless(manner));
    }
    expect(hopeless).toEqual([false, false, false, false, false, true]);
  });

  it('is the same value as long as nothing new is learnt, so that nobody is woken for nothing', () => {
    const ranges = afterRange(UNKNOWN);
    expect(ranges).not.toBe(UNKNOWN);
    expect(afterRange(ranges)).toBe(ranges);
  });
});
