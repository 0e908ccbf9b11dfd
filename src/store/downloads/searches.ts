import { z } from 'zod';
import { type Hit, hitSchema } from '../../domain/search/hit.ts';
import { type SearchTerms, searchTermsSchema } from '../../domain/search/terms.ts';
import { assertSearchMove, type SearchState } from '../../domain/states/search.ts';
import { REACHABLE } from '../people/chats.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, numberOf, type Sql } from '../database/sql.ts';

/** What a person searches for, and the page of it that their message shows. */
export interface Search {
  readonly id: number;
  readonly chatId: number;
  /** Who asked, or has turned the page since. */
  readonly userId: number;
  readonly threadId: number | null;
  /** The person's message. Negative: it stayed behind in the group that this supergroup was before. */
  readonly messageId: number;
  /** The bot's message that shows it; null until it was sent. */
  readonly cardMessageId: number | null;
  /** null: the row holds something else, and nobody knows what was searched for. */
  readonly terms: SearchTerms | null;
  /** Counted from 0. */
  readonly page: number;
  /** Counts what was asked for by it: a button of an earlier list is known by its number. */
  readonly turn: number;
  /** Where the second page begins, the third, and so on, as far as it is known. */
  readonly cursors: readonly string[];
  readonly state: SearchState;
  readonly hits: readonly Hit[];
  readonly errorMessage: string | null;
  readonly settled: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type NewSearch = Pick<Search, 'chatId' | 'userId' | 'threadId' | 'messageId'> & { readonly terms: SearchTerms };

interface SearchChanges {
  readonly userId?: number;
  readonly terms?: SearchTerms;
  readonly page?: number;
  readonly cursors?: readonly string[];
  readonly hits?: readonly Hit[];
  readonly errorMessage?: string | null;
}

export interface Searches {
  /** One for each message: a repetition returns the first one. Of each chat the newest fifty are kept. */
  readonly createSearch: (search: NewSearch) => { readonly search: Search; readonly created: boolean };
  readonly getSearch: (id: number) => Search | undefined;
  /** Whether the search in a message has failed, or has found nothing. */
  readonly foundNothing: (chatId: number, messageId: number) => boolean;
  readonly hasSearch: (chatId: number, messageId: number) => boolean;
  /** Of each chat the oldest in this state, but for these. */
  readonly nextSearches: (state: 'searching' | 'sizing', except: readonly number[]) => Search[];
  /** How many of this person's searches wait for an answer, in all chats. */
  readonly openSearchesOf: (userId: number) => number;
  /**
   * Compare-and-set. Being searched anew, it takes its next turn.
   * @returns false if it was in another state or turn @throws AppError state_transition
   */
  readonly moveSearch: (
    from: Pick<Search, 'id' | 'state' | 'turn'>,
    to: SearchState,
    changes?: SearchChanges,
  ) => boolean;
  /** Sizes that the program was asking for when it ended stay as they are. */
  readonly endSizing: () => void;
  /** Where it is shown; null = that message is gone. */
  readonly setSearchCard: (id: number, cardMessageId: number | null) => void;
  /** Those whose message may not show what is true, oldest first. */
  readonly searchesToDraw: () => Search[];
  readonly setSearchDrawn: (id: number, drawn: string, settled: boolean) => void;
  /** Its topic is gone: the answer goes to the chat itself. */
  readonly leaveSearchThread: (id: number) => void;
}

const KEPT_MOST = 50;

const toSearch = rowMapper<Search>({
  table: 'searches',
  booleans: ['settled'],
  json: {
    terms: { schema: searchTermsSchema, broken: null },
    cursors: { schema: z.array(z.string()), broken: [] },
    hits: { schema: z.array(hitSchema), broken: [] },
  },
});

const FORGET_OLD = `DELETE FROM searches WHERE chat_id = :chatId AND id NOT IN
  (SELECT id FROM searches WHERE chat_id = :chatId ORDER BY id DESC LIMIT ${KEPT_MOST})`;

const TO_DRAW = `SELECT * FROM searches WHERE settled = 0 AND ${REACHABLE} ORDER BY id LIMIT 50`;

/** How the message of a search is kept in step with it. */
const createSearchCards = (
  sql: Sql,
): Pick<Searches, 'setSearchCard' | 'searchesToDraw' | 'setSearchDrawn' | 'leaveSearchThread'> => ({
  setSearchCard: (id, cardMessageId) => {
    sql.run('UPDATE searches SET card_message_id = ?, settled = 0 WHERE id = ?', [cardMessageId, id]);
  },
  searchesToDraw: () => sql.all(TO_DRAW, toSearch),
  setSearchDrawn: (id, drawn, settled) => {
    sql.run(
      'UPDATE searches SET drawn = :drawn, settled = :flag WHERE id = :id AND (drawn IS NOT :drawn OR settled <> :flag)',
      { id, drawn, flag: settled ? 1 : 0 },
    );
  },
  leaveSearchThread: (id) => {
    sql.run('UPDATE searches SET thread_id = NULL WHERE id = ?', [id]);
  },
});

/** @param now the current time, ISO 8601 */
export const createSearches = (sql: Sql, now: () => string): Searches => ({
  ...createSearchCards(sql),
  createSearch: (fields) =>
    sql.atomically(() => {
      const at = now();
      const row = insertion({ ...fields, createdAt: at, updatedAt: at });
      const { changes } = sql.run(
        `INSERT INTO searches ${row.text} ON CONFLICT (chat_id, message_id) DO NOTHING`,
        row.values,
      );
      if (changes > 0) sql.run(FORGET_OLD, { chatId: fields.chatId });
      const search = sql.get('SELECT * FROM searches WHERE chat_id = ? AND message_id = ?', toSearch, [
        fields.chatId,
        fields.messageId,
      ]) as Search;
      return { search, created: changes > 0 };
    }),
  getSearch: (id) => sql.get('SELECT * FROM searches WHERE id = ?', toSearch, [id]),
  hasSearch: (chatId, messageId) =>
    sql.get('SELECT 1 FROM searches WHERE chat_id = ? AND message_id = ?', () => true, [chatId, messageId]) ?? false,
  foundNothing: (chatId, messageId) =>
    sql.get(
      `SELECT 1 FROM searches WHERE chat_id = ? AND message_id = ?
         AND (state = 'failed' OR (state = 'shown' AND page = 0 AND hits = '[]'))`,
      () => true,
      [chatId, messageId],
    ) ?? false,
  nextSearches: (state, except) =>
    sql.all(
      `SELECT * FROM searches WHERE id IN (
         SELECT min(id) FROM searches
         WHERE state = ? AND state IN ('searching', 'sizing') AND id NOT IN (SELECT value FROM json_each(?))
         GROUP BY chat_id)
       ORDER BY id`,
      toSearch,
      [state, JSON.stringify(except)],
    ),
  openSearchesOf: (userId) =>
    sql.get(
      "SELECT count(*) FROM searches WHERE user_id = ? AND state = 'searching' AND state IN ('searching', 'sizing')",
      numberOf,
      [userId],
    ) ?? 0,
  moveSearch: ({ id, state, turn }, to, changes = {}) => {
    assertSearchMove(state, to);
    const set = assignments({
      state: to,
      ...changes,
      turn: to === 'searching' ? turn + 1 : turn,
      settled: false,
      updatedAt: now(),
    });
    return (
      sql.run(`UPDATE searches SET ${set.text} WHERE id = ? AND state = ? AND turn = ?`, [
        ...set.values,
        id,
        state,
        turn,
      ]).changes > 0
    );
  },
  endSizing: () => {
    sql.run("UPDATE searches SET state = 'shown', settled = 0 WHERE state = 'sizing'");
  },
});
