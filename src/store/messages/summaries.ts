import { REACHABLE } from '../people/chats.ts';
import { rowMapper } from '../database/row.ts';
import { type Sql } from '../database/sql.ts';

/** The one message that shows everything that runs in a chat. */
export interface Summary {
  readonly chatId: number;
  readonly threadId: number | null;
  /** null: not sent yet, or gone. */
  readonly messageId: number | null;
  /** What was drawn last. */
  readonly drawn: string | null;
}

export interface Summaries {
  /** Does nothing if the chat has one. */
  readonly openSummary: (chatId: number, threadId: number | null) => void;
  /** Of chats that can be reached. */
  readonly listSummaries: () => Summary[];
  /** It stands in another message now; null = that message is gone, it has to be sent anew. */
  readonly replaceSummaryMessage: (chatId: number, messageId: number | null) => void;
  readonly setSummaryDrawn: (chatId: number, drawn: string) => void;
  readonly leaveSummaryThread: (chatId: number) => void;
  readonly closeSummary: (chatId: number) => void;
}

const toSummary = rowMapper<Summary>();

/** The rows of summaries. */
export const createSummaries = (sql: Sql): Summaries => ({
  openSummary: (chatId, threadId) => {
    sql.run('INSERT INTO summaries (chat_id, thread_id) VALUES (?, ?) ON CONFLICT (chat_id) DO NOTHING', [
      chatId,
      threadId,
    ]);
  },
  listSummaries: () => sql.all(`SELECT * FROM summaries WHERE ${REACHABLE} ORDER BY chat_id`, toSummary),
  replaceSummaryMessage: (chatId, messageId) => {
    sql.run('UPDATE summaries SET message_id = ?, drawn = NULL WHERE chat_id = ?', [messageId, chatId]);
  },
  setSummaryDrawn: (chatId, drawn) => {
    sql.run('UPDATE summaries SET drawn = ? WHERE chat_id = ?', [drawn, chatId]);
  },
  leaveSummaryThread: (chatId) => {
    sql.run('UPDATE summaries SET thread_id = NULL WHERE chat_id = ?', [chatId]);
  },
  closeSummary: (chatId) => {
    sql.run('DELETE FROM summaries WHERE chat_id = ?', [chatId]);
  },
});
