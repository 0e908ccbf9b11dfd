import { filterKey, type LibraryFilter, libraryFilterSchema } from '../../domain/library-filter.ts';
import { readJson } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** Of one chat: whose buttons somebody may still tap. */
const VIEWS_MOST = 100;

/** What lists are filtered by, known by a number that has room in a button. */
export interface LibraryViews {
  /** @returns its number: the same for the same filter, and 0 for none */
  readonly keep: (chatId: number, filter: LibraryFilter) => number;
  /** undefined: it is not known any more */
  readonly read: (chatId: number, id: number) => LibraryFilter | undefined;
}

const NO_FILTER = filterKey({});

/** The rows of library views. */
export const createLibraryViews = (sql: Sql): LibraryViews => ({
  keep: (chatId, filter) => {
    const key = filterKey(filter);
    if (key === NO_FILTER) return 0;
    const known = 'SELECT id FROM library_views WHERE chat_id = ? AND filter = ?';
    return (
      sql.get(known, numberOf, [chatId, key]) ??
      sql.atomically(() => {
        const { lastId } = sql.run('INSERT INTO library_views (chat_id, filter) VALUES (?, ?)', [chatId, key]);
        sql.run(
          `DELETE FROM library_views WHERE chat_id = :chatId AND id <=
             (SELECT id FROM library_views WHERE chat_id = :chatId ORDER BY id DESC LIMIT 1 OFFSET :most)`,
          { chatId, most: VIEWS_MOST },
        );
        return lastId;
      })
    );
  },
  read: (chatId, id) => {
    if (id === 0) return {};
    const text = sql.get(
      'SELECT filter FROM library_views WHERE id = ? AND chat_id = ?',
      (row) => String(row['filter']),
      [id, chatId],
    );
    if (text === undefined) return undefined;
    const filter = readJson(text, libraryFilterSchema);
    return 'value' in filter ? filter.value : undefined;
  },
});
