import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';

/** Whether the Hub answers, as far as what it is asked anyway tells. */
export interface HubReach {
  /** Told of each question to it, and to what stands in for it: whether there was an answer, also one that says no. */
  readonly heard: (isAnswered: boolean) => void;
  /** Since when nothing that it was asked was answered, in ms since 1970; undefined: the last question was, or none was asked. */
  readonly silentSince: () => number | undefined;
}

/** One question may meet a moment's trouble on the way. */
const QUESTIONS = 2;

/** Asks nothing itself: while nobody wants anything of the Hub, nobody need know. */
export const createHubReach = ({ clock, log }: { readonly clock: Clock; readonly log: Log }): HubReach => {
  let failed = 0;
  let since = 0;
  return {
    heard: (isAnswered) => {
      if (isAnswered) {
        if (failed >= QUESTIONS) log.info({}, 'The Hub answers again');
        failed = 0;
        return;
      }
      if (failed === 0) since = clock.now();
      failed += 1;
      if (failed === QUESTIONS) log.warn({}, 'The Hub does not answer: what needs it is tried again');
    },
    silentSince: () => (failed >= QUESTIONS ? since : undefined),
  };
};
