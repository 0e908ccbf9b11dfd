/* store/renewals: branches, and how each model stands to its own. */

import { newsSchema, type News, type Renewal } from '../../domain/renewals/renewal.ts';
import { assertRenewalMove, type RenewalState } from '../../domain/states/renewal.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, numberOf, type Sql } from '../database/sql.ts';

/** What a look, or a person, says of a renewal. */
interface RenewalChanges {
  readonly commitSha?: string | null;
  readonly news?: News | null;
  readonly reason?: string | null;
  readonly askId?: number | null;
  readonly newName?: string | null;
  readonly lookedAt?: string;
}

/** A part of a chat's renewals, in the order of their models. */
interface RenewalPage {
  readonly limit: number;
  readonly offset?: number;
}

/** How models stand to what their branches are now. */
export interface Renewals {
  readonly getRenewal: (modelId: number) => Renewal | undefined;
  /**
   * Compare-and-set; from `undefined` there is no row yet.
   * @returns false if it was not in `from` any more
   * @throws AppError state_transition
   */
  readonly moveRenewal: (
    modelId: number,
    from: RenewalState | undefined,
    to: RenewalState,
    changes?: RenewalChanges,
  ) => boolean;
  /** Nothing has come of a look. */
  readonly noteLook: (modelId: number, lookedAt: string) => void;
  /** The one that waits longest in this state. */
  readonly nextRenewal: (state: 'asked' | 'wanted') => Renewal | undefined;
  /** Those of a chat whose models follow a branch, and for which it was at this commit. */
  readonly renewalsOn: (chatId: number, branchId: number, commitSha: string) => Renewal[];
  /** Those of a chat that a person may take or that are under way; of models that are complete. */
  readonly openRenewals: (chatId: number, page: RenewalPage) => Renewal[];
  readonly countOpenRenewals: (chatId: number) => number;
  /** Looks that were taken in the future, before the clock was set back, were taken now. */
  readonly beginLooksAnew: () => void;
  /** All that is offered in a chat, each model with its commit, as one text; '' if nothing is. */
  readonly offeredIn: (chatId: number) => string;
  /** A person takes all that is offered in a chat. @returns how many */
  readonly takeOffered: (chatId: number) => number;
}

export const toRenewal = rowMapper<Renewal>({
  table: 'renewals',
  key: 'model_id',
  json: { news: { schema: newsSchema, broken: null } },
});

/** Of a chat, by rows of models: what can still be taken, and what is on its way to the queue. */
const OPEN = `renewals JOIN models ON models.id = renewals.model_id
  WHERE models.chat_id = ? AND models.status = 'completed' AND renewals.state IN ('offered', 'asked', 'wanted', 'refused')`;

const ON_BRANCH = `SELECT renewals.* FROM branches
  JOIN models ON models.name = branches.name AND models.repo_type = branches.repo_type AND models.revision = branches.revision
  JOIN renewals ON renewals.model_id = models.id
  WHERE branches.id = :branchId AND models.chat_id = :chatId AND renewals.commit_sha = :commitSha ORDER BY models.id`;

const OFFERED_IN = `SELECT coalesce(group_concat(model_id || ' ' || coalesce(commit_sha, ''), ' ' ORDER BY model_id), '') AS offered FROM renewals
  WHERE state = 'offered' AND model_id IN (SELECT id FROM models WHERE chat_id = ? AND status = 'completed')`;
const TAKE_OFFERED = `UPDATE renewals SET state = 'wanted', ask_id = NULL, new_name = NULL, updated_at = :at
  WHERE state = 'offered' AND model_id IN (SELECT id FROM models WHERE chat_id = :chatId AND status = 'completed')`;

/** @param now the current time, ISO 8601 */
export const createRenewals = (sql: Sql, now: () => string): Renewals => {
  const getRenewal = (modelId: number): Renewal | undefined =>
    sql.get('SELECT * FROM renewals WHERE model_id = ?', toRenewal, [modelId]);
  return {
    getRenewal,
    moveRenewal: (modelId, from, to, changes = {}) => {
      const fields = { reason: null, newName: null, ...changes, state: to, updatedAt: now() };
      if (from === undefined) {
        const row = insertion({ modelId, ...fields });
        return sql.run(`INSERT INTO renewals ${row.text} ON CONFLICT (model_id) DO NOTHING`, row.values).changes > 0;
      }
      assertRenewalMove(from, to);
      const set = assignments(fields);
      const values = [...set.values, modelId, from];
      return sql.run(`UPDATE renewals SET ${set.text} WHERE model_id = ? AND state = ?`, values).changes > 0;
    },
    noteLook: (modelId, lookedAt) => {
      sql.run('UPDATE renewals SET looked_at = ? WHERE model_id = ?', [lookedAt, modelId]);
    },
    nextRenewal: (state) =>
      sql.get(
        `SELECT * FROM renewals WHERE state IN ('asked', 'wanted') AND state = ? ORDER BY updated_at, model_id LIMIT 1`,
        toRenewal,
        [state],
      ),
    renewalsOn: (chatId, branchId, commitSha) => sql.all(ON_BRANCH, toRenewal, { chatId, branchId, commitSha }),
    openRenewals: (chatId, { limit, offset = 0 }) =>
      sql.all(
        `SELECT renewals.* FROM ${OPEN} ORDER BY renewals.state = 'refused', models.id LIMIT ? OFFSET ?`,
        toRenewal,
        [chatId, limit, offset],
      ),
    countOpenRenewals: (chatId) => sql.get(`SELECT count(*) FROM ${OPEN}`, numberOf, [chatId]) ?? 0,
    beginLooksAnew: () => {
      sql.run('UPDATE renewals SET looked_at = :at WHERE looked_at > :at', { at: now() });
    },
    offeredIn: (chatId) => sql.get(OFFERED_IN, (row) => String(row['offered']), [chatId]) ?? '',
    takeOffered: (chatId) => {
      assertRenewalMove('offered', 'wanted');
      return sql.run(TAKE_OFFERED, { chatId, at: now() }).changes;
    },
  };
};
