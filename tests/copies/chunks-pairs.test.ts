import { describe, expect, it } from 'vitest';
import { SMALLER, tryPair } from './chunks-pairs.ts';

describe('a file and what became of it, whatever goes wrong', () => {
  // node bench/chunks.ts --only=pairs tries five hundred.
  it.each(Array.from({ length: 8 }, (_, at) => at + 1))('is as it should be in the end: pair %i', async (seed) => {
    const { isRight, fault } = await tryPair(seed, SMALLER);
    expect({ isRight, fault }).toEqual({ isRight: true, fault });
  });
});
