import type { PersonalToken, TokenAccount } from '../../domain/people/personal-token.ts';
import { rowMapper } from '../database/row.ts';
import { type Sql } from '../database/sql.ts';

/** One that was read before: the number of a row that is gone is given out again, what it sealed never is. */
type Read = Pick<PersonalToken, 'id' | 'sealed'>;

/** Tokens of people, sealed: at most one that the Hub has known, and one that it was not asked about yet. */
export interface PersonalTokenRows {
  /** The newest first. */
  readonly tokensOf: (userId: number) => readonly PersonalToken[];
  /** One that is to be checked; it takes the place of another such. */
  readonly putToken: (token: Pick<PersonalToken, 'userId' | 'sealed' | 'ending'>) => void;
  /** Those that the Hub is to be asked about, the oldest first. */
  readonly tokensToCheck: () => readonly PersonalToken[];
  /** The Hub has said whose it is: what its person had before goes, and what waits for one of theirs is due. @returns false if it is gone meanwhile */
  readonly acceptToken: (token: Read, account: TokenAccount) => boolean;
  /** The Hub takes it no more. @returns false if it is gone meanwhile */
  readonly revokeToken: (token: Read) => boolean;
  /** The Hub is to be asked about it again. */
  readonly doubtToken: (id: number) => void;
  readonly noteTokenUsed: (id: number) => void;
  /** @returns false if it is gone meanwhile */
  readonly dropToken: (token: Read) => boolean;
  /** @returns how many there were */
  readonly dropTokensOf: (userId: number) => number;
}

const toToken = rowMapper<PersonalToken>();

/** What another token may open: its wait is over now. */
const WAITING = [
  `UPDATE models SET not_before = :at, waits_since = :at WHERE status = 'pending' AND not_before > :at
     AND token_of = (SELECT user_id FROM personal_tokens WHERE id = :id)`,
  `UPDATE add_requests SET not_before = :at, waits_since = :at WHERE not_before > :at
     AND user_id = (SELECT user_id FROM personal_tokens WHERE id = :id)`,
] as const;

/** @param now the current time, ISO 8601 */
export const createPersonalTokenRows = (sql: Sql, now: () => string): PersonalTokenRows => ({
  tokensOf: (userId) => sql.all('SELECT * FROM personal_tokens WHERE user_id = ? ORDER BY id DESC', toToken, [userId]),
  putToken: ({ userId, sealed, ending }) => {
    sql.atomically(() => {
      sql.run("DELETE FROM personal_tokens WHERE user_id = ? AND state = 'unchecked'", [userId]);
      sql.run(
        "INSERT INTO personal_tokens (user_id, sealed, ending, state, created_at) VALUES (?, ?, ?, 'unchecked', ?)",
        [userId, sealed, ending, now()],
      );
    });
  },
  tokensToCheck: () => sql.all('SELECT * FROM personal_tokens WHERE checked_at IS NULL ORDER BY id', toToken),
  acceptToken: ({ id, sealed }, { name, kind }) =>
    sql.atomically(() => {
      if (!sql.get('SELECT 1 FROM personal_tokens WHERE id = ? AND sealed = ?', () => true, [id, sealed])) return false;
      sql.run(
        `DELETE FROM personal_tokens WHERE id <> ? AND state <> 'unchecked'
           AND user_id = (SELECT user_id FROM personal_tokens WHERE id = ?)`,
        [id, id],
      );
      const at = now();
      sql.run("UPDATE personal_tokens SET state = 'valid', account = ?, kind = ?, checked_at = ? WHERE id = ?", [
        name,
        kind,
        at,
        id,
      ]);
      for (const waiting of WAITING) sql.run(waiting, { id, at });
      return true;
    }),
  revokeToken: ({ id, sealed }) =>
    sql.run("UPDATE personal_tokens SET state = 'revoked', checked_at = ? WHERE id = ? AND sealed = ?", [
      now(),
      id,
      sealed,
    ]).changes > 0,
  doubtToken: (id) => {
    sql.run("UPDATE personal_tokens SET checked_at = NULL WHERE id = ? AND state = 'valid'", [id]);
  },
  noteTokenUsed: (id) => {
    sql.run('UPDATE personal_tokens SET used_at = ? WHERE id = ?', [now(), id]);
  },
  dropToken: ({ id, sealed }) =>
    sql.run('DELETE FROM personal_tokens WHERE id = ? AND sealed = ?', [id, sealed]).changes > 0,
  dropTokensOf: (userId) => sql.run('DELETE FROM personal_tokens WHERE user_id = ?', [userId]).changes,
});
