import type { Sql } from '../database/sql.ts';

/** State of open dialogues, as text. */
export interface Conversations {
  readonly read: (key: string) => string | undefined;
  readonly write: (key: string, value: string, version?: number) => void;
  readonly delete: (key: string) => void;
  /** Those of a person in any chat, or of everybody in a group (ids below zero). */
  readonly deleteOf: (id: number) => void;
}

/** @param now the current time, ISO 8601 */
export const createConversations = (sql: Sql, now: () => string): Conversations => ({
  read: (key) => sql.get('SELECT value FROM conversations WHERE key = ?', (row) => String(row['value']), [key]),
  write: (key, value, version = 0) => {
    sql.run(
      `INSERT INTO conversations (key, value, version, updated_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, updated_at = excluded.updated_at`,
      [key, value, version, now()],
    );
  },
  delete: (key) => {
    sql.run('DELETE FROM conversations WHERE key = ?', [key]);
  },
  // A key is a chat's id and a person's.
  deleteOf: (id) => {
    sql.run('DELETE FROM conversations WHERE key LIKE ?', [id < 0 ? `${id}:%` : `%:${id}`]);
  },
});
