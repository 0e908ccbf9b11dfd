import type { ModelStatus, PendingReason } from '../../domain/states/model.ts';
import { REACHABLE } from '../people/chats.ts';
import { rowMapper } from '../database/row.ts';
import { type Sql } from '../database/sql.ts';

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
}

/** Of a card without a message: the chat's summary has told of its model, and it need not be sent for that. */
export const TOLD = 'summary';

/** With what decides how much hurry it has. */
export type CardToDraw = Card & { readonly status: ModelStatus; readonly statusReason: PendingReason | null };

type NewCard = Pick<Card, 'modelId' | 'chatId' | 'threadId' | 'messageId' | 'replyTo'> & Partial<Pick<Card, 'asked'>>;

export interface Cards {
  /** Puts the card there, to be drawn; takes the place of an earlier one. */
  readonly putCard: (card: NewCard) => void;
  readonly cardOf: (modelId: number) => Card | undefined;
  readonly cardByMessage: (chatId: number, messageId: number) => Card | undefined;
  /** Cards that may not show what is true, in chats that can be reached. */
  readonly cardsToDraw: () => CardToDraw[];
  readonly setDrawn: (modelId: number, drawn: string, final: boolean) => void;
  /** The chat's summary has told of these models: their cards, as far as they were not sent, are `TOLD`. */
  readonly setTold: (modelIds: readonly number[]) => void;
  /** It stands in another message now; null = that message is gone, it has to be sent anew. */
  readonly replaceCardMessage: (modelId: number, messageId: number | null) => void;
  /** Its topic is gone: the card goes to the chat itself. Nothing, if the model was removed meanwhile. */
  readonly leaveCardThread: (modelId: number) => void;
}

const toCard = rowMapper<Card>({ booleans: ['final', 'asked'] });

const toCardToDraw = rowMapper<CardToDraw>({ booleans: ['final', 'asked'] });

export const createCards = (sql: Sql): Cards => ({
  putCard: ({ modelId, chatId, threadId, messageId, replyTo, asked = false }) => {
    sql.run(
      `INSERT INTO cards (model_id, chat_id, thread_id, message_id, reply_to, asked) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (model_id) DO UPDATE SET chat_id = excluded.chat_id, thread_id = excluded.thread_id,
         message_id = excluded.message_id, reply_to = excluded.reply_to, asked = excluded.asked, drawn = NULL, final = 0`,
      [modelId, chatId, threadId, messageId, replyTo, asked ? 1 : 0],
    );
  },
  cardOf: (modelId) => sql.get('SELECT * FROM cards WHERE model_id = ?', toCard, [modelId]),
  cardByMessage: (chatId, messageId) =>
    sql.get('SELECT * FROM cards WHERE chat_id = ? AND message_id = ?', toCard, [chatId, messageId]),
  cardsToDraw: () =>
    sql.all(
      `SELECT cards.*, models.status, models.status_reason FROM cards JOIN models ON models.id = cards.model_id
       WHERE cards.final = 0 AND cards.${REACHABLE} ORDER BY cards.model_id`,
      toCardToDraw,
    ),
  setDrawn: (modelId, drawn, final) => {
    // The board says so at every look: what is known already costs no write.
    sql.run(
      `UPDATE cards SET drawn = :drawn, final = :flag, asked = CASE :flag WHEN 1 THEN 0 ELSE asked END
       WHERE model_id = :modelId AND (drawn IS NOT :drawn OR final <> :flag)`,
      { modelId, drawn, flag: final ? 1 : 0 },
    );
  },
  setTold: (modelIds) => {
    for (const id of modelIds)
      sql.run('UPDATE cards SET drawn = ? WHERE model_id = ? AND message_id IS NULL', [TOLD, id]);
  },
  replaceCardMessage: (modelId, messageId) => {
    sql.run('UPDATE cards SET message_id = ?, drawn = NULL, final = 0 WHERE model_id = ?', [messageId, modelId]);
  },
  leaveCardThread: (modelId) => {
    sql.run('UPDATE cards SET thread_id = NULL WHERE model_id = ?', [modelId]);
  },
});
