/** @import { PageEvent } from '../../telegram/page-wire.ts' */
import { listen } from './api.js';

/** A browser opens six connections to a host; some must be left for requests. */
const MOST = 4;

/**
 * One event stream per person, so that a message to somebody else is noticed: "Bob asks to be let in" reaches Ann.
 * @param {object} on
 * @param {(userId: number, event: PageEvent) => void} on.event
 * @param {(userId: number) => void} on.up
 * @param {(userId: number) => void} on.down
 */
export const createStreams = (on) => {
  /** @type {Map<number, () => void>} */
  const stops = new Map();

  /** @param {number} userId */
  const watch = (userId) => {
    if (stops.has(userId) || stops.size >= MOST) return;
    const stop = listen(userId, {
      event: (event) => on.event(userId, event),
      up: () => on.up(userId),
      down: () => on.down(userId),
    });
    stops.set(userId, stop);
  };

  const dropOldest = () => {
    for (const [userId, stop] of stops) {
      stop();
      stops.delete(userId);
      return;
    }
  };

  return {
    /**
     * The person at the screen always has a stream; the others as far as connections go.
     * @param {number} userId
     * @param {readonly number[]} others
     */
    watch: (userId, others) => {
      if (!stops.has(userId) && stops.size >= MOST) dropOldest();
      watch(userId);
      for (const other of others) watch(other);
    },
  };
};
