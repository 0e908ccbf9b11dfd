/** A rectangle, in pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a list is parted so that both sides weigh about the same; each has at least one. */
const middleOf = (weights: readonly number[]): number => {
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  let sum = 0;
  for (let at = 0; at < weights.length - 1; at += 1) {
    sum += weights[at] ?? 0;
    if (sum >= half) return at + 1;
  }
  return weights.length - 1;
};

/**
 * Shares an area out by weight: the larger side is parted, again and again.
 * @param weights above zero, the largest first
 * @returns an area for each, in their order
 */
export const treemap = (weights: readonly number[], area: Area): Area[] => {
  if (weights.length === 0) return [];
  if (weights.length === 1) return [area];
  const at = middleOf(weights);
  const sides = [weights.slice(0, at), weights.slice(at)] as const;
  const [first = 0, second = 0] = sides.map((side) => side.reduce((sum, weight) => sum + weight, 0));
  const share = first / (first + second);
  const { x, y, width, height } = area;
  const isWide = width >= height;
  const one = isWide ? { ...area, width: width * share } : { ...area, height: height * share };
  const two = isWide
    ? { x: x + one.width, y, width: width - one.width, height }
    : { x, y: y + one.height, width, height: height - one.height };
  return [...treemap(sides[0], one), ...treemap(sides[1], two)];
};
