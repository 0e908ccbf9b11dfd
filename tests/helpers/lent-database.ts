import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { lentFolder } from './lent-folder.ts';

type Statement = Database.Statement<unknown[]>;

/** An open database that tests have one after the other, with the statements that were prepared for those before. */
interface Lent {
  readonly db: Database.Database;
  readonly file: string;
  readonly statements: Map<string, Statement>;
  /** Leaves what an empty one holds. */
  readonly wipe: () => void;
  /** Of its schema, as SQLite counts it (sqlite.org/pragma.html#pragma_schema_version). */
  readonly version: unknown;
  /** The name that it has, or had last, for a test. */
  path: string;
  isOut: boolean;
}

const FOLDER = join(lentFolder(process.ppid), String(process.pid));

/** As `openDatabase` leaves a connection. These have all that was prepared be prepared anew (sqlite.org/src, pragma.c: OP_Expire). */
const ONCE = ['journal_mode = WAL', 'foreign_keys = ON', 'trusted_schema = OFF'] as const;
/** The same of what another store may have changed. */
const EACH_TIME = [
  'synchronous = FULL',
  'cache_size = -4000',
  'busy_timeout = 5000',
  'wal_autocheckpoint = 1000',
  'journal_size_limit = -1',
] as const;

const TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  AND name <> 'schema_migrations'`;

/** The tables of a database, each before those that its rows point to. */
const tablesOf = (db: Database.Database): readonly string[] => {
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    const pointsTo = db.pragma(`foreign_key_list(${name})`) as { readonly table: string }[];
    for (const { table } of pointsTo) if (table !== name && !ordered.has(table)) visit(table);
    ordered.add(name);
  };
  for (const name of db.prepare(TABLES).pluck().all() as string[]) visit(name);
  return [...ordered].toReversed();
};

const createWipe = (db: Database.Database): (() => void) => {
  const names = tablesOf(db);
  const isFilled = db.prepare(`SELECT ${names.map((name) => `EXISTS (SELECT 1 FROM ${name})`).join(', ')}`).raw();
  const filled = (): number[] => isFilled.get() as number[];
  const deletions = names.map((name) => db.prepare(`DELETE FROM ${name}`));
  const atFirst = filled();
  // What the tables count lies in one of its own, and is put back last: to fill the others counts.
  const kept = [...names.filter((_, at) => atFirst[at] === 1).toReversed(), 'sqlite_sequence'].map((name) => {
    const columns = (db.pragma(`table_info(${name})`) as { readonly name: string }[]).map((column) => column.name);
    const list = columns.join(', ');
    return {
      rows: db.prepare(`SELECT ${list} FROM ${name}`).raw().all() as unknown[][],
      empty: db.prepare(`DELETE FROM ${name}`),
      fill: db.prepare(`INSERT INTO ${name} (${list}) VALUES (${columns.map(() => '?').join(', ')})`),
    };
  });
  const wipe = db.transaction(() => {
    // What is deleted may have triggers put something elsewhere.
    for (let now = filled(); now.includes(1); now = filled()) {
      for (const [at, deletion] of deletions.entries()) if (now[at] === 1) deletion.run();
    }
    for (const { rows, empty, fill } of kept) {
      empty.run();
      for (const row of rows) fill.run(row);
    }
  });
  return () => wipe.immediate();
};

const versionOf = (db: Database.Database): unknown => db.pragma('schema_version', { simple: true });

const kept: Lent[] = [];
let made = 0;

const make = (empty: Buffer): Lent => {
  mkdirSync(FOLDER, { recursive: true });
  made += 1;
  const file = join(FOLDER, `${made}.db`);
  writeFileSync(file, empty, { mode: 0o600 });
  const db = new Database(file);
  for (const pragma of ONCE) db.pragma(pragma);
  const lent: Lent = {
    db,
    file,
    statements: new Map(),
    wipe: createWipe(db),
    version: versionOf(db),
    path: '',
    isOut: false,
  };
  kept.push(lent);
  return lent;
};

/** One that nobody has, and whose name of old is gone, with all that could be read by it. */
const free = (): Lent | undefined => {
  const found = kept.find(({ isOut, path }) => !isOut && !existsSync(path));
  if (!found) return undefined;
  try {
    // One whose schema was changed is not what it was.
    if (versionOf(found.db) === found.version) {
      found.wipe();
      return found;
    }
  } catch {
    // A connection that a test has left open holds it.
  }
  kept.splice(kept.indexOf(found), 1);
  found.db.close();
  return free();
};

/** A statement to be kept. One that gives another form of what it finds is another one: whoever asks for that gets one of their own. */
const prepareToKeep = (db: Database.Database, text: string): Statement =>
  Object.assign(db.prepare(text), { pluck: () => db.prepare(text).pluck() });

/** The database as one that is its borrower's alone: it has their name, and is closed when they have closed it. */
const facade = (lent: Lent): Database.Database => {
  const { db, path, statements } = lent;
  let isOpen = true;
  return Object.create(db, {
    name: { get: () => path },
    open: { get: () => isOpen },
    prepare: {
      value: (text: string): Statement => {
        const known = statements.get(text) ?? prepareToKeep(db, text);
        statements.set(text, known);
        return known;
      },
    },
    close: {
      value: () => {
        if (isOpen) lent.isOut = false;
        isOpen = false;
      },
    },
  }) as Database.Database;
};

const lentAs = (path: string): Lent | undefined => kept.find((one) => one.path === path && existsSync(path));

/** Whether what lies at a path is a database that was lent. */
export const isLent = (path: string): boolean => lentAs(path) !== undefined;

/**
 * A database that others have had before, and that holds nothing of them: to open one and to prepare what is asked of it takes longer than most of
 * what tests do with it. Until the file at this path is deleted, it may be opened again.
 * @param empty what a database without anything in it is, byte by byte
 */
export const lendDatabase = (path: string, empty: Buffer): Database.Database => {
  const again = lentAs(path);
  const lent = again ?? free() ?? make(empty);
  if (!again) {
    mkdirSync(dirname(path), { recursive: true });
    for (const end of ['', '-wal', '-shm']) symlinkSync(`${lent.file}${end}`, `${path}${end}`);
  }
  Object.assign(lent, { path, isOut: true });
  for (const pragma of EACH_TIME) lent.db.pragma(pragma);
  return facade(lent);
};
