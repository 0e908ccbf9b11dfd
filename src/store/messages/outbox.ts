/* store/messages: what was said, is being said and is still to be said: cards, notices, updates, talks. */

import { type NoticeContent, noticeContentSchema, type Unreadable } from '../../domain/notice.ts';
import { z } from 'zod';
import { readJson, type Row, rowMapper, type TellBroken } from '../database/row.ts';
import { BEGIN_WAIT_ANEW, insertion, type Sql } from '../database/sql.ts';

/** The row of something that must be said once. */
interface NoticeRow {
  readonly id: number;
  readonly sessionId: number | null;
  readonly modelId: number | null;
  readonly chatId: number;
  readonly attempts: number;
  readonly notBefore: string | null;
  readonly sentAt: string | null;
  readonly messageId: number | null;
  readonly droppedReason: string | null;
  readonly createdAt: string;
}

/** Something that must be said once. */
export type Notice = NoticeRow & (NoticeContent | Unreadable);

/** A cause for which downloads failed, as one message tells it of all of them. */
export interface ToldCause {
  readonly messageId: number;
  /** Of the topic in which the cards of those that failed stand. */
  readonly threadId: number | null;
  /** Without the name of what failed. */
  readonly cause: string;
  /** When the message changed last for it. */
  readonly sentAt: string;
}

/** Kinds that say all by themselves. */
type Bare = Extract<NoticeContent, { readonly payload: null }>['kind'];

export type NewNotice = {
  readonly sessionId?: number;
  readonly modelId?: number;
  readonly chatId: number;
} & (Exclude<NoticeContent, { readonly payload: null }> | { readonly kind: Bare });

export interface OutboxRows {
  /** A second notice of the same kind for the same session is none. */
  readonly addNotice: (notice: NewNotice) => void;
  /** Of each chat its oldest, so many at most; oldest first. */
  readonly dueNotices: (now: string, limit: number) => Notice[];
  /** The causes of failures told in a chat since then, in messages that were sent since then; oldest first. */
  readonly failuresTold: (chatId: number, since: string) => ToldCause[];
  /** All that one message tells, oldest first. */
  readonly noticesIn: (chatId: number, messageId: number) => Notice[];
  readonly markSent: (id: number, messageId: number) => void;
  /** Counts an attempt; the next one not before that time. */
  readonly retryNotice: (id: number, notBefore: string) => void;
  /** It is not tried before that time. */
  readonly holdNotice: (id: number, notBefore: string) => void;
  /** All that waits for a chat that cannot be reached now is tried again at one time: so it can become one message. */
  readonly postponeChat: (chatId: number, notBefore: string) => void;
  /** Waits that began in the future, since the clock was set back, begin now. */
  readonly beginWaitsAnew: () => void;
  /** It will not be said. */
  readonly dropNotice: (id: number, reason: string) => void;
}

const toRow = rowMapper<NoticeRow>();
const toTold = rowMapper<ToldCause>();

/** A cause and no row for each failure: a Hub that is gone fails a library of thousands, and each look asks for this. */
const FAILURES_TOLD = `SELECT told.message_id, cards.thread_id, max(told.sent_at) AS sent_at,
    coalesce(replace(sessions.error_message, sessions.model_name, '…'), '') AS cause
  FROM outbox told LEFT JOIN download_sessions sessions ON sessions.id = told.session_id
    LEFT JOIN cards ON cards.model_id = told.model_id
  WHERE told.chat_id = :chatId AND told.kind = 'failed' AND told.sent_at > :since AND told.sent_at <= :at
    AND told.message_id IS NOT NULL
  GROUP BY told.message_id, cards.thread_id, cause
  HAVING NOT EXISTS (SELECT 1 FROM outbox early WHERE early.chat_id = :chatId
    AND early.message_id = told.message_id AND early.sent_at <= :since)
  ORDER BY max(told.id)`;

const anything = z.unknown();

const contentOf = ({ id, kind, payload: text }: Row, tell: TellBroken): NoticeContent | Unreadable => {
  const read = readJson(text ?? 'null', anything);
  const content = noticeContentSchema.safeParse({ kind, payload: 'broken' in read ? undefined : read.value });
  if (content.success) return content.data;
  tell({ table: 'outbox', row: id, column: 'payload', err: 'broken' in read ? read.broken : content.error });
  return { kind: 'unreadable', payload: null };
};

const toNotice = (row: Row, tell: TellBroken): Notice => ({ ...toRow(row, tell), ...contentOf(row, tell) });

/** @param now the current time, ISO 8601 */
export const createOutboxRows = (sql: Sql, now: () => string): OutboxRows => ({
  addNotice: (notice) => {
    const row = insertion({ ...notice, createdAt: now() });
    sql.run(
      `INSERT INTO outbox ${row.text} ON CONFLICT (session_id, kind) WHERE session_id IS NOT NULL DO NOTHING`,
      row.values,
    );
  },
  dueNotices: (at, limit) =>
    sql.all(
      `SELECT outbox.* FROM outbox JOIN (
         SELECT id, row_number() OVER (PARTITION BY chat_id ORDER BY id) AS place FROM outbox
         WHERE sent_at IS NULL AND dropped_reason IS NULL AND (not_before IS NULL OR not_before <= ?)
       ) due ON due.id = outbox.id WHERE place <= ? ORDER BY outbox.id`,
      toNotice,
      [at, limit],
    ),
  failuresTold: (chatId, since) =>
    // What was sent in the future was sent before the clock was set back: nobody knows how long ago.
    sql.all(FAILURES_TOLD, toTold, { chatId, since, at: now() }),
  noticesIn: (chatId, messageId) =>
    sql.all('SELECT * FROM outbox WHERE chat_id = ? AND message_id = ? ORDER BY id', toNotice, [chatId, messageId]),
  markSent: (id, messageId) => {
    sql.run('UPDATE outbox SET sent_at = ?, message_id = ?, dropped_reason = NULL WHERE id = ?', [
      now(),
      messageId,
      id,
    ]);
  },
  retryNotice: (id, notBefore) => {
    sql.run('UPDATE outbox SET attempts = attempts + 1, not_before = ?, waits_since = ? WHERE id = ?', [
      notBefore,
      now(),
      id,
    ]);
  },
  holdNotice: (id, notBefore) => {
    sql.run('UPDATE outbox SET not_before = ?, waits_since = ? WHERE id = ?', [notBefore, now(), id]);
  },
  postponeChat: (chatId, notBefore) => {
    sql.run(
      `UPDATE outbox SET not_before = ?, waits_since = ?
       WHERE chat_id = ? AND sent_at IS NULL AND dropped_reason IS NULL`,
      [notBefore, now(), chatId],
    );
  },
  beginWaitsAnew: () => {
    sql.run(
      `UPDATE outbox SET ${BEGIN_WAIT_ANEW} WHERE sent_at IS NULL AND not_before IS NOT NULL AND waits_since > :at`,
      {
        at: now(),
      },
    );
  },
  dropNotice: (id, reason) => {
    sql.run('UPDATE outbox SET dropped_reason = ? WHERE id = ? AND sent_at IS NULL', [reason, id]);
  },
});
