/** Numbers from 0 up to, not including, `limit`. */
export type Dice = (limit: number) => number;

/** The same numbers for the same seed (xorshift32). */
export const createDice = (seed: number): Dice => {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % Math.max(1, limit);
  };
};
