/** @import { PageEvent } from '../../telegram/page-wire.ts' */
import { listen } from './api.js';

/**
 * One stream for everybody, so that a message to somebody else is noticed: "Bob asks to be let in" reaches Ann. A stream each would
 * be too many where several tabs are open: of the six connections that a browser has to a host, none would be left for requests.
 * @param {object} on
 * @param {(userId: number, event: PageEvent) => void} on.event
 * @param {(userId: number) => void} on.up
 * @param {(userId: number) => void} on.down
 */
export const createStreams = (on) => {
  let watched = '';
  let stop = () => {};

  return {
    /** @param {readonly number[]} people */
    watch: (people) => {
      if (watched === people.join()) return;
      watched = people.join();
      stop();
      const tell = (/** @type {(userId: number) => void} */ what) => () => {
        for (const person of people) what(person);
      };
      stop = listen(people, { event: on.event, up: tell(on.up), down: tell(on.down) });
    },
  };
};
