import { type FileHandle, open } from 'node:fs/promises';
import type Database from 'better-sqlite3';
import type { Log } from '../../lib/log.ts';
import { shared } from '../../lib/async/shared.ts';
import { type Checkpoints, createCheckpoints } from './checkpoint.ts';

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
interface Disk {
  readonly sync: (path: string) => Promise<void>;
  readonly close: () => void;
}

/** The file stays open: to open and close it each time would take longer than to write it. */
const createDisk = (): Disk => {
  // SQLite puts no locks on its log, which a descriptor of ours would take away when it is closed.
  let file: Promise<FileHandle> | undefined;
  const openOnce = (path: string): Promise<FileHandle> => {
    const opening = open(path, 'r+');
    opening.catch(() => {
      file = undefined;
    });
    return opening;
  };
  return {
    sync: async (path) => {
      file ??= openOnce(path);
      await (await file).datasync();
    },
    close: () => {
      // What is under way ends before. What it was for is on the disk: SQLite sees to that when it closes.
      file?.then((opened) => opened.close()).catch(() => undefined);
    },
  };
};

/** @param disk how the files of the database are flushed */
export const createFlush = (
  db: Database.Database,
  log: Log,
  disk: Disk = createDisk(),
  checkpoints: Checkpoints = createCheckpoints(db, log),
): Flush & Pick<Disk, 'close'> => {
  let counting: Database.Statement<[], number> | undefined;
  const changes = (): number => {
    counting ??= db.prepare<[], number>('SELECT total_changes()').pluck();
    return counting.get() ?? 0;
  };
  let isApart = false;
  /** So many changes are on the disk. */
  let onDisk = 0;

  const flush = shared(async () => {
    const now = db.open ? changes() : onDisk;
    try {
      await disk.sync(`${db.name}-wal`);
    } catch (error) {
      // Nobody would be told of anything any more, also not of the disk.
      log.error({ err: error, database: db.name }, 'A power cut may take what was written down last');
    }
    onDisk = now;
    checkpoints.consider(now);
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
      checkpoints.begin(onDisk);
    },
    flushed: async () => {
      if (isApart && db.open && changes() !== onDisk) await flush();
    },
    close: () => {
      checkpoints.close();
      disk.close();
    },
  };
};
