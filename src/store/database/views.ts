import type { ZodType } from 'zod';
import { readJson } from './row.ts';
import { numberOf, type Sql } from './sql.ts';

/** Of one chat: whose buttons somebody may still tap. */
const VIEWS_MOST = 100;

/** What lists are filtered by, known by a number that has room in a button. */
export interface Views<Filter> {
  /** @returns its number: the same for the same filter, and 0 for none */
  readonly keep: (chatId: number, filter: Filter) => number;
  /** undefined: it is not known any more */
  readonly read: (chatId: number, id: number) => Filter | undefined;
}

interface ViewsOf<Filter> {
  readonly table: 'library_views' | 'activity_views';
  /** The same text for the same filter; JSON. */
  readonly key: (filter: Filter) => string;
  readonly schema: ZodType<Filter>;
  readonly none: Filter;
}

/** The rows of what one kind of list is filtered by. */
export const createViews = <Filter>(sql: Sql, { table, key: keyOf, schema, none }: ViewsOf<Filter>): Views<Filter> => ({
  keep: (chatId, filter) => {
    const key = keyOf(filter);
    if (key === keyOf(none)) return 0;
    const known = `SELECT id FROM ${table} WHERE chat_id = ? AND filter = ?`;
    return (
      sql.get(known, numberOf, [chatId, key]) ??
      sql.atomically(() => {
        const { lastId } = sql.run(`INSERT INTO ${table} (chat_id, filter) VALUES (?, ?)`, [chatId, key]);
        sql.run(
          `DELETE FROM ${table} WHERE chat_id = :chatId AND id <=
             (SELECT id FROM ${table} WHERE chat_id = :chatId ORDER BY id DESC LIMIT 1 OFFSET :most)`,
          { chatId, most: VIEWS_MOST },
        );
        return lastId;
      })
    );
  },
  read: (chatId, id) => {
    if (id === 0) return none;
    const text = sql.get(`SELECT filter FROM ${table} WHERE id = ? AND chat_id = ?`, (row) => String(row['filter']), [
      id,
      chatId,
    ]);
    if (text === undefined) return undefined;
    const filter = readJson(text, schema);
    return 'value' in filter ? filter.value : undefined;
  },
});
