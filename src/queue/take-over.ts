import type { Executor } from '../copies/executor.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';

/** Brings to the cache what earlier versions kept in the database of its files: SQL cannot write files, so a start does. */
export interface TakeOver {
  /**
   * Resolves when nothing is left of it; undefined if nothing is. Until then no partial file may be opened or deleted. What
   * fails, on a full disk perhaps, is tried again by whoever asks next; what was cut off by a kill, at the next start.
   */
  readonly pending: () => Promise<void> | undefined;
}

export interface TakeOverDeps {
  readonly store: Pick<Store, 'files' | 'atomically'>;
  readonly copies: Pick<Executor, 'takeOver'>;
  readonly log: Log;
}

/** Moves nothing before it is asked to. */
export const createTakeOver = ({ store, copies, log }: TakeOverDeps): TakeOver => {
  let isDone = false;
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    let rows = store.files.earlierRows();
    if (rows) log.info({}, 'What the database knows of files in the cache moves to the cache');
    while (rows) {
      const written = rows;
      await copies.takeOver(written);
      store.atomically(() => store.files.dropEarlierRows(written));
      rows = store.files.earlierRows();
    }
    isDone = true;
  };

  return {
    pending: () => {
      if (isDone) return undefined;
      running ??= run().finally(() => {
        running = undefined;
      });
      // Where nothing is left, that is known at once.
      return isDone ? undefined : running;
    },
  };
};
