import type { Log } from '../lib/log.ts';
import { type Clock, toIso } from '../lib/clock.ts';
import type { Store } from '../store/store.ts';

export interface RecoverDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** After a crash: what was downloading is pending again, at its place; its session goes on and no attempt is counted. */
export const recoverInterrupted = ({ store, clock, log }: RecoverDeps): void => {
  try {
    // The clock may have been set back while the program was down.
    store.models.beginWaitsAnew();
    store.removedModels.beginWaitsAnew();
    store.copies.giveUpForgotten();
    const recovered = store.models.recoverInterrupted(toIso(clock.now()));
    if (recovered > 0) log.info({ recovered }, 'Downloads that a crash interrupted go on');
  } catch (error) {
    // On a full disk the bot starts all the same; each look tries to put them back.
    log.error({ err: error }, 'What a crash interrupted could not be put back in the order');
  }
};

/** Rows that say “downloading” while nothing runs: the end of their run could not be written, the disk was full perhaps. */
export const recoverLost = ({ store, log }: RecoverDeps, isRunning: (id: number) => boolean): void => {
  for (const id of store.models.downloadingIds()) {
    if (isRunning(id)) continue;
    log.warn({ model: id }, 'A download that had got lost goes on');
    store.models.moveModel(id, 'downloading', 'pending', { reason: 'interrupted' });
  }
};
