/** Numbers from 0 up to, not including, `limit`: the same ones for the same seed (xorshift32). */
export const createDice = (seed: number): ((limit: number) => number) => {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % Math.max(1, limit);
  };
};
