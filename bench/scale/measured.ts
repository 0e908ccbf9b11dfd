/** What `steps.ts` has measured: milliseconds each, with nobody else at work. */
export interface StepTimes {
  /** Looks of the board in which nothing was to be drawn. */
  readonly looks: readonly number[];
  readonly claims: readonly number[];
  /** Looks of the queue with one place free: all that is asked before the claim, the claim, and what follows at once. */
  readonly turns: readonly number[];
  /** So many cards were drawn before. */
  readonly drawn: number;
}
