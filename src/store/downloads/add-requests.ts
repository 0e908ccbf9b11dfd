import { type AddChoices, addChoicesSchema } from '../../domain/repo/add-choices.ts';
import { type AddOptions, addOptionsSchema } from '../../domain/repo/add-options.ts';
import { type AddRequestState, assertRequestMove } from '../../domain/states/add-request.ts';
import { REACHABLE } from '../people/chats.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, earlier, numberOf, type Sql } from '../database/sql.ts';

/** What became of asking again for a model that the library had. */
export type AddOutcome =
  /** Nothing was to be done: it is complete, is being downloaded, or waits. */
  | 'here'
  | 'running'
  | 'waits'
  /** It begins: it had waited, had been paused, had been cancelled, or had failed. */
  | 'started'
  | 'resumed'
  | 'anew'
  | 'retried'
  /** The Hub has a newer commit, or its files had gone from the disk. */
  | 'renewed'
  | 'refetched';

/** What a person asked for with `/add`. */
export interface AddRequest {
  readonly id: number;
  readonly chatId: number;
  readonly userId: number;
  readonly threadId: number | null;
  /** The person's message. Negative: it stayed behind in the group that this supergroup was before. */
  readonly messageId: number;
  /** Which of the references in that message, 0 = the first. */
  readonly part: number;
  /** The bot's message that answers it; null until it was sent. */
  readonly cardMessageId: number | null;
  /** As typed. */
  readonly ref: string;
  /** null: the row holds something else, and nobody knows what was asked for. */
  readonly options: AddOptions | null;
  readonly state: AddRequestState;
  readonly modelId: number | null;
  /** What the person can choose; null where there is nothing to choose, or it cannot be read any more. */
  readonly choices: AddChoices | null;
  readonly errorMessage: string | null;
  /** Set once it was added, if the library had it. */
  readonly outcome: AddOutcome | null;
  readonly drawn: string | null;
  readonly settled: boolean;
  /** It has no message of its own, as long as nobody is asked anything: that of its import tells of it. */
  readonly quiet: boolean;
  /** How often its look-up has begun since it last came to an end of any kind. */
  readonly begun: number;
  /** When that was counted last. */
  readonly begunAt: string | null;
  /** How often it was looked by itself whether access to a gated repository was given. */
  readonly looks: number;
  /** When it is looked again; null: it is not. Set only of what has failed. */
  readonly notBefore: string | null;
  /** When that wait began. */
  readonly waitsSince: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewAddRequest {
  readonly chatId: number;
  readonly userId: number;
  readonly threadId: number | null;
  /** The person's message; a second request for the same message is the same request. */
  readonly messageId: number;
  /** The first unless told. */
  readonly part?: number | undefined;
  readonly ref: string;
  readonly options: AddOptions;
  readonly quiet?: boolean;
}

interface AddRequestChanges {
  readonly modelId?: number | null;
  readonly choices?: AddChoices | null;
  readonly ref?: string;
  readonly options?: AddOptions;
  readonly errorMessage?: string | null;
  readonly outcome?: AddOutcome;
  readonly looks?: number;
  /** Of every other move nothing of it is left. */
  readonly notBefore?: string | null;
}

/** How many requests are no model yet. */
export interface OpenRequests {
  readonly lookedUp: number;
  /** Somebody has to say which of several is meant. */
  readonly toBeAnswered: number;
}

export interface AddRequests {
  /** One request for each reference in a message: a repetition returns the first one. */
  readonly createAddRequest: (request: NewAddRequest) => { readonly request: AddRequest; readonly created: boolean };
  readonly getAddRequest: (id: number) => AddRequest | undefined;
  /** Of each chat the oldest repository and the oldest address that wait to be looked up, but for these. */
  readonly nextLookUps: (except: readonly number[]) => AddRequest[];
  /**
   * @returns how often it has begun since it last came to an end of any kind; within ten seconds it counts once, since what
   * kills the program so often is something else
   */
  readonly beginLookUp: (id: number) => number;
  /** The program ends and has broken a look-up off: its beginning does not count as one that the program died at. */
  readonly breakOffLookUp: (id: number) => void;
  readonly hasAddRequest: (chatId: number, messageId: number, part?: number) => boolean;
  /** The states of all requests for the references in a message. */
  readonly requestStates: (chatId: number, messageId: number) => AddRequestState[];
  /** How many of this person's requests wait to be looked up, in all chats or in one. */
  readonly openLookUpsOf: (userId: number, chatId?: number) => number;
  /** Of a chat, or of all. */
  readonly countOpen: (chatId?: number) => OpenRequests;
  /** Compare-and-set. @returns false if it was not in `from` any more @throws AppError state_transition */
  readonly moveAddRequest: (
    id: number,
    from: AddRequestState,
    to: AddRequestState,
    changes?: AddRequestChanges,
  ) => boolean;
  /** What was asked for in a chat and waits for an answer, as it was written: the oldest first. */
  readonly questionsIn: (chatId: number, limit: number) => string[];
  /** Of the same: where each stands. */
  readonly questionCardsIn: (
    chatId: number,
    limit: number,
  ) => readonly { readonly id: number; readonly cardMessageId: number | null }[];
  /** What a chat has asked for that is being looked up, as it was written, oldest first; not what a file has brought in. */
  readonly lookUpsIn: (chatId: number, limit: number) => { readonly first: readonly string[]; readonly total: number };
  /** Where its answer stands; null = that message is gone. */
  readonly setAddRequestCard: (id: number, cardMessageId: number | null) => void;
  /** Those whose message may not show what is true; of each chat the oldest, as many as can be drawn for a while. */
  readonly requestsToDraw: () => AddRequest[];
  readonly setDrawn: (id: number, drawn: string, settled: boolean) => void;
  /** The request's topic is gone: its answer goes to the chat itself. */
  readonly leaveThread: (id: number) => void;
}

const toRequest = rowMapper<AddRequest>({
  table: 'add_requests',
  booleans: ['settled', 'quiet'],
  json: {
    options: { schema: addOptionsSchema, broken: null },
    choices: { schema: addChoicesSchema, broken: null },
  },
});

/** Two beginnings of a look-up so close count once: where the program dies so often, something else kills it. */
const APART_MS = 10_000;

const QUESTIONS = "FROM add_requests INDEXED BY idx_add_requests_state WHERE state = 'choosing' AND chat_id = ?";

/** How much each person has asked for. */
const createCounts = (
  sql: Sql,
): Pick<
  AddRequests,
  'hasAddRequest' | 'requestStates' | 'openLookUpsOf' | 'countOpen' | 'questionsIn' | 'questionCardsIn' | 'lookUpsIn'
> => ({
  hasAddRequest: (chatId, messageId, part = 0) =>
    sql.get('SELECT 1 FROM add_requests WHERE chat_id = ? AND message_id = ? AND part = ?', () => true, [
      chatId,
      messageId,
      part,
    ]) ?? false,
  requestStates: (chatId, messageId) =>
    sql.all(
      'SELECT state FROM add_requests WHERE chat_id = ? AND message_id = ?',
      (row) => row['state'] as AddRequestState,
      [chatId, messageId],
    ),
  openLookUpsOf: (userId, chatId) =>
    sql.get(
      `SELECT count(*) FROM add_requests WHERE user_id = ? AND state = 'looking_up' ${chatId === undefined ? '' : 'AND chat_id = ?'}`,
      numberOf,
      [userId, ...(chatId === undefined ? [] : [chatId])],
    ) ?? 0,
  questionsIn: (chatId, limit) =>
    sql.all(`SELECT ref ${QUESTIONS} ORDER BY id LIMIT ?`, (row) => String(row['ref']), [chatId, limit]),
  questionCardsIn: (chatId, limit) =>
    sql.all(
      `SELECT id, card_message_id ${QUESTIONS} ORDER BY id LIMIT ?`,
      (row) => ({ id: Number(row['id']), cardMessageId: row['card_message_id'] as number | null }),
      [chatId, limit],
    ),
  lookUpsIn: (chatId, limit) => {
    const open = `FROM add_requests INDEXED BY idx_add_requests_state
      WHERE state = 'looking_up' AND chat_id = ? AND quiet = 0`;
    return {
      first: sql.all(`SELECT ref ${open} ORDER BY id LIMIT ?`, (row) => String(row['ref']), [chatId, limit]),
      total: sql.get(`SELECT count(*) ${open}`, numberOf, [chatId]) ?? 0,
    };
  },
  // Few are open at a time; a chat may have asked for very many.
  countOpen: (chatId) =>
    sql.get(
      `SELECT count(*) FILTER (WHERE state = 'looking_up') AS looking, count(*) FILTER (WHERE state = 'choosing') AS asking
       FROM add_requests INDEXED BY idx_add_requests_state
       WHERE state IN ('looking_up', 'choosing') ${chatId === undefined ? '' : 'AND chat_id = ?'}`,
      (row) => ({ lookedUp: Number(row['looking']), toBeAnswered: Number(row['asking']) }),
      chatId === undefined ? [] : [chatId],
    ) ?? { lookedUp: 0, toBeAnswered: 0 },
});

/** What waits to be looked up, and how that goes. */
const createLookUps = (
  sql: Sql,
  now: () => string,
): Pick<AddRequests, 'nextLookUps' | 'beginLookUp' | 'breakOffLookUp'> => ({
  nextLookUps: (except) =>
    sql.all(
      `SELECT * FROM add_requests WHERE id IN (
         SELECT min(id) FROM add_requests
         WHERE state = 'looking_up' AND id NOT IN (SELECT value FROM json_each(?))
         GROUP BY chat_id, options ->> 'url' IS NULL)
       ORDER BY id`,
      toRequest,
      [JSON.stringify(except)],
    ),
  beginLookUp: (id) =>
    sql.get(
      `UPDATE add_requests SET begun = iif(begun_at > :before AND begun_at <= :at, begun, begun + 1),
         begun_at = iif(begun_at > :before AND begun_at <= :at, begun_at, :at)
       WHERE id = :id RETURNING begun`,
      numberOf,
      { id, at: now(), before: earlier(now(), APART_MS) },
    ) ?? 0,
  breakOffLookUp: (id) => {
    sql.run('UPDATE add_requests SET begun = 0, begun_at = NULL WHERE id = ?', [id]);
  },
});

/** A chat takes a message a second: however many wait to be drawn there, so many are enough for a look. */
const TO_DRAW = `SELECT add_requests.* FROM (
    SELECT id, row_number() OVER (PARTITION BY chat_id ORDER BY id) AS place
    FROM add_requests WHERE settled = 0 AND ${REACHABLE}
  ) AS due JOIN add_requests ON add_requests.id = due.id
  WHERE place <= 50 ORDER BY add_requests.id`;

/** @param now the current time, ISO 8601 */
export const createAddRequests = (sql: Sql, now: () => string): AddRequests => {
  const getAddRequest = (id: number): AddRequest | undefined =>
    sql.get('SELECT * FROM add_requests WHERE id = ?', toRequest, [id]);
  return {
    ...createCounts(sql),
    ...createLookUps(sql, now),
    createAddRequest: (fields) => {
      const at = now();
      const row = insertion({ ...fields, settled: fields.quiet, createdAt: at, updatedAt: at });
      const { changes } = sql.run(
        `INSERT INTO add_requests ${row.text} ON CONFLICT (chat_id, message_id, part) DO NOTHING`,
        row.values,
      );
      const request = sql.get(
        'SELECT * FROM add_requests WHERE chat_id = ? AND message_id = ? AND part = ?',
        toRequest,
        [fields.chatId, fields.messageId, fields.part ?? 0],
      ) as AddRequest;
      return { request, created: changes > 0 };
    },
    getAddRequest,
    moveAddRequest: (id, from, to, changes = {}) => {
      assertRequestMove(from, to);
      const loud = to === 'choosing' ? { quiet: false } : {};
      const at = now();
      const wait = { notBefore: null, waitsSince: changes.notBefore ? at : null };
      const set = assignments({ state: to, ...wait, ...changes, ...loud, begun: 0, begunAt: null, updatedAt: at });
      const settled = to === 'choosing' ? '0' : 'quiet';
      return (
        sql.run(`UPDATE add_requests SET ${set.text}, settled = ${settled} WHERE id = ? AND state = ?`, [
          ...set.values,
          id,
          from,
        ]).changes > 0
      );
    },
    setAddRequestCard: (id, cardMessageId) => {
      sql.run('UPDATE add_requests SET card_message_id = ?, settled = 0 WHERE id = ?', [cardMessageId, id]);
    },
    requestsToDraw: () => sql.all(TO_DRAW, toRequest),
    setDrawn: (id, drawn, settled) => {
      sql.run(
        'UPDATE add_requests SET drawn = :drawn, settled = :flag WHERE id = :id AND (drawn IS NOT :drawn OR settled <> :flag)',
        { id, drawn, flag: settled ? 1 : 0 },
      );
    },
    leaveThread: (id) => {
      sql.run('UPDATE add_requests SET thread_id = NULL WHERE id = ?', [id]);
    },
  };
};
