/* store/database: the database itself: opened, brought to its version, locked, flushed. */

import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { AppError, type ErrorCode, isBusy } from '../../domain/errors.ts';
import { type Log, silentLog } from '../../lib/log.ts';
import { type Row, snake, type TellBroken } from './row.ts';

export type Value = string | number | bigint | null;
/** By position (`?`) or by name (`:name`). */
type Parameters = readonly Value[] | Readonly<Record<string, Value>>;

type MapRow<T> = (row: Row, tell: TellBroken) => T;

export interface Sql {
  /** First row, mapped. */
  readonly get: <T>(text: string, map: MapRow<T>, parameters?: Parameters) => T | undefined;
  readonly all: <T>(text: string, map: MapRow<T>, parameters?: Parameters) => T[];
  /** @returns how many rows changed, and the id of the one inserted last */
  readonly run: (text: string, parameters?: Parameters) => { changes: number; lastId: number };
  /** One transaction that takes the write lock at once; inside another one, a savepoint. */
  readonly atomically: <T>(work: () => T) => T;
  /** What is read now may be undone yet. */
  readonly isInTransaction: () => boolean;
  /** From now on another program's lock is waited for so briefly that nobody notices; then it is refused as busy. */
  readonly waitBriefly: () => void;
}

type Sentence = (folder: string, message: string) => string;

const refused: Sentence = (_, message) => `The database refused this: ${message}.`;

/** What SQLite's codes mean (sqlite.org/rescode.html), and what a person should read if it is not the words of SQLite. */
const KINDS: readonly (readonly [RegExp, ErrorCode, Sentence])[] = [
  // Triggers of the schema refuse one thing only: changes of what has ended.
  [/^SQLITE_CONSTRAINT_TRIGGER$/, 'state_transition', refused],
  [/^SQLITE_CONSTRAINT_(CHECK|DATATYPE|NOTNULL)$/, 'constraint', refused],
  [/^SQLITE_CONSTRAINT/, 'integrity', refused],
  // This is the disk's failure, not the database's: what waits for space goes on when there is some.
  [
    /^SQLITE_FULL$/,
    'no_space',
    (folder) => `The disk is full: nothing can be written down in ${folder} until there is room.`,
  ],
  // These pass with time, or when somebody looks after the disk: nothing is given up for them.
  [/^SQLITE_(BUSY|LOCKED)/, 'busy', () => 'The database is busy: another program is writing to it.'],
  [
    /^SQLITE_IOERR/,
    'unavailable',
    (folder) => `The disk with ${folder} does not take or give data: it is failing, gone, or a quota is used up.`,
  ],
  [
    /^SQLITE_READONLY/,
    'operational',
    (folder) => `hubgram may not change its database in ${folder}. Check the owner and the permissions of its files.`,
  ],
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    'connection',
    (folder) => `The database in ${folder} is damaged. Stop hubgram and restore a backup of it.`,
  ],
  [/^SQLITE_(CANTOPEN|AUTH|PERM)/, 'connection', refused],
  [/^SQLITE_/, 'operational', refused],
];

/**
 * Sorts what better-sqlite3 throws by its code; what has none is a fault of ours and stays as it is.
 * @param file where the database lies
 */
export const storeError = (error: unknown, file: string): unknown => {
  if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const kind = KINDS.find(([pattern]) => pattern.test(code));
  if (!kind) return error;
  const [, name, sentence] = kind;
  return new AppError(name, sentence(dirname(file), error.message), { cause: error });
};

/** True if a write was refused because a row with its key is there already. */
export const isDuplicate = (error: unknown): error is AppError =>
  error instanceof AppError &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  (error.cause.code === 'SQLITE_CONSTRAINT_UNIQUE' || error.cause.code === 'SQLITE_CONSTRAINT_PRIMARYKEY');

/** How long a statement of the running program waits for another program's lock: nothing else happens in this process meanwhile. */
const BRIEFLY_MS = 25;

/** How long statements wait for another program's lock. */
const createLockWait = (db: Database.Database) => {
  let isBrief = false;
  let wasInVain = false;
  const wait = (durationMs: number): void => void db.pragma(`busy_timeout = ${durationMs}`);
  return {
    waitBriefly: (): void => {
      isBrief = true;
      wait(BRIEFLY_MS);
    },
    /** A lock was waited for in vain: the next statements do not wait for it, since many short waits are a long one. */
    refused: (): void => {
      if (!isBrief || wasInVain) return;
      wasInVain = true;
      wait(0);
    },
    written: (): void => {
      if (!wasInVain) return;
      wasInVain = false;
      wait(BRIEFLY_MS);
    },
  };
};

/** So many broken rows are remembered as told of: cards are drawn five times a second, and the log needs each once. */
const TOLD_MOST = 1000;

/** Tells the log of each broken row once. */
const createTeller = (log: Log): TellBroken => {
  const told = new Set<string>();
  return ({ table, row, column, err }) => {
    const key = `${table} ${String(row)} ${column}`;
    if (told.has(key)) return;
    if (told.size >= TOLD_MOST) told.clear();
    told.add(key);
    log.error({ err, table, row, column }, 'A row holds JSON that cannot be read');
  };
};

/** Statements are prepared once, by their text. */
export const createSql = (db: Database.Database, log: Log = silentLog): Sql => {
  const tell = createTeller(log);
  const lockWait = createLockWait(db);
  const statements = new Map<string, Database.Statement<Parameters[], Row>>();
  const prepared = (text: string): Database.Statement<Parameters[], Row> => {
    const known = statements.get(text);
    if (known) return known;
    const statement = db.prepare<Parameters[], Row>(text);
    statements.set(text, statement);
    return statement;
  };
  const guarded = <T>(work: () => T): T => {
    // better-sqlite3 says this by a TypeError without a code.
    if (!db.open) throw new AppError('connection', `The database ${db.name} is closed.`);
    try {
      return work();
    } catch (error) {
      const known = storeError(error, db.name);
      if (isBusy(known)) lockWait.refused();
      throw known;
    }
  };
  const transaction = db.transaction((work: () => unknown) => work());
  return {
    get: (text, map, parameters = []) =>
      guarded(() => {
        const row = prepared(text).get(parameters);
        return row === undefined ? undefined : map(row, tell);
      }),
    all: (text, map, parameters = []) =>
      guarded(() =>
        prepared(text)
          .all(parameters)
          .map((row) => map(row, tell)),
      ),
    run: (text, parameters = []) =>
      guarded(() => {
        const { changes, lastInsertRowid } = prepared(text).run(parameters);
        lockWait.written();
        return { changes, lastId: Number(lastInsertRowid) };
      }),
    // IMMEDIATE: a transaction that reads first and writes later would fail if another connection wrote in between.
    atomically: <T>(work: () => T) =>
      guarded(() => {
        const result = transaction.immediate(work) as T;
        lockWait.written();
        return result;
      }),
    isInTransaction: () => db.inTransaction,
    waitBriefly: lockWait.waitBriefly,
  };
};

/** A value as SQLite takes it. */
const toValue = (value: unknown): Value => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'object') return JSON.stringify(value);
  return value as Value;
};

/**
 * `SET` for the time of a change, never the same twice for one row: who compares two readings of a row must see that it changed
 * in between, also if both changes fell into one millisecond or the clock was set back.
 */
export const touchedAt = (time: '?' | ':at'): string =>
  `updated_at = max(${time}, strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0.001 seconds'))`;

/**
 * The time by which something stands at the end of the order: now; or a moment after the last one, if the clock was set back
 * since that came. By itself SQLite looks at the rows of all that wait for that.
 */
export const endOfOrder = (sql: Sql, now: string): string =>
  sql.get(
    "SELECT max(?, coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', max(queued_at), '+0.001 seconds'), '')) AS at FROM models INDEXED BY idx_models_queued WHERE status = 'pending'",
    (row) => String(row['at']),
    [now],
  ) ?? now;

/**
 * `SET`, for rows with a wait: one that began in the future, since the clock was set back, begins now and is as long as
 * it was. Takes the time as `:at`.
 */
export const BEGIN_WAIT_ANEW = `waits_since = :at, not_before = strftime('%Y-%m-%dT%H:%M:%fZ',
  julianday(:at) + max(0, julianday(not_before) - julianday(waits_since)))`;

/** `SET` for the keys that are given (not undefined): its text, and the values in its order. */
export const assignments = (changes: object): { text: string; values: Value[] } => {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return {
    text: given.map(([key]) => (key === 'updatedAt' ? touchedAt('?') : `${snake(key)} = ?`)).join(', '),
    values: given.map(([, value]) => toValue(value)),
  };
};

/** `(columns) VALUES (?, …)` for the keys that are given. */
export const insertion = (fields: object): { text: string; values: Value[] } => {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    text: `(${given.map(([key]) => snake(key)).join(', ')}) VALUES (${given.map(() => '?').join(', ')})`,
    values: given.map(([, value]) => toValue(value)),
  };
};

/** An ISO time so much earlier. */
export const earlier = (at: string, ms: number): string => new Date(Date.parse(at) - ms).toISOString();

/** The single number a counting query returns. */
export const numberOf = (row: Row): number => Number(Object.values(row)[0] ?? 0);
