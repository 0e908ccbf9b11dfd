import type { Clock } from '../../lib/clock.ts';

/** Tokens that somebody has sent without being asked: until they say what shall become of them, in no row. */
export interface Offers {
  /** @param id of the message that held it; one offer for each person */
  readonly put: (userId: number, id: number, sealed: string) => void;
  /** @returns undefined if it is gone: too old, answered, or of before a restart */
  readonly take: (userId: number, id: number) => string | undefined;
}

const PEOPLE_MOST = 100;
const AGE_MOST_MS = 3_600_000;

interface Offer {
  readonly id: number;
  readonly sealed: string;
  /** By the clock that only goes forward. */
  readonly at: number;
}

/** A restart forgets them: whoever taps then is asked to send it again. */
export const createOffers = (clock: Pick<Clock, 'monotonic'>): Offers => {
  const offers = new Map<number, Offer>();
  return {
    put: (userId, id, sealed) => {
      offers.delete(userId);
      const [oldest] = offers.keys();
      if (oldest !== undefined && offers.size >= PEOPLE_MOST) offers.delete(oldest);
      offers.set(userId, { id, sealed, at: clock.monotonic() });
    },
    take: (userId, id) => {
      const offer = offers.get(userId);
      if (offer?.id !== id) return undefined;
      offers.delete(userId);
      return clock.monotonic() - offer.at < AGE_MOST_MS ? offer.sealed : undefined;
    },
  };
};
