import type { ZodType } from 'zod';

/** As SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** JSON in a row that is not what it should be. */
interface BrokenJson {
  readonly table: string;
  /** What its row is known by. */
  readonly row: unknown;
  readonly column: string;
  readonly err: unknown;
}

/** Has the log tell of it. */
export type TellBroken = (broken: BrokenJson) => void;

const remembered = (rename: (name: string) => string): ((name: string) => string) => {
  const names = new Map<string, string>();
  return (name) => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const renamed = rename(name);
    names.set(name, renamed);
    return renamed;
  };
};

/** Every column of every row passes here: the few dozen names are worked out once. */
const camel = remembered((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
export const snake = remembered((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** The columns of a row by the names of its object, as SQL lists them: one that is forgotten, or is none, does not compile. */
export const columnsOf = <T>(columns: { readonly [Key in keyof T]-?: true }): string =>
  Object.keys(columns).map(snake).join(', ');

/** What a column with JSON holds, and what stands for it where it does not hold that. */
interface JsonColumn<T> {
  readonly schema: ZodType<T>;
  readonly broken: T | null;
}

interface Mapping<T> {
  /** For the log, where a row cannot be read. */
  readonly table?: string;
  /** The column that tells the rows of the table apart; `id` unless told. */
  readonly key?: string;
  readonly booleans?: readonly (keyof T)[];
  readonly json?: { readonly [Key in keyof T]?: JsonColumn<NonNullable<T[Key]>> };
}

/** JSON from a row, as far as its schema takes it. */
export const readJson = <T>(
  text: unknown,
  schema: ZodType<T>,
): { readonly value: T } | { readonly broken: unknown } => {
  try {
    const read = schema.safeParse(JSON.parse(String(text)));
    return read.success ? { value: read.data } : { broken: read.error };
  } catch (error) {
    return { broken: error };
  }
};

/**
 * A mapper from a row to its object: names in camel case, 0/1 to booleans, JSON text to what its schema says. What other
 * columns may hold is the schema of the database's promise (STRICT, CHECK), so it is not checked again.
 */
export const rowMapper =
  <T>({ table = '', key: id = 'id', booleans, json }: Mapping<T> = {}) =>
  (row: Row, tell: TellBroken): T => {
    const mapped: Record<string, unknown> = {};
    for (const column of Object.keys(row)) {
      const key = camel(column);
      const value = row[column];
      const kept = json?.[key as keyof T];
      if (booleans?.includes(key as keyof T)) mapped[key] = value === 1;
      else if (!kept) mapped[key] = value;
      else if (value === null) mapped[key] = null;
      else {
        const read = readJson(value, kept.schema);
        if ('broken' in read) tell({ table, row: row[id], column, err: read.broken });
        mapped[key] = 'broken' in read ? kept.broken : read.value;
      }
    }
    return mapped as T;
  };
