import { describe, expect, it } from 'vitest';
import { termsIn } from '../../../src/sources/huggingface/storage/read-terms.ts';

const XORB = 'ab'.repeat(32);
const TERM = { hash: XORB, unpacked_length: 300_000, range: { start: 2, end: 7 } };

describe('terms in an answer', () => {
  it('are read in their order', () => {
    const more = { ...TERM, unpacked_length: 8, range: { start: 0, end: 1 } };
    expect(termsIn({ offset_into_first_range: 0, terms: [TERM, more] }, 300_008)).toEqual([
      { xorb: XORB, start: 2, end: 7, bytes: 300_000 },
      { xorb: XORB, start: 0, end: 1, bytes: 8 },
    ]);
  });

  it('are none after the first that is no term: it is not even looked at what follows', () => {
    let looks = 0;
    const after = {
      ...TERM,
      get hash() {
        looks += 1;
        return XORB;
      },
    };
    expect(termsIn({ offset_into_first_range: 0, terms: [after, 0, after, after] }, 900_000)).toBeUndefined();
    expect(looks).toBe(1);
  });
});
