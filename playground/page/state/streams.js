import { listen } from './api.js';

/** A browser opens six connections to a host; some must be left for requests. */
const MOST = 4;

/**
 * One event stream per person, so that a message to somebody else is noticed: "Bob asks to be let in" reaches Ann.
 * @param on {event(userId, kind, data), up(userId), down(userId)}
 */
export const createStreams = (on) => {
  const stops = new Map();

  const watch = (userId) => {
    if (stops.has(userId) || stops.size >= MOST) return;
    const stop = listen(userId, {
      event: (kind, data) => on.event(userId, kind, data),
      up: () => on.up(userId),
      down: () => on.down(userId),
    });
    stops.set(userId, stop);
  };

  const dropOldest = () => {
    const [userId, stop] = stops.entries().next().value;
    stop();
    stops.delete(userId);
  };

  return {
    /** The person at the screen always has a stream; the others as far as connections go. */
    watch: (userId, others) => {
      if (!stops.has(userId) && stops.size >= MOST) dropOldest();
      watch(userId);
      for (const other of others) watch(other);
    },
  };
};
