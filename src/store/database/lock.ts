import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { toIso } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { processStart } from '../../lib/process-start.ts';

/** A folder that no other process may use meanwhile. */
export interface Hold {
  readonly close: () => void;
}

export interface HoldOptions {
  /** The file that is locked. The one beside it, `<path>.json`, says for people who holds it. */
  readonly path: string;
  /** What it is, for a sentence: `the data folder /var/lib/hubgram`. */
  readonly what: string;
  /** What to do if another process has it. */
  readonly remedy: string;
  /** Nobody else on this machine may read it. */
  readonly isPrivate: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log: Log;
}

const holderSchema = z.object({
  /** As its own machine or container counts them. */
  pid: z.number().int().positive(),
  host: z.string(),
  since: z.string(),
  /** As `processStart` has it; undefined where the system does not tell, and of what an older version wrote. */
  start: z.string().optional(),
});

/** The process that said last that it holds something. */
export type Holder = z.infer<typeof holderSchema>;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/**
 * An empty database in an exclusive transaction: nothing is written, so a full disk does not matter, and the kernel lets
 * go of it when the process ends, however it ends. Not read by any other means: to close such a file anywhere in this
 * process would let go of the lock as well (sqlite.org/howtocorrupt.html, 2.2).
 */
const lock = (path: string): Database.Database => {
  const db = new Database(path, { timeout: 0 });
  try {
    // No file beside it, and nothing that a full disk could refuse.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    // A file that may only be read begins without a word; reading it is refused while another holds it.
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Network file systems without a lock service say “busy” to everybody: then so does a file that nobody else knows. */
const canLockIn = (folder: string): boolean => {
  const path = join(folder, `.hubgram-${randomBytes(6).toString('hex')}.lock`);
  try {
    lock(path).close();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(path, { force: true });
  }
};

/** Who has said of itself that it holds this; undefined if nobody has, or has taken it back. It may have been killed since. */
export const lastHolder = (path: string): Holder | undefined => {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(`${path}.json`, 'utf8')));
  } catch {
    return undefined;
  }
};

const whoHolds = (path: string): string => {
  const holder = lastHolder(path);
  if (holder === undefined) return 'it has not said which';
  const { pid, host, since } = holder;
  return `process ${pid} on ${host}, since ${since.slice(0, 16).replace('T', ' ')} UTC`;
};

/**
 * Which process has locked this file, for people; undefined if none has. It is asked by reading: whoever wants the lock in this very
 * moment finds it taken.
 */
export const holderOf = (path: string): string | undefined => {
  if (!existsSync(path)) return undefined;
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return undefined;
  } catch (error) {
    return codeOf(error).startsWith('SQLITE_BUSY') ? whoHolds(path) : undefined;
  } finally {
    db?.close();
  }
};

const tellWho = ({ path, isPrivate, now }: HoldOptions): void => {
  try {
    const holder: Holder = {
      pid: process.pid,
      host: hostname(),
      since: toIso(now),
      start: processStart(process.pid),
    };
    writeFileSync(`${path}.json`, `${JSON.stringify(holder)}\n`);
    // Another person's hubgram on the same cache has to be able to lock it, too.
    for (const file of [path, `${path}.json`]) chmodSync(file, isPrivate ? 0o600 : 0o664);
  } catch {
    // A full disk, or files of somebody else: the lock holds all the same, and nobody reads who has it.
  }
};

const tryToHold = (options: HoldOptions): Hold | 'held' => {
  const { path, what, isPrivate, log } = options;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: isPrivate ? 0o700 : 0o777 });
    const db = lock(path);
    tellWho(options);
    return {
      close: () => {
        rmSync(`${path}.json`, { force: true });
        db.close();
      },
    };
  } catch (error) {
    if (codeOf(error).startsWith('SQLITE_BUSY') && canLockIn(dirname(path))) return 'held';
    // Read-only, or without locks: what is to be written there will say what is wrong, if it is.
    log.warn({ err: error }, `Nothing can keep a second hubgram away from ${what}; see that there is none`);
    return { close: () => undefined };
  }
};

/**
 * Takes a folder for this process until it is closed, or the process ends.
 * @throws AppError held: another process has it; the sentence says which and what to do
 */
export const hold = (options: HoldOptions): Hold => {
  const held = tryToHold(options);
  if (held !== 'held') return held;
  const { path, what, remedy } = options;
  throw new AppError('held', `Another hubgram uses ${what}: ${whoHolds(path)}. ${remedy}`);
};
