import { describe, expect, it } from 'vitest';
import { assertBlobMove, BLOB_MOVES, BLOB_STATES } from '../../src/transfer/engine/states.ts';
import { drawn } from '../helpers/pictures.ts';

/** What is thrown; undefined if nothing is. */
const refusalOf = (move: () => void): string | undefined => {
  try {
    move();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

const pairs = BLOB_STATES.flatMap((from) => BLOB_STATES.map((to) => ({ from, to })));

describe('the moves of a blob', () => {
  it('are those of its picture', () => {
    const legal = Object.entries(BLOB_MOVES).flatMap(([from, { next, failed, givenUp, givenUpMeanwhile }]) => {
      const targets = new Set([...next, failed, givenUp, givenUpMeanwhile].filter((to) => to !== undefined));
      return [...targets].map((to) => `${from} ${to}`);
    });
    expect(drawn('blob')).not.toEqual([]);
    expect(legal.toSorted()).toEqual(drawn('blob'));
  });

  it.each(pairs)('$from → $to is refused unless its picture has it', ({ from, to }) => {
    const sentence = `Broken promise in the code: a blob went from ${from} to ${to}`;
    const isDrawn = drawn('blob').includes(`${from} ${to}`);
    expect(refusalOf(() => assertBlobMove(from, to))).toBe(isDrawn ? undefined : sentence);
  });

  it('lead from each state to an end', () => {
    const ending = new Set<string>(['done', 'failed']);
    for (let round = 0; round < BLOB_STATES.length; round += 1) {
      for (const move of drawn('blob')) {
        const [from = '', to = ''] = move.split(' ');
        if (ending.has(to)) ending.add(from);
      }
    }
    expect(BLOB_STATES.filter((state) => !ending.has(state))).toEqual([]);
  });
});
