/** How many letters must change to make one word of another; two that have changed places count as one. */
export const lettersApart = (left: string, right: string): number => {
  // Three rows for all: thousands of words are compared at a time.
  let earlier: number[] = [];
  let before = Array.from({ length: right.length + 1 }, (_, index) => index);
  let current: number[] = [];
  for (let row = 1; row <= left.length; row += 1) {
    current[0] = row;
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1] ? 0 : 1;
      const isSwapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const changed = (before[column - 1] ?? 0) + same;
      const moreOrFewer = Math.min(before[column] ?? 0, current[column - 1] ?? 0) + 1;
      const fewest = Math.min(changed, moreOrFewer);
      current[column] = isSwapped ? Math.min(fewest, (earlier[column - 2] ?? 0) + 1) : fewest;
    }
    [earlier, before, current] = [before, current, earlier];
  }
  return before[right.length] ?? 0;
};

/**
 * The candidate that a mistyped word most likely meant. Case does not matter.
 * @returns undefined if none is near: more than a third of the word's letters would have to change
 */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const lowered = word.toLowerCase().slice(0, 64);
  const most = Math.max(1, Math.floor(lowered.length / 3));
  const ranked = candidates
    // So many letters more or fewer have to change at least, and there may be thousands of candidates.
    .filter(({ length }) => Math.abs(length - lowered.length) <= most)
    .map((candidate) => ({ candidate, letters: lettersApart(lowered, candidate.toLowerCase()) }))
    .toSorted((left, right) => left.letters - right.letters)[0];
  return ranked && ranked.letters <= most ? ranked.candidate : undefined;
};
