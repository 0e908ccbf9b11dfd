import { AppError } from '../../domain/errors.ts';
import type { Row } from '../database/row.ts';
import type { Sql, Value } from '../database/sql.ts';

/** A model's row with all that went with it: the same tables may have other columns when it is brought back. */
export interface Entry {
  readonly model: Row;
  /** Rows that were removed with it, by table. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  /** Ids of rows that have only let go of it, by table. */
  readonly ids: Readonly<Record<string, readonly number[]>>;
}

interface Reference {
  readonly table: string;
  readonly column: string;
  readonly isRemovedWithIt: boolean;
}

/** What points to models. Asked of the schema: whatever is added later goes and comes back as well. */
const REFERENCES = `SELECT tables.name AS "table", keys."from" AS "column", keys.on_delete = 'CASCADE' AS is_removed
  FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
  WHERE tables.type = 'table' AND keys."table" = 'models' ORDER BY tables.name`;

const referencesIn = (sql: Sql): Reference[] =>
  sql.all(REFERENCES, (row) => ({
    table: String(row['table']),
    column: String(row['column']),
    isRemovedWithIt: row['is_removed'] === 1,
  }));

const asIs = (row: Row): Row => row;

/** @returns undefined if there is no such model */
export const readEntry = (sql: Sql, modelId: number): Entry | undefined => {
  const model = sql.get('SELECT * FROM models WHERE id = ?', asIs, [modelId]);
  if (!model) return undefined;
  const references = referencesIn(sql);
  const read = ({ table, column }: Reference): Row[] =>
    sql.all(`SELECT * FROM ${table} WHERE ${column} = ?`, asIs, [modelId]);
  const byTable = <T>(isRemovedWithIt: boolean, of: (row: Row) => T): Record<string, T[]> =>
    Object.fromEntries(
      references
        .filter((reference) => reference.isRemovedWithIt === isRemovedWithIt)
        .map((reference) => [reference.table, read(reference).map(of)]),
    );
  return { model, rows: byTable(true, asIs), ids: byTable(false, (row) => Number(row['id'])) };
};

const insert = (sql: Sql, table: string, row: Row): void => {
  const columns = sql.all(`SELECT name FROM pragma_table_info(?)`, (found) => String(found['name']), [table]);
  const known = columns.filter((column) => column in row);
  const values = known.map((column) => row[column] as Value);
  sql.run(`INSERT INTO ${table} (${known.join(', ')}) VALUES (${known.map(() => '?').join(', ')})`, values);
};

/** What else a row points to may have gone meanwhile: the model comes back without it. */
const insertIfPossible = (sql: Sql, table: string, row: Row): void => {
  try {
    sql.atomically(() => insert(sql, table, row));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'integrity') throw error;
  }
};

/**
 * Puts all of it where it was. To be called in a transaction.
 * @param changes of the model's row: what cannot be as it was
 * @throws AppError integrity: there is such a model already
 */
export const writeEntry = (sql: Sql, { model, rows, ids }: Entry, changes: Row): void => {
  insert(sql, 'models', { ...model, ...changes });
  const references = referencesIn(sql);
  for (const { table, isRemovedWithIt, column } of references) {
    if (isRemovedWithIt) for (const row of rows[table] ?? []) insertIfPossible(sql, table, row);
    else
      sql.run(
        `UPDATE ${table} SET ${column} = :modelId
         WHERE ${column} IS NULL AND id IN (SELECT value FROM json_each(:ids))`,
        { modelId: Number(model['id']), ids: JSON.stringify(ids[table] ?? []) },
      );
  }
};
