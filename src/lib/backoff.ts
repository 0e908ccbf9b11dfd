/** Pauses between tries, in milliseconds: each is so many times as long as the one before, up to the longest. */
export interface Pauses {
  readonly firstMs: number;
  readonly mostMs: number;
  /** 2 unless told. */
  readonly factor?: number;
}

/** How long the pause after so many others is: 0 = the first one. */
export const backoffMs = (nth: number, { firstMs, mostMs, factor = 2 }: Pauses): number =>
  Math.min(mostMs, firstMs * factor ** nth);
