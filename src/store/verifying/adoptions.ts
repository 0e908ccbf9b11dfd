import type { RepoType } from '../../domain/listing.ts';
import type { AdoptionWish } from '../../domain/verification.ts';
import { assignments, insertion, type Sql } from '../database/sql.ts';
import {
  insertVerification,
  type NewVerification,
  toVerification,
  type Verification,
  verificationOfUpdate,
} from './verifications.ts';

/** What lies in the cache and is to be taken over. */
export interface FoundItem {
  readonly repoType: RepoType;
  readonly name: string;
  readonly commitSha: string;
  /** A branch or a tag that leads to it there, or the commit. */
  readonly revision: string;
  /** On which machine. */
  readonly hostId: number;
}

/** Verifications of what lies in the cache and is in no library yet. */
export interface Adoptions {
  /** One for each update: a repetition returns the first one. What it means is to be listed. */
  readonly createAdoption: (asked: NewVerification, wish: AdoptionWish) => Verification;
  /** Of each chat the oldest of which is not known yet what it means, but for these. */
  readonly nextUnlisted: (except: readonly number[]) => Verification[];
  /** What it means. Without any it has ended, with a sentence that says why. */
  readonly listItems: (id: number, items: readonly FoundItem[], errorMessage?: string) => void;
}

/** @param now the current time, ISO 8601 */
export const createAdoptions = (sql: Sql, now: () => string): Adoptions => ({
  createAdoption: (asked, wish) =>
    sql.atomically(() => {
      const before = verificationOfUpdate(sql, asked);
      if (before) return before;
      const id = insertVerification(sql, { ...asked, purpose: 'adopt', wish, listed: false }, now());
      return sql.get('SELECT * FROM verifications WHERE id = ?', toVerification, [id]) as Verification;
    }),
  nextUnlisted: (except) =>
    sql.all(
      `SELECT * FROM verifications WHERE id IN (
         SELECT min(id) FROM verifications
         WHERE listed = 0 AND state = 'reading' AND id NOT IN (SELECT value FROM json_each(?)) GROUP BY chat_id)
       ORDER BY id`,
      toVerification,
      [JSON.stringify(except)],
    ),
  listItems: (id, items, errorMessage) =>
    sql.atomically(() => {
      const state = items.length === 0 ? 'done' : 'reading';
      const set = assignments({
        listed: true,
        state,
        errorMessage: errorMessage ?? null,
        settled: false,
        updatedAt: now(),
      });
      const { changes } = sql.run(
        `UPDATE verifications SET ${set.text} WHERE id = ? AND listed = 0 AND state = 'reading'`,
        [...set.values, id],
      );
      if (changes === 0) return;
      for (const item of items) {
        const row = insertion({ verificationId: id, ...item });
        sql.run(`INSERT INTO verification_items ${row.text}`, row.values);
      }
    }),
});
