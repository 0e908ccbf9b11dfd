import { newsSchema, type News, type Renewal } from '../../domain/renewals/renewal.ts';
import { assertRenewalMove, type RenewalState } from '../../domain/states/renewal.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, numberOf, type Sql } from '../database/sql.ts';

/** What a look, or a person, says of a renewal. */
interface RenewalChanges {
  readonly commitSha?: string;
  readonly news?: News | null;
  readonly reason?: string | null;
  readonly askId?: number | null;
  readonly newName?: string | null;
  readonly lookedAt?: string;
}

/** Somebody asks for updates, by a message or a tap. */
export interface NewAsk {
  /** Of the message or the tap: the same again is the same ask. */
  readonly updateId: number;
  readonly chatId: number;
  readonly threadId: number | null;
  /** What is answered. */
  readonly messageId: number;
}

export type Ask = NewAsk & { readonly id: number };

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
  /** It is told with what this message asked for, too. */
  readonly joinAsk: (modelId: number, askId: number) => void;
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
  /** @returns the ask of this update, and whether it is new */
  readonly createAsk: (ask: NewAsk) => { readonly ask: Ask; readonly created: boolean };
  readonly getAsk: (id: number) => Ask | undefined;
  /** Asks that were not answered, and of which nothing is open any more. */
  readonly settledAsks: () => Ask[];
  readonly endAsk: (id: number) => void;
  readonly renewalsOf: (askId: number) => Renewal[];
}

const toRenewal = rowMapper<Renewal>({
  table: 'renewals',
  key: 'model_id',
  json: { news: { schema: newsSchema, broken: null } },
});
const toAsk = rowMapper<Ask>();

/** Of a chat, by rows of models: what can still be taken, and what is on its way to the queue. */
const OPEN = `renewals JOIN models ON models.id = renewals.model_id
  WHERE models.chat_id = ? AND models.status = 'completed' AND renewals.state IN ('offered', 'asked', 'wanted', 'refused')`;

const ON_BRANCH = `SELECT renewals.* FROM branches
  JOIN models ON models.name = branches.name AND models.repo_type = branches.repo_type AND models.revision = branches.revision
  JOIN renewals ON renewals.model_id = models.id
  WHERE branches.id = :branchId AND models.chat_id = :chatId AND renewals.commit_sha = :commitSha ORDER BY models.id`;

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
    joinAsk: (modelId, askId) => {
      sql.run('UPDATE renewals SET ask_id = ? WHERE model_id = ?', [askId, modelId]);
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
      sql.all(`SELECT renewals.* FROM ${OPEN} ORDER BY models.id LIMIT ? OFFSET ?`, toRenewal, [chatId, limit, offset]),
    countOpenRenewals: (chatId) => sql.get(`SELECT count(*) FROM ${OPEN}`, numberOf, [chatId]) ?? 0,
    beginLooksAnew: () => {
      sql.run('UPDATE renewals SET looked_at = :at WHERE looked_at > :at', { at: now() });
    },
    createAsk: ({ updateId, chatId, threadId, messageId }) => {
      const row = insertion({ updateId, chatId, threadId, messageId });
      const { changes } = sql.run(
        `INSERT INTO renewal_asks ${row.text} ON CONFLICT (update_id) DO NOTHING`,
        row.values,
      );
      const found = sql.get('SELECT * FROM renewal_asks WHERE update_id = ?', toAsk, [updateId]) as Ask;
      return { ask: found, created: changes > 0 };
    },
    getAsk: (id) => sql.get('SELECT * FROM renewal_asks WHERE id = ?', toAsk, [id]),
    settledAsks: () =>
      sql.all(
        `SELECT * FROM renewal_asks WHERE done_at IS NULL AND NOT EXISTS (
           SELECT 1 FROM renewals WHERE ask_id = renewal_asks.id AND state IN ('asked', 'wanted')) ORDER BY id`,
        toAsk,
      ),
    endAsk: (id) => {
      sql.run('UPDATE renewal_asks SET done_at = ? WHERE id = ?', [now(), id]);
    },
    renewalsOf: (askId) => sql.all('SELECT * FROM renewals WHERE ask_id = ? ORDER BY model_id', toRenewal, [askId]),
  };
};
