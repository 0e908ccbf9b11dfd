import type { Sql } from './sql.ts';

export interface WriteCheck {
  /** Writes one row, as anything else is written. @throws AppError no_space, unavailable, busy, operational, …: it cannot */
  readonly checkWrite: () => void;
}

/** @param now the current time, ISO 8601 */
export const createWriteCheck = (sql: Sql, now: () => string): WriteCheck => ({
  checkWrite: () => {
    sql.run(
      'INSERT INTO write_checks (id, written_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at',
      [now()],
    );
  },
});
