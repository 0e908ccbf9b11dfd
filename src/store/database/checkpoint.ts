import { Worker } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { createIdleness } from '../../lib/async/idleness.ts';
import type { Log } from '../../lib/log.ts';
import type { CheckpointReply, CheckpointRequest } from './checkpoint-worker.ts';

/** Moves what is committed from SQLite's log into the database, so that the log begins anew. */
export interface Checkpoints {
  /** From now on no commit does it, which takes as long as the disk needs for a thousand pages, twice. */
  readonly begin: (changes: number) => void;
  /** So many rows have changed by now: it may be time. Never throws, and nobody waits for it. */
  readonly consider: (changes: number) => void;
  readonly close: () => void;
}

/** So many changed rows are a log of some megabytes. */
const CHANGES = 2000;
/** What SQLite does by itself (sqlite.org/pragma.html#pragma_wal_autocheckpoint). */
const BY_ITSELF_PAGES = 1000;
/** A log that had to grow becomes smaller again. */
const LOG_MOST_BYTES = 64 * 1024 * 1024;

/** It holds no data, only pages of SQLite's, which lie elsewhere. */
const startThread = (): Worker =>
  new Worker(new URL('checkpoint-worker.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 32 } });

/**
 * In a thread of its own: to wait for the disk in the event loop would keep everybody waiting. It ends when there has been nothing to do
 * for a while.
 * @param start the thread, when it is needed
 * @param idleMs how long, in milliseconds
 */
export const createCheckpoints = (
  db: Database.Database,
  log: Log,
  start = startThread,
  idleMs?: number,
): Checkpoints => {
  let isApart = false;
  let isUnderWay = false;
  let doneAt = 0;
  let worker: Worker | undefined;

  const idleness = createIdleness(() => {
    void worker?.terminate();
    worker = undefined;
  }, idleMs);

  const doByItself = (error: unknown): void => {
    log.warn({ err: error, database: db.name }, 'SQLite moves its log into the database by itself again');
    isApart = false;
    isUnderWay = false;
    worker = undefined;
    if (db.open) db.pragma(`wal_autocheckpoint = ${BY_ITSELF_PAGES}`);
  };

  const running = (): Worker => {
    if (worker) return worker;
    const started = start();
    started.on('message', ({ error }: CheckpointReply) => {
      isUnderWay = false;
      idleness.begins();
      // On a full disk it may not work for a while; the next time is soon enough.
      if (error !== undefined) log.debug({ err: error }, 'The log of the database could not be moved into it');
    });
    started.on('error', doByItself);
    // The program may end meanwhile: the next start does what is left.
    started.unref();
    worker = started;
    return started;
  };

  return {
    begin: (changes) => {
      isApart = true;
      doneAt = changes;
      db.pragma('wal_autocheckpoint = 0');
      db.pragma(`journal_size_limit = ${LOG_MOST_BYTES}`);
    },
    consider: (changes) => {
      if (!isApart || isUnderWay || changes - doneAt < CHANGES) return;
      isUnderWay = true;
      doneAt = changes;
      idleness.ends();
      try {
        running().postMessage({ path: db.name } satisfies CheckpointRequest);
      } catch (error) {
        // No thread is to be had: slower is better than a log that grows for ever.
        doByItself(error);
      }
    },
    close: () => {
      isApart = false;
      idleness.ends();
      // What it is at ends: the database itself does the rest when it is closed.
      void worker?.terminate();
    },
  };
};
