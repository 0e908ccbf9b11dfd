/** How many numbers a shape means; undefined: more than any file holds, or no shape. */
export const numbersIn = (shape: readonly number[]): number | undefined => {
  let product = 1;
  for (const side of shape) {
    if (!Number.isSafeInteger(side) || side < 0) return undefined;
    product *= side;
    if (!Number.isSafeInteger(product)) return undefined;
  }
  return product;
};

/** No tensor has more sides; what says so is not shown to its end. */
const SHOWN_MOST = 8;

/** A shape as it stands in a sentence: a file may write one of millions of sides. */
export const shownShape = (shape: readonly number[]): string =>
  `[${shape.slice(0, SHOWN_MOST).join(', ')}${shape.length > SHOWN_MOST ? `, … (${shape.length} sides)` : ''}]`;
