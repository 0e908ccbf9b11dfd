/** What `steps.ts` has measured of the board: milliseconds by the clock, and of the processor for each. */
export interface LookTimes {
  /** So many cards were drawn before. */
  readonly drawn: number;
  /** Looks in which nothing was to be drawn. */
  readonly looks: readonly number[];
  readonly lookCpuMs: number;
}

/** The same of the queue. */
export interface ClaimTimes {
  readonly claims: readonly number[];
  readonly claimCpuMs: number;
  /** Looks of the queue with one place free: all that is asked before the claim, the claim, and what follows at once. */
  readonly turns: readonly number[];
  readonly turnCpuMs: number;
}
