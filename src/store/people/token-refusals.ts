import type { Sql } from '../database/sql.ts';

/** Which of the machine's tokens the Hub does not accept any more. */
export interface TokenRefusals {
  /** @returns true if that is new */
  readonly noteRefusal: (fingerprint: string) => boolean;
  /** The Hub accepts the token that is used now: what was noted of any is over. @returns false if nothing was */
  readonly forgetRefusals: () => boolean;
  readonly isAnyRefused: () => boolean;
  readonly isTokenRefused: (fingerprint: string) => boolean;
}

/** @param now the current time, ISO 8601 */
export const createTokenRefusals = (sql: Sql, now: () => string): TokenRefusals => ({
  noteRefusal: (fingerprint) =>
    sql.run('INSERT INTO hub_token_refusals (fingerprint, refused_at) VALUES (?, ?) ON CONFLICT DO NOTHING', [
      fingerprint,
      now(),
    ]).changes > 0,
  forgetRefusals: () => sql.run('DELETE FROM hub_token_refusals').changes > 0,
  isAnyRefused: () => sql.get('SELECT 1 FROM hub_token_refusals LIMIT 1', () => true) ?? false,
  isTokenRefused: (fingerprint) =>
    sql.get('SELECT 1 FROM hub_token_refusals WHERE fingerprint = ?', () => true, [fingerprint]) ?? false,
});
