import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isForNow } from '../domain/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { makeOwners } from '../people/configured-owners.ts';
import { endRestore } from '../store/backups/end-restore.ts';
import { openStore, type Store } from '../store/store.ts';

/** How long the database is left alone that could not be opened. */
const WAIT_MS = 5000;

export interface DatabaseOptions {
  readonly dataDir: string;
  /** Telegram user ids of those whom the configuration makes owners. */
  readonly owners: readonly number[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Its name in the data folder. */
export const DATABASE_FILE = 'hubgram.db';

const openOnce = async ({ dataDir, owners, clock, log }: DatabaseOptions): Promise<Store> => {
  const file = join(dataDir, DATABASE_FILE);
  await endRestore(file);
  const store = openStore(file, { clock, log });
  try {
    makeOwners(store, owners);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
};

/**
 * Opens the database. On a full disk, or while another program has it, that may have to wait: to end and be started
 * again every few seconds would help nobody.
 * @throws the signal's reason
 */
export const openWhenPossible = async (options: DatabaseOptions, signal: AbortSignal): Promise<Store> => {
  for (let isTold = false; ; isTold = true) {
    signal.throwIfAborted();
    try {
      return await openOnce(options);
    } catch (error) {
      if (!isForNow(error)) throw error;
      if (!isTold)
        options.log.error({ err: error }, 'The database cannot be opened yet; hubgram waits until it can be');
    }
    await sleep(WAIT_MS, undefined, { signal });
  }
};
