import Database from 'better-sqlite3';
import { toIso, type WallClock } from '../../src/lib/clock.ts';
import { createSql, type Sql, storeError } from '../../src/store/database/sql.ts';
import { createStore, type Store } from '../../src/store/store.ts';
import { lendTestDatabase } from '../helpers/database.ts';

/** What SQLite says, by its code. */
const SAYS = {
  SQLITE_FULL: 'database or disk is full',
  SQLITE_BUSY: 'database is locked',
  SQLITE_IOERR_WRITE: 'disk I/O error',
} as const;

export interface TroubledStore {
  readonly store: Store;
  /** From now on whatever would change a row fails like this, until it is said again; undefined: all is well. */
  readonly trouble: (code: keyof typeof SAYS | undefined) => void;
  /** How often a change was refused. */
  readonly refusals: () => number;
}

/** Of all that changes rows. */
const isWrite = (text: string): boolean => /^\s*(WITH\b.*\b)?(INSERT|UPDATE|DELETE|REPLACE)\b/is.test(text);

/**
 * A store on a disk that gets full and empty again. Reading works all the time, and so do statements that change
 * nothing: SQLite asks for room only for what it has to write.
 */
export const openTroubledStore = (path: string, clock: WallClock): TroubledStore => {
  const db = lendTestDatabase(path);
  const real = createSql(db);
  let code: keyof typeof SAYS | undefined;
  let refusals = 0;

  const refusing = <T>(text: string, work: () => T): T => {
    if (code === undefined || !isWrite(text)) return work();
    const said = code;
    const changes = (): unknown => db.prepare('SELECT total_changes()').pluck().get();
    return real.atomically(() => {
      const before = changes();
      const result = work();
      if (changes() === before) return result;
      refusals += 1;
      throw storeError(new Database.SqliteError(SAYS[said], said), path);
    });
  };

  const sql: Sql = {
    get: (text, map, parameters) => refusing(text, () => real.get(text, map, parameters)),
    all: (text, map, parameters) => refusing(text, () => real.all(text, map, parameters)),
    run: (text, parameters) => refusing(text, () => real.run(text, parameters)),
    atomically: real.atomically,
    isInTransaction: real.isInTransaction,
    waitBriefly: real.waitBriefly,
  };
  const store = createStore(db, sql, () => toIso(clock.now()));
  return {
    store,
    trouble: (next) => {
      code = next;
    },
    refusals: () => refusals,
  };
};
