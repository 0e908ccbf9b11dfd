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
