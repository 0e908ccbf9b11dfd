/**
 * What tells the experts of one model apart: one for high noise, one for low (Wan 2.2). Alone the words mean it in capitals
 * only: `low_vram` is another matter.
 */
const SIDES: readonly RegExp[] = [
  /(?:high|low)(?=[-_ ]?(?:noise|lighting|lightning))/gi,
  /(?<=[-_])(?:HIGH|LOW)(?=[-_.]|$)/g,
];

const sidesOf = (path: string): readonly string[] =>
  SIDES.flatMap((side) => path.match(side) ?? []).map((side) => side.toLowerCase());

/** The same for the files of the expert for high noise and of that for low noise; undefined for all others. */
export const pairOf = (path: string): string | undefined => {
  const pair = SIDES.reduce((text, side) => text.replace(side, '?'), path);
  return pair === path ? undefined : pair;
};

/** The pairs of which both are there. */
export const wholePairs = (paths: readonly string[]): ReadonlySet<string> => {
  const found = Map.groupBy(paths, pairOf);
  const has = (pair: readonly string[], side: string): boolean => pair.some((path) => sidesOf(path)[0] === side);
  return new Set(
    [...found].flatMap(([pair, both]) => (pair !== undefined && has(both, 'high') && has(both, 'low') ? [pair] : [])),
  );
};
