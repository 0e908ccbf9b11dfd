/* library/keeping: backups of the database, and what is taken out of it when its time is over. */

import { isBusy, messageOf } from '../../domain/errors.ts';
import type { WallClock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import { isOwner } from '../../people/may.ts';
import type { Backup, BackupWish } from '../../store/backups/backups.ts';
import type { BackupFile } from '../../store/backups/backup-files.ts';
import type { Store } from '../../store/store.ts';

/** Copies of the database: made one at a time beside everything else, and kept so many. */
export interface Backups {
  /** Has one made. Whoever asks is told what becomes of it, and is sent it if it is small enough. */
  readonly request: (wish: BackupWish) => void;
  /** The nightly round's, if there is to be one; once a night, however often the round is begun. */
  readonly beginNightly: () => void;
  /** Makes what is wanted; done again and again by itself. */
  readonly look: () => Promise<void>;
  readonly start: () => void;
  /** What is under way is broken off, and made anew by the next start. */
  readonly close: () => Promise<void>;
}

export interface BackupsDeps {
  readonly store: Pick<Store, 'backups' | 'outbox' | 'users' | 'atomically'>;
  /** How many of them stay; 0: none is made by night. */
  readonly kept: () => number;
  /** Whether owners are sent what the night has made. */
  readonly isSent: () => boolean;
  readonly clock: WallClock;
  readonly log: Log;
}

const LOOK_MS = 60_000;
/** Less than the shortest day, more than a round that is begun anew takes. */
const NIGHT_MS = 12 * 3_600_000;

type Outcome = BackupFile | { readonly errorMessage: string };

/** Who is told what has become of one. It holds what everybody has: owners only. */
const listenersTo = ({ store, isSent }: BackupsDeps, { askedBy }: Backup, outcome: Outcome): readonly number[] => {
  if (askedBy !== null) return isOwner(store, askedBy) ? [askedBy] : [];
  // Of nights that fail one after the other the first is told: the cause is the same until somebody has mended it.
  const isWorthTelling = 'errorMessage' in outcome ? store.backups.lastEndedNightly()?.state !== 'failed' : isSent();
  return isWorthTelling ? store.users.owners().map(({ userId }) => userId) : [];
};

/** Writes down what has become of it, and tells who is to know. */
const settle = (deps: BackupsDeps, backup: Backup, outcome: Outcome): void => {
  const { store } = deps;
  store.atomically(() => {
    const listeners = listenersTo(deps, backup, outcome);
    store.backups.endBackup(backup.id, outcome);
    for (const chatId of listeners) {
      store.outbox.addNotice({
        chatId,
        kind: 'backup',
        payload: { backupId: backup.id, isNightly: backup.askedBy === null },
      });
    }
  });
};

const make = async (deps: BackupsDeps, backup: Backup, signal: AbortSignal): Promise<void> => {
  const { store, kept, log } = deps;
  try {
    const made = await store.backups.takeBackup(signal);
    settle(deps, backup, made);
    // One that somebody has asked for stays until the next, also where none are made by night.
    const removed = store.backups.removeSurplus(Math.max(1, kept()));
    log.info({ ...made, removed }, 'A backup of the database is made');
  } catch (error) {
    // The next start makes it anew; and what the database does not take now, the next look tries again.
    if (signal.aborted || isBusy(error)) throw error;
    log.error({ err: error, backup: backup.id }, 'A backup of the database could not be made');
    settle(deps, backup, { errorMessage: messageOf(error) });
  }
};

/** Wishes are rows: what was asked for is made after a restart as well. */
export const createBackups = (deps: BackupsDeps): Backups => {
  const { store, kept, clock, log } = deps;
  const closing = new AbortController();
  let ticker: Ticker | undefined;

  const look = async (): Promise<void> => {
    const { signal } = closing;
    for (let next = store.backups.nextBackup(); next && !signal.aborted; next = store.backups.nextBackup()) {
      await make(deps, next, signal);
    }
  };

  return {
    request: (wish) => {
      store.backups.createBackup(wish);
      ticker?.poke();
    },
    beginNightly: () => {
      if (kept() === 0) return;
      const last = store.backups.lastNightly();
      // One of the future was made before the clock was set back.
      const age = last ? clock.now() - Date.parse(last.createdAt) : NIGHT_MS;
      if (age >= 0 && age < NIGHT_MS) return;
      store.backups.createBackup();
      ticker?.poke();
    },
    look,
    start: () => {
      ticker = startTicker(LOOK_MS, look, (error) => {
        if (!closing.signal.aborted) log.error({ err: error }, 'The backups that are wanted could not be made');
      });
      ticker.poke();
    },
    close: async () => {
      closing.abort(new Error('closing'));
      await ticker?.close();
    },
  };
};
