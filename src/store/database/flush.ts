import { open } from 'node:fs/promises';
import type Database from 'better-sqlite3';
import type { Log } from '../../lib/log.ts';
import { shared } from '../../lib/shared.ts';

/** How what is committed gets to the disk. */
export interface Flush {
  /**
   * From now on no commit waits for the disk, which may take a tenth of a second for it: nothing else happens meanwhile. All
   * that is committed outlives an end of the program as before, and once `flushed` has resolved, a power cut as well.
   */
  readonly flushApart: () => void;
  /** Resolves when all that was committed before is on the disk. Never rejects. */
  readonly flushed: () => Promise<void>;
}

/** What is asked of the disk: to write down what lies in its memory of this file. */
type Sync = (path: string) => Promise<void>;

const syncIndeed: Sync = async (path) => {
  // SQLite puts no locks on its log, which a descriptor of ours would take away.
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
};

export const createFlush = (db: Database.Database, log: Log, sync: Sync = syncIndeed): Flush => {
  const changes = (): number => Number(db.prepare('SELECT total_changes()').pluck().get());
  let isApart = false;
  /** So many changes are on the disk. */
  let onDisk = 0;

  const flush = shared(async () => {
    const now = db.open ? changes() : onDisk;
    try {
      await sync(`${db.name}-wal`);
    } catch (error) {
      // Nobody would be told of anything any more, also not of the disk.
      log.error({ err: error, database: db.name }, 'A power cut may take what was written down last');
    }
    onDisk = now;
  });

  return {
    flushApart: () => {
      // Where a disk knows no other log (network file systems), it would not be safe.
      if (db.pragma('journal_mode', { simple: true }) !== 'wal') return;
      isApart = true;
      // The log is flushed before anything moves from it to the file (sqlite.org/pragma.html#pragma_synchronous): what was
      // committed can be lost, at its end, and nothing can be damaged.
      db.pragma('synchronous = NORMAL');
      onDisk = changes();
    },
    flushed: async () => {
      if (isApart && db.open && changes() !== onDisk) await flush();
    },
  };
};
