import { rowMapper } from '../database/row.ts';
import { earlier, type Sql } from '../database/sql.ts';
import { STAYS } from './staying.ts';

/** A message that may be deleted one day. */
export interface ClearableMessage {
  readonly chatId: number;
  readonly messageId: number;
  /** Who wrote it, or is answered by it; null: it answers nobody. */
  readonly userId: number | null;
  /** What a person wrote; otherwise it is the bot's own. */
  readonly command: boolean;
  /** ISO 8601. */
  readonly sentAt: string;
}

/** A chat that is to be looked at. */
export interface ChatToClear {
  readonly chatId: number;
  /** After so long without a word of anybody. */
  readonly hours: number;
  /** When somebody wrote or tapped there last. */
  readonly lastActivity: string;
}

/** Some of a chat's messages, in the order in which they were sent. */
interface ClearablePage {
  readonly messages: readonly Pick<ClearableMessage, 'messageId' | 'command'>[];
  /** The last one that was looked at; undefined: that was the end. */
  readonly last: number | undefined;
}

export interface Clearing {
  /** Of messages that are known already, only whom they answer. */
  readonly noteMessages: (messages: readonly ClearableMessage[]) => void;
  /** Chats whose time has come and that clear, so many of them; those that wait longest first. */
  readonly chatsToClear: (limit: number) => ChatToClear[];
  /** Looks at this chat again at that time. */
  readonly clearLater: (chatId: number, at: string) => void;
  /**
   * What may be deleted of a chat's next messages: sent so many hours ago or earlier, as far as anybody can delete it, and neither a live card, nor the newest message about a
   * model, nor a question without an answer.
   */
  readonly clearableAfter: (chatId: number, hours: number, after: number) => ClearablePage;
  /** They are gone from the chat: what has shown something by them shows nothing any more. */
  readonly forgetDeleted: (chatId: number, messageIds: readonly number[]) => void;
  /** They stay in the chat for ever. */
  readonly keepMessages: (chatId: number, messageIds: readonly number[]) => void;
  /** A chat was looked at to its end: the next look is when something else may go. */
  readonly endClearing: (chatId: number, hours: number) => void;
  /** Forgets what was sent before: nobody can delete it any more. @returns how many */
  readonly pruneMessages: (before: string) => number;
  /** The clock was set back: what was sent or said in the future was so now, and looks due after that time are due now. */
  readonly beginClearingAnew: (after: string) => void;
}

/** Telegram refuses to delete what is older (core.telegram.org/bots/api, deleteMessage). */
export const DELETABLE_MS = 48 * 3_600_000;
const HOUR_MS = 3_600_000;
const PAGE = 100;

const toChat = rowMapper<ChatToClear>();
const toMessage = rowMapper<Pick<ClearableMessage, 'messageId' | 'command'> & { readonly stays: boolean }>({
  booleans: ['command', 'stays'],
});

/** The first message of a chat says when it is looked at. */
const LOOK_LATER = `UPDATE chat_sessions
  SET clear_at = strftime('%Y-%m-%dT%H:%M:%fZ', :sentAt, '+' || auto_clear_hours || ' hours')
  WHERE chat_id = :chatId AND clear_at IS NULL`;

const NOTE = `INSERT INTO clearable_messages (chat_id, message_id, user_id, command, sent_at)
  VALUES (:chatId, :messageId, :userId, :command, :sentAt)
  ON CONFLICT DO UPDATE SET user_id = excluded.user_id WHERE excluded.user_id IS NOT NULL`;

const TO_CLEAR = `SELECT chat_id, auto_clear_hours AS hours, last_activity FROM chat_sessions
  WHERE clear_at <= :at AND auto_clear_enabled = 1 AND reachable = 1 ORDER BY clear_at LIMIT :limit`;

const NEXT = `SELECT message_id, command, ${STAYS} AS stays FROM clearable_messages AS message
  WHERE chat_id = :chatId AND message_id > :after AND sent_at <= :until AND sent_at > :since
  ORDER BY message_id LIMIT ${PAGE}`;

/** What stays now may go later; what is younger has its time. */
const END = `UPDATE chat_sessions SET clear_at = (
    SELECT min(CASE WHEN sent_at <= :until THEN :later ELSE strftime('%Y-%m-%dT%H:%M:%fZ', sent_at, '+' || :hours || ' hours') END)
    FROM clearable_messages WHERE chat_id = :chatId)
  WHERE chat_id = :chatId`;

/** Where a message is named that shows something, as a row of the table says. */
const POINTERS = [
  ['add_requests', 'card_message_id'],
  ['searches', 'card_message_id'],
  ['verifications', 'card_message_id'],
  ['imports', 'card_message_id'],
  ['removed_models', 'message_id'],
  ['removed_models', 'card_message_id'],
  ['outbox', 'message_id'],
] as const;

/** @param now the current time, ISO 8601 */
export const createClearing = (sql: Sql, now: () => string): Clearing => {
  const drop = (chatId: number, messageIds: readonly number[]): void => {
    for (const id of messageIds)
      sql.run('DELETE FROM clearable_messages WHERE chat_id = ? AND message_id = ?', [chatId, id]);
  };
  return {
    noteMessages: (messages) => {
      sql.atomically(() => {
        for (const { command, ...message } of messages) {
          sql.run(NOTE, { ...message, command: command ? 1 : 0 });
          sql.run(LOOK_LATER, { chatId: message.chatId, sentAt: message.sentAt });
        }
      });
    },
    chatsToClear: (limit) => sql.all(TO_CLEAR, toChat, { at: now(), limit }),
    clearLater: (chatId, at) => {
      sql.run('UPDATE chat_sessions SET clear_at = ? WHERE chat_id = ? AND clear_at IS NOT NULL', [at, chatId]);
    },
    clearableAfter: (chatId, hours, after) => {
      const at = now();
      const sent = { until: earlier(at, hours * HOUR_MS), since: earlier(at, DELETABLE_MS) };
      const rows = sql.all(NEXT, toMessage, { chatId, after, ...sent });
      return {
        messages: rows.filter(({ stays }) => !stays).map(({ messageId, command }) => ({ messageId, command })),
        last: rows.at(-1)?.messageId,
      };
    },
    forgetDeleted: (chatId, messageIds) => {
      sql.atomically(() => {
        drop(chatId, messageIds);
        for (const [table, column] of POINTERS)
          for (const id of messageIds)
            sql.run(`UPDATE ${table} SET ${column} = NULL WHERE chat_id = ? AND ${column} = ?`, [chatId, id]);
      });
    },
    keepMessages: (chatId, messageIds) => sql.atomically(() => drop(chatId, messageIds)),
    endClearing: (chatId, hours) => {
      sql.atomically(() => {
        const at = now();
        sql.run('DELETE FROM clearable_messages WHERE chat_id = ? AND sent_at <= ?', [
          chatId,
          earlier(at, DELETABLE_MS),
        ]);
        sql.run(END, { chatId, hours, until: earlier(at, hours * HOUR_MS), later: earlier(at, -HOUR_MS) });
      });
    },
    pruneMessages: (before) => sql.run('DELETE FROM clearable_messages WHERE sent_at < ?', [before]).changes,
    beginClearingAnew: (after) => {
      sql.atomically(() => {
        const at = now();
        sql.run('UPDATE clearable_messages SET sent_at = :at WHERE sent_at > :at', { at });
        sql.run('UPDATE chat_sessions SET last_activity = :at WHERE last_activity > :at', { at });
        sql.run('UPDATE chat_sessions SET clear_at = :at WHERE clear_at > :after', { at, after });
      });
    },
  };
};
