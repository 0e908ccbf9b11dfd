import type { Renewal } from '../../domain/renewals/renewal.ts';
import { assertRenewalMove, RENEWAL_STATES, type RenewalState } from '../../domain/states/renewal.ts';
import { type Row, rowMapper } from '../database/row.ts';
import { insertion, numberOf, type Sql, type Value } from '../database/sql.ts';
import { toRenewal } from './renewals.ts';

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

/** What all that somebody asked for has come to. */
export interface AskTally {
  readonly total: number;
  /** Those that are updated, and what there is to fetch of them. */
  readonly updated: number;
  readonly missingBytes: number;
  /** What of them is new; more than that where chunks of it lie here. */
  readonly newBytes: number;
  readonly refused: number;
}

/** Who asked for updates. */
export interface Asks {
  /**
   * Has models of a chat looked up: those with these numbers. What is asked about already, or on its way to the queue, is told
   * with this, too. The same update again asks for nothing more. To be called in a transaction.
   * @returns how many are looked up; those that are not complete, or were asked for by their commit, are not
   */
  readonly askFor: (ask: NewAsk, modelIds: readonly number[]) => number;
  /**
   * The same of all of the chat, two thousand at a time: those whose numbers come after this one.
   * Until `endAsking` it is not settled.
   * @returns how many of these, and the last one's number if there may be more
   */
  readonly askForNext: (ask: NewAsk, afterId: number) => { readonly asked: number; readonly lastId?: number };
  /** All that the update asks for is noted. */
  readonly endAsking: (updateId: number) => void;
  /** Asks that were not answered, and of which nothing is open any more. Of an update that is over nothing more is asked for. */
  readonly settledAsks: () => Ask[];
  readonly endAsk: (id: number) => void;
  readonly tallyAsk: (askId: number) => AskTally;
  /** Those that were asked for and are in one of these states by now; any unless told. */
  readonly renewalsOf: (askId: number, limit: number, states?: readonly RenewalState[]) => Renewal[];
}

const toAsk = rowMapper<Ask>();

/** Of a row of models: it follows a branch, which may move. As `isPinned` says; what is at a web address has none. */
const CAN_MOVE = `models.status = 'completed' AND models.source = 'hub' AND NOT EXISTS (SELECT 1 FROM copies
  WHERE copies.id = models.wants_copy_id AND length(models.revision) >= 7
    AND substr(copies.commit_sha, 1, length(models.revision)) = models.revision)`;

/** Which models of a chat are meant, and what is said with it. */
interface Meant {
  readonly which: string;
  readonly values: Readonly<Record<string, Value>>;
}

const meant = (which: string): string => `models.chat_id = :chatId AND ${CAN_MOVE} AND ${which}`;

const WITH_IDS = 'models.id IN (SELECT value FROM json_each(:ids))';
const BETWEEN = 'models.id > :afterId AND models.id <= :lastId';

/** Of so many the next ones: some milliseconds. */
const AT_ONCE = 2000;
const LAST_OF_NEXT = `SELECT max(id) AS last, count(*) AS amount FROM (SELECT id FROM models
  WHERE chat_id = :chatId AND status = 'completed' AND id > :afterId ORDER BY id LIMIT ${AT_ONCE})`;

/** What this has asked about already is not asked about again. @param which of them */
const asking = (which: string): string => `INSERT INTO renewals (model_id, state, ask_id, updated_at)
  SELECT id, 'asked', :askId, :at FROM models WHERE ${meant(which)}
    AND NOT EXISTS (SELECT 1 FROM renewals AS own WHERE own.model_id = models.id AND own.ask_id = :askId)
  ON CONFLICT (model_id) DO UPDATE SET ask_id = excluded.ask_id,
    reason = iif(state IN ('asked', 'wanted'), reason, NULL),
    new_name = iif(state IN ('asked', 'wanted'), new_name, NULL),
    updated_at = iif(state IN ('asked', 'wanted'), updated_at, excluded.updated_at),
    state = iif(state = 'wanted', state, 'asked')`;

const TALLY = `SELECT count(*) AS total,
    count(*) FILTER (WHERE state IN ('wanted', 'taken')) AS updated,
    count(*) FILTER (WHERE state = 'refused') AS refused,
    coalesce(sum(iif(state IN ('wanted', 'taken'), coalesce(news ->> '$.fetchedBytes', news ->> '$.missingBytes'), 0)), 0) AS missing_bytes,
    coalesce(sum(iif(state IN ('wanted', 'taken'), coalesce(news ->> '$.missingBytes', 0), 0)), 0) AS new_bytes
  FROM renewals WHERE ask_id = ?`;

const toTally = (row: Row): AskTally => ({
  total: Number(row['total']),
  updated: Number(row['updated']),
  missingBytes: Number(row['missing_bytes']),
  newBytes: Number(row['new_bytes']),
  refused: Number(row['refused']),
});

const SETTLED = `SELECT id, update_id, chat_id, thread_id, message_id FROM renewal_asks WHERE done_at IS NULL
    AND (whole = 1 OR EXISTS (SELECT 1 FROM handled_updates WHERE update_id = renewal_asks.update_id))
    AND NOT EXISTS (SELECT 1 FROM renewals WHERE ask_id = renewal_asks.id AND state IN ('asked', 'wanted'))
  ORDER BY id`;

/** The ask of this update, unless it was answered. */
const OPEN_ASK = 'SELECT id FROM renewal_asks WHERE update_id = ? AND done_at IS NULL';

const askAbout = (sql: Sql, at: string, ask: NewAsk & { readonly whole: number }, meantNow: Meant): number => {
  const { which, values } = meantNow;
  const { updateId, chatId, threadId, messageId, whole } = ask;
  const asked = sql.get(`SELECT count(*) FROM models WHERE ${meant(which)}`, numberOf, values) ?? 0;
  if (asked === 0) return 0;
  const row = insertion({ updateId, chatId, threadId, messageId, whole });
  sql.run(`INSERT INTO renewal_asks ${row.text} ON CONFLICT (update_id) DO NOTHING`, row.values);
  const askId = sql.get(OPEN_ASK, numberOf, [updateId]);
  for (const from of RENEWAL_STATES) if (from !== 'asked' && from !== 'wanted') assertRenewalMove(from, 'asked');
  if (askId !== undefined) sql.run(asking(which), { ...values, askId, at });
  return asked;
};

/** @param now the current time, ISO 8601 */
export const createAsks = (sql: Sql, now: () => string): Asks => ({
  askFor: (ask, modelIds) =>
    askAbout(
      sql,
      now(),
      { ...ask, whole: 1 },
      { which: WITH_IDS, values: { chatId: ask.chatId, ids: JSON.stringify(modelIds) } },
    ),
  askForNext: (ask, afterId) => {
    const { chatId } = ask;
    const { last, amount } = sql.get(LAST_OF_NEXT, (row) => row, { chatId, afterId }) ?? {};
    if (typeof last !== 'number') return { asked: 0 };
    const values = { chatId, afterId, lastId: last };
    const asked = askAbout(sql, now(), { ...ask, whole: 0 }, { which: BETWEEN, values });
    return amount === AT_ONCE ? { asked, lastId: last } : { asked };
  },
  endAsking: (updateId) => {
    sql.run('UPDATE renewal_asks SET whole = 1 WHERE update_id = ?', [updateId]);
  },
  settledAsks: () => sql.all(SETTLED, toAsk),
  endAsk: (id) => {
    sql.run('UPDATE renewal_asks SET done_at = ? WHERE id = ?', [now(), id]);
  },
  tallyAsk: (askId) =>
    sql.get(TALLY, toTally, [askId]) ?? { total: 0, updated: 0, missingBytes: 0, newBytes: 0, refused: 0 },
  renewalsOf: (askId, limit, states = RENEWAL_STATES) =>
    sql.all(
      `SELECT * FROM renewals WHERE ask_id = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY model_id LIMIT ?`,
      toRenewal,
      [askId, JSON.stringify(states), limit],
    ),
});
