import { type CheckResult, checkResultSchema } from '../../domain/checks/check.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, numberOf, type Sql, touchedAt } from '../database/sql.ts';

/**
 * - `waiting`: somebody wants to know; it is checked when its turn comes, after a restart too.
 * - `done`: what was found holds for the files as they are.
 * - `refused`: it could not be checked, and why is said.
 * - `stale`: its files have changed since.
 */
export type CopyCheckState = 'waiting' | 'done' | 'refused' | 'stale';

/** What is to be known, or is known, of the inside of a copy. */
export interface CopyCheck {
  readonly copyId: number;
  readonly state: CopyCheckState;
  /** null: as usual. */
  readonly contextTokens: number | null;
  /** Set if it is done; null too if the row holds something else. */
  readonly result: CheckResult | null;
  /** Set if it was refused: a sentence. */
  readonly errorMessage: string | null;
}

/** What the check of a model's copy came to, which its chat has not been told. */
export interface UntoldCheck {
  readonly modelId: number;
  readonly chatId: number;
  readonly check: CopyCheck;
}

/** What a check came to. */
export type CheckOutcome = { readonly result: CheckResult } | { readonly errorMessage: string };

export interface CopyChecks {
  /** Somebody wants it checked. @returns false if it is about to be, for this length of text */
  readonly requestCheck: (copyId: number, contextTokens: number | null) => boolean;
  readonly checkOf: (copyId: number) => CopyCheck | undefined;
  /**
   * The one that has waited longest of those whose files are there, but for these.
   * @param hosts on which something can be checked now; this machine alone unless told
   */
  readonly nextCheck: (except: readonly number[], hosts?: readonly number[]) => CopyCheck | undefined;
  /** Notes what one came to that waited; cards of all models that have the copy are drawn from that. */
  readonly settleCheck: (copyId: number, outcome: CheckOutcome) => void;
  /** A model is checked from now on whenever it is here, and now if it is, unless that is known; what comes of it is untold. */
  readonly checkWhenHere: (modelId: number) => void;
  /** So many at most, the oldest models first. */
  readonly untoldChecks: (limit: number) => UntoldCheck[];
  readonly setCheckTold: (modelId: number) => void;
  /** Whether the chat of a model was told the same refusal before, of another copy on the same machine that is not the bot's: one cause. */
  readonly isRefusalTold: (modelId: number) => boolean;
}

const toCheck = rowMapper<CopyCheck>({
  table: 'copy_checks',
  key: 'copy_id',
  json: { result: { schema: checkResultSchema, broken: null } },
});

const ASK = `INSERT INTO copy_checks (copy_id, context_tokens, asked_at) VALUES (:copyId, :contextTokens, :at)
  ON CONFLICT (copy_id) DO UPDATE SET state = 'waiting', context_tokens = excluded.context_tokens,
    asked_at = excluded.asked_at, result = NULL, error_message = NULL
  WHERE state <> 'waiting' OR context_tokens IS NOT excluded.context_tokens`;

const NEXT = `SELECT copy_checks.* FROM copy_checks JOIN copies ON copies.id = copy_checks.copy_id
  WHERE copy_checks.state = 'waiting' AND copies.state = 'complete'
    AND copies.id NOT IN (SELECT value FROM json_each(:except))
    AND copies.host_id IN (SELECT value FROM json_each(:hosts))
    AND EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id)
  ORDER BY asked_at, copy_id LIMIT 1`;

const ASK_WHEN_HERE = `INSERT INTO copy_checks (copy_id, asked_at)
  SELECT copy_id, :at FROM models WHERE id = :modelId AND copy_id IS NOT NULL AND repo_type = 'model'
  ON CONFLICT (copy_id) DO UPDATE SET state = 'waiting', asked_at = excluded.asked_at, error_message = NULL
  WHERE state IN ('refused', 'stale')`;

const UNTOLD = `SELECT models.id AS model_id, models.chat_id, copy_checks.* FROM models
  JOIN copy_checks ON copy_checks.copy_id = models.copy_id
  WHERE models.init_untold = 1 AND copy_checks.state IN ('done', 'refused') ORDER BY models.id LIMIT ?`;

const REFUSAL_TOLD = `SELECT EXISTS (SELECT 1 FROM models AS mine
    JOIN copies ON copies.id = mine.copy_id AND copies.host_id <> ${THIS_HOST}
    JOIN copy_checks AS found ON found.copy_id = copies.id AND found.state = 'refused'
    JOIN copies AS others ON others.host_id = copies.host_id AND others.id <> copies.id
    JOIN copy_checks AS theirs ON theirs.copy_id = others.id AND theirs.state = 'refused'
      AND theirs.error_message = found.error_message
    JOIN models AS told ON told.copy_id = others.id AND told.chat_id = mine.chat_id AND told.init = 1 AND told.init_untold = 0
  WHERE mine.id = ?)`;

const toModel = rowMapper<Pick<UntoldCheck, 'modelId' | 'chatId'>>();

/** @param now the current time, ISO 8601 */
export const createCopyChecks = (sql: Sql, now: () => string): CopyChecks => {
  const draw = (copyId: number): void => {
    sql.run(`UPDATE models SET ${touchedAt('?')} WHERE copy_id = ?`, [now(), copyId]);
  };
  return {
    requestCheck: (copyId, contextTokens) =>
      sql.atomically(() => {
        if (sql.run(ASK, { copyId, contextTokens, at: now() }).changes === 0) return false;
        draw(copyId);
        return true;
      }),
    checkOf: (copyId) => sql.get('SELECT * FROM copy_checks WHERE copy_id = ?', toCheck, [copyId]),
    nextCheck: (except, hosts = [THIS_HOST]) =>
      sql.get(NEXT, toCheck, { except: JSON.stringify(except), hosts: JSON.stringify(hosts) }),
    settleCheck: (copyId, outcome) =>
      sql.atomically(() => {
        const set = assignments({ state: 'result' in outcome ? 'done' : 'refused', ...outcome });
        sql.run(`UPDATE copy_checks SET ${set.text} WHERE copy_id = ? AND state = 'waiting'`, [...set.values, copyId]);
        draw(copyId);
      }),
    checkWhenHere: (modelId) =>
      sql.atomically(() => {
        const at = now();
        sql.run(
          `UPDATE models SET init = 1, init_untold = copy_id IS NOT NULL, ${touchedAt(':at')} WHERE id = :modelId AND repo_type = 'model'`,
          { modelId, at },
        );
        sql.run(ASK_WHEN_HERE, { modelId, at });
      }),
    untoldChecks: (limit) =>
      sql.all(UNTOLD, (row, tell) => ({ ...toModel(row, tell), check: toCheck(row, tell) }), [limit]),
    isRefusalTold: (modelId) => sql.get(REFUSAL_TOLD, numberOf, [modelId]) === 1,
    setCheckTold: (modelId) => {
      sql.run('UPDATE models SET init_untold = 0 WHERE id = ?', [modelId]);
    },
  };
};
