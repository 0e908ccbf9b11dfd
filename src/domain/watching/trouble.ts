/* domain/watching: when owners are told of something, and when it is over. */

/** What owners are told of unasked, by its cause. */
export const TROUBLE_CAUSES = ['stalled', 'disk', 'webhook', 'redis'] as const;
/** A machine that stays away is a cause of its own, by its number. */
export type TroubleCause = (typeof TROUBLE_CAUSES)[number] | `host-${number}`;

/** A cause that is there, or was there a moment ago. Times are milliseconds while somebody looked. */
export interface Trouble {
  readonly lastedMs: number;
  /** Since it was there last. */
  readonly wellMs: number;
  readonly isTold: boolean;
}

/** `well`: it is not there. `unclear`: this look says nothing of it. */
export type TroubleLook = 'there' | 'well' | 'unclear';

export interface TroubleRule {
  /** It is told when it has lasted for so long. */
  readonly tellAfterMs: number;
  /** What was told is over when it was well for so long. */
  readonly overAfterMs: number;
}

export interface TroubleStep {
  /** undefined: there is none. */
  readonly trouble: Trouble | undefined;
  readonly says: 'begun' | 'over' | undefined;
}

/**
 * What follows from a look: a cause is told once, and again only after it was over in between.
 * @param passedMs since the look before, without times at which nobody could look
 */
export const nextTrouble = (
  before: Trouble | undefined,
  look: TroubleLook,
  passedMs: number,
  { tellAfterMs, overAfterMs }: TroubleRule,
): TroubleStep => {
  if (look === 'unclear' || (look === 'well' && !before)) return { trouble: before, says: undefined };
  if (look === 'there') {
    // What came before it was there for the first time is no part of it.
    const lastedMs = before ? before.lastedMs + passedMs : 0;
    const wasTold = before?.isTold === true;
    const isTold = wasTold || lastedMs >= tellAfterMs;
    return { trouble: { lastedMs, wellMs: 0, isTold }, says: isTold && !wasTold ? 'begun' : undefined };
  }
  if (before?.isTold !== true) return { trouble: undefined, says: undefined };
  const wellMs = before.wellMs + passedMs;
  return wellMs >= overAfterMs
    ? { trouble: undefined, says: 'over' }
    : { trouble: { ...before, wellMs }, says: undefined };
};
