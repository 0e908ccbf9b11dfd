import type { RepoType } from '../../domain/listing.ts';
import { rowMapper } from '../database/row.ts';
import { insertion, type Sql } from '../database/sql.ts';

/** A repository that no model is of, and that somebody reads about. */
export interface Reading {
  readonly id: number;
  readonly chatId: number;
  /** Who asked. */
  readonly userId: number;
  readonly repoType: RepoType;
  readonly name: string;
  /** null: the usual branch. */
  readonly revision: string | null;
  readonly createdAt: string;
}

export type NewReading = Omit<Reading, 'id' | 'createdAt'> & { readonly updateId: number };

export interface Readings {
  /** One for each update: a repetition returns the first one. Of each chat the newest fifty are kept. */
  readonly createReading: (reading: NewReading) => Reading;
  readonly getReading: (id: number) => Reading | undefined;
}

const KEPT_MOST = 50;

const toReading = rowMapper<Reading>();

const FORGET_OLD = `DELETE FROM readings WHERE chat_id = :chatId AND id NOT IN
  (SELECT id FROM readings WHERE chat_id = :chatId ORDER BY id DESC LIMIT ${KEPT_MOST})`;

/** @param now the current time, ISO 8601 */
export const createReadings = (sql: Sql, now: () => string): Readings => ({
  createReading: (reading) =>
    sql.atomically(() => {
      const row = insertion({ ...reading, createdAt: now() });
      sql.run(`INSERT INTO readings ${row.text} ON CONFLICT (update_id) DO NOTHING`, row.values);
      sql.run(FORGET_OLD, { chatId: reading.chatId });
      return sql.get('SELECT * FROM readings WHERE update_id = ?', toReading, [reading.updateId]) as Reading;
    }),
  getReading: (id) => sql.get('SELECT * FROM readings WHERE id = ?', toReading, [id]),
});
