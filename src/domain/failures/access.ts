import { backoffMs } from '../../lib/backoff.ts';

/** Between looks whether a gated repository may be read by now: at first somebody may be at its page, later its authors decide. */
const PAUSES = { firstMs: 2 * 60_000, mostMs: 2 * 3_600_000 } as const;
/** Share of the pause that chance decides, so that many do not ask at the same instant. */
const JITTER = 0.3;

/**
 * So many looks come by themselves, which takes a day. They are counted, and no time is kept: whoever sets the clock, or lets
 * the machine sleep, neither ends the day early nor makes it last.
 */
export const ACCESS_LOOKS_MOST = 17;

/**
 * How long until the next look, in milliseconds.
 * @param looks how many there were
 * @param random 0 ≤ x < 1
 */
export const accessDelayMs = (looks: number, random: number): number =>
  Math.round(backoffMs(looks, PAUSES) * (1 - JITTER / 2 + JITTER * random));
