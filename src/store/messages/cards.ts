import type { ModelStatus, PendingReason } from '../../domain/states/model.ts';
import { REACHABLE } from '../people/chats.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** Which message shows which model. */
export interface Card {
  readonly modelId: number;
  readonly chatId: number;
  readonly threadId: number | null;
  /** null: not sent yet, or gone. */
  readonly messageId: number | null;
  /** The message it replies to. */
  readonly replyTo: number | null;
  /** What was drawn last; `TOLD` while one message tells of many, and it was not sent at all. */
  readonly drawn: string | null;
  /** Nothing to draw until the model's row changes. */
  readonly final: boolean;
  /** Somebody asked to see it: it is shown in full, whatever else runs, until it rests. */
  readonly asked: boolean;
  /** Somebody wants to see all of it, where cards are compact. */
  readonly opened: boolean;
  /** It shows its model's row as it is. What no row tells may have changed since: its place, or when it starts. */
  readonly upToDate: boolean;
}

/** Of a card without a message: the chat's summary has told of its model, and it need not be sent for that. */
export const TOLD = 'summary';

/** With what decides how much hurry it has. */
export type CardToDraw = Card & {
  readonly status: ModelStatus;
  readonly statusReason: PendingReason | null;
  /** Its model's copy is looked into, or will be. */
  readonly checking: boolean;
};

/** Some of the cards that may not show what is true, a part at a time. */
export interface CardTurns {
  /** So many chats with such cards, the next ones by their ids. */
  readonly chatsAfter: (chatId: number, most: number) => number[];
  /** So many of one chat, whose models come after this one. */
  readonly cardsAfter: (chatId: number, modelId: number, most: number) => CardToDraw[];
}

type NewCard = Pick<Card, 'modelId' | 'chatId' | 'threadId' | 'messageId' | 'replyTo'> & Partial<Pick<Card, 'asked'>>;

export interface Cards {
  /** Puts the card there, to be drawn; takes the place of an earlier one. */
  readonly putCard: (card: NewCard) => void;
  readonly cardOf: (modelId: number) => Card | undefined;
  readonly cardByMessage: (chatId: number, messageId: number) => Card | undefined;
  /** Cards that may not show what is true, in chats that can be reached; oldest models first. */
  readonly cardsToDraw: () => CardToDraw[];
  /** How many these are, in all chats: all of them are counted. */
  readonly countToDraw: () => number;
  /** Whether these are more than so many. */
  readonly hasMoreToDraw: (than: number) => boolean;
  /** Those of one chat after the other: which chats, and which of one chat's. */
  readonly waitingCards: CardTurns;
  /** The same of those that are not up to date. */
  readonly newsCards: CardTurns;
  /** Those whose models run, or run again in a moment because only the end of the program has stopped them. */
  readonly cardsOfRunning: () => CardToDraw[];
  /** @param upToDate its model's row has not changed since it was read for this */
  readonly setDrawn: (modelId: number, drawn: string, final: boolean, upToDate?: boolean) => void;
  /** These have nothing to tell before their models' rows change. */
  readonly setUpToDate: (modelIds: readonly number[]) => void;
  /** The chat's summary has told of these models: their cards, as far as they were not sent, are `TOLD`. */
  readonly setTold: (modelIds: readonly number[]) => void;
  /** It stands in another message now; null = that message is gone, it has to be sent anew. */
  readonly replaceCardMessage: (modelId: number, messageId: number | null) => void;
  /** It is drawn again, also if it rests. @returns false if it is so already, or there is no such card */
  readonly setOpened: (modelId: number, opened: boolean) => boolean;
  /** Its topic is gone: the card goes to the chat itself. Nothing, if the model was removed meanwhile. */
  readonly leaveCardThread: (modelId: number) => void;
}

const toCard = rowMapper<Card>({ booleans: ['final', 'asked', 'opened', 'upToDate'] });

const toCardToDraw = rowMapper<CardToDraw>({ booleans: ['final', 'asked', 'opened', 'upToDate', 'checking'] });

const TO_DRAW = `SELECT cards.*, models.status, models.status_reason,
    EXISTS (SELECT 1 FROM copy_checks WHERE copy_checks.copy_id = models.copy_id AND copy_checks.state = 'waiting') AS checking
  FROM cards JOIN models ON models.id = cards.model_id
  WHERE cards.final = 0 AND cards.${REACHABLE}`;

/** From one chat to the next in an index: to read all cards for their chats would be to read all cards. @param which of them */
const chatsAfter = (which: string): string => `WITH RECURSIVE chats (chat_id) AS (
    SELECT min(chat_id) FROM cards WHERE ${which} AND cards.chat_id > :after
    UNION ALL
    SELECT (SELECT min(chat_id) FROM cards WHERE ${which} AND cards.chat_id > chats.chat_id) FROM chats
    WHERE chats.chat_id IS NOT NULL
  )
  SELECT chat_id FROM chats WHERE chat_id IS NOT NULL AND ${REACHABLE} LIMIT :most`;

const WAITING = 'final = 0';
const NEWS = 'final = 0 AND up_to_date = 0';

const createTurns = (sql: Sql, which: string, index: string): CardTurns => {
  const chats = chatsAfter(which);
  const cards = `${TO_DRAW.replace('FROM cards', `FROM cards INDEXED BY ${index}`)} AND ${which}
    AND cards.chat_id = ? AND cards.model_id > ? ORDER BY cards.model_id LIMIT ?`;
  return {
    chatsAfter: (after, most) => sql.all(chats, numberOf, { after, most }),
    cardsAfter: (chatId, modelId, most) => sql.all(cards, toCardToDraw, [chatId, modelId, most]),
  };
};

const RUNNING = `${TO_DRAW} AND models.id IN (
    SELECT id FROM models WHERE status = 'downloading'
    UNION ALL
    SELECT id FROM models INDEXED BY idx_models_coming_back
    WHERE status = 'pending' AND status_reason IN ('interrupted', 'shutdown')
  ) ORDER BY cards.model_id`;

/** The rows of cards. */
export const createCards = (sql: Sql): Cards => ({
  putCard: ({ modelId, chatId, threadId, messageId, replyTo, asked = false }) => {
    sql.run(
      `INSERT INTO cards (model_id, chat_id, thread_id, message_id, reply_to, asked) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (model_id) DO UPDATE SET chat_id = excluded.chat_id, thread_id = excluded.thread_id,
         message_id = excluded.message_id, reply_to = excluded.reply_to, asked = excluded.asked, opened = 0, drawn = NULL, final = 0, up_to_date = 0`,
      [modelId, chatId, threadId, messageId, replyTo, asked ? 1 : 0],
    );
  },
  cardOf: (modelId) => sql.get('SELECT * FROM cards WHERE model_id = ?', toCard, [modelId]),
  cardByMessage: (chatId, messageId) =>
    sql.get('SELECT * FROM cards WHERE chat_id = ? AND message_id = ?', toCard, [chatId, messageId]),
  cardsToDraw: () => sql.all(`${TO_DRAW} ORDER BY cards.model_id`, toCardToDraw),
  countToDraw: () => sql.get('SELECT count(*) FROM cards WHERE final = 0', numberOf) ?? 0,
  hasMoreToDraw: (than) =>
    sql.get('SELECT 1 FROM cards WHERE final = 0 LIMIT 1 OFFSET ?', numberOf, [than]) !== undefined,
  waitingCards: createTurns(sql, WAITING, 'idx_cards_draw_chat'),
  newsCards: createTurns(sql, NEWS, 'idx_cards_news'),
  cardsOfRunning: () => sql.all(RUNNING, toCardToDraw),
  setDrawn: (modelId, drawn, final, upToDate = false) => {
    // The board says so at every look: what is known already costs no write.
    sql.run(
      `UPDATE cards SET drawn = :drawn, final = :final, up_to_date = :upToDate, asked = CASE :final WHEN 1 THEN 0 ELSE asked END
       WHERE model_id = :modelId AND (drawn IS NOT :drawn OR final <> :final OR up_to_date <> :upToDate)`,
      { modelId, drawn, final: final ? 1 : 0, upToDate: upToDate ? 1 : 0 },
    );
  },
  setUpToDate: (modelIds) => {
    // Hundreds at a look of the board, after a start: one statement for all takes a quarter of the time.
    if (modelIds.length > 0)
      sql.run('UPDATE cards SET up_to_date = 1 WHERE model_id IN (SELECT value FROM json_each(?)) AND final = 0', [
        JSON.stringify(modelIds),
      ]);
  },
  setTold: (modelIds) => {
    for (const id of modelIds)
      sql.run('UPDATE cards SET drawn = ? WHERE model_id = ? AND message_id IS NULL', [TOLD, id]);
  },
  replaceCardMessage: (modelId, messageId) => {
    sql.run('UPDATE cards SET message_id = ?, drawn = NULL, final = 0, up_to_date = 0 WHERE model_id = ?', [
      messageId,
      modelId,
    ]);
  },
  setOpened: (modelId, opened) =>
    sql.run(
      'UPDATE cards SET opened = :flag, final = 0, up_to_date = 0 WHERE model_id = :modelId AND opened <> :flag',
      {
        modelId,
        flag: opened ? 1 : 0,
      },
    ).changes > 0,
  leaveCardThread: (modelId) => {
    sql.run('UPDATE cards SET thread_id = NULL WHERE model_id = ?', [modelId]);
  },
});
