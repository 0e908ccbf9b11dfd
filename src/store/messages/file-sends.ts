import { rowMapper } from '../database/row.ts';
import { insertion, numberOf, type Sql } from '../database/sql.ts';

/**
 * Why a file does not come as a document.
 * - `gone`: it is not there any more, or its model is not.
 * - `too_large`: Telegram says so.
 * - `refused`: Telegram says something else.
 * - `not_through`: the way to Telegram is broken or slow.
 */
export type SendFailure = 'gone' | 'too_large' | 'refused' | 'not_through';

/** What somebody wants to have in a chat. */
export interface FileWish {
  readonly chatId: number;
  readonly threadId: number | null;
  /** The message to reply to; null: none. */
  readonly replyTo: number | null;
  readonly askedBy: number;
  readonly updateId: number;
  readonly modelId: number;
  readonly copyId: number;
  readonly path: string;
}

/** A file that is to come as a document, or of which is still to be said why it does not. */
export interface FileSend extends FileWish {
  readonly id: number;
  readonly attempts: number;
  readonly notBefore: string | null;
  readonly failure: SendFailure | null;
  /** What Telegram said. */
  readonly errorMessage: string | null;
  /** The message that says how far it is. */
  readonly messageId: number | null;
  readonly createdAt: string;
}

/** A content under a name, as Telegram has it of a bot. */
export interface SentFile {
  readonly botId: number;
  readonly etag: string;
  readonly fileName: string;
}

/** Files that are to come as documents, and what Telegram has of them already. */
export interface FileSends {
  /** The same update again wants nothing more. */
  readonly createFileSend: (wish: FileWish) => void;
  readonly getFileSend: (id: number) => FileSend | undefined;
  /**
   * Of each chat the one that was wanted first, of those that may be sent now; but for these.
   * @param farthest ISO 8601: nothing is put off for so long; what waits for later was so before the clock was set back
   */
  readonly dueFileSends: (except: readonly number[], at: string, farthest: string) => FileSend[];
  /** All that wait, in the order in which they were wanted. */
  readonly listFileSends: (limit: number) => FileSend[];
  readonly countFileSends: (chatId: number) => number;
  readonly isOnItsWay: (wish: Pick<FileWish, 'chatId' | 'copyId' | 'path'>) => boolean;
  /** It did not get through. */
  readonly putOff: (id: number, notBefore: string) => void;
  readonly failFileSend: (id: number, failure: SendFailure, errorMessage?: string) => void;
  readonly setProgressMessage: (id: number, messageId: number) => void;
  /** Telegram has it, or it was said why not. */
  readonly dropFileSend: (id: number) => void;
  /** @returns undefined if Telegram does not have it */
  readonly fileIdOf: (file: SentFile) => string | undefined;
  /** What is in the document that Telegram has of a bot by this id; undefined: the bot has not sent it. */
  readonly etagOf: (sent: { readonly botId: number; readonly fileId: string }) => string | undefined;
  readonly keepFileId: (file: SentFile, fileId: string) => void;
  readonly forgetFileId: (file: SentFile) => void;
}

const toSend = rowMapper<FileSend>();

const DUE = `SELECT * FROM file_sends WHERE id IN (
    SELECT min(id) FROM file_sends WHERE (not_before IS NULL OR not_before <= :at OR not_before > :farthest)
      AND id NOT IN (SELECT value FROM json_each(:except)) GROUP BY chat_id)
  ORDER BY id`;

const THIS_FILE = 'bot_id = :botId AND etag = :etag AND file_name = :fileName';

const KEEP = `INSERT INTO sent_files (bot_id, etag, file_name, file_id, uploaded_at)
  VALUES (:botId, :etag, :fileName, :fileId, :at)
  ON CONFLICT (bot_id, etag, file_name) DO UPDATE SET file_id = excluded.file_id, uploaded_at = excluded.uploaded_at`;

/** A row for SQL that names these and nothing else. */
const only = ({ botId, etag, fileName }: SentFile) => ({ botId, etag, fileName });

/** @param now the current time, ISO 8601 */
export const createFileSends = (sql: Sql, now: () => string): FileSends => ({
  createFileSend: (wish) => {
    const row = insertion({ ...wish, createdAt: now() });
    sql.run(`INSERT INTO file_sends ${row.text} ON CONFLICT (update_id) DO NOTHING`, row.values);
  },
  getFileSend: (id) => sql.get('SELECT * FROM file_sends WHERE id = ?', toSend, [id]),
  dueFileSends: (except, at, farthest) => sql.all(DUE, toSend, { at, farthest, except: JSON.stringify(except) }),
  listFileSends: (limit) => sql.all('SELECT * FROM file_sends ORDER BY id LIMIT ?', toSend, [limit]),
  countFileSends: (chatId) => sql.get('SELECT count(*) FROM file_sends WHERE chat_id = ?', numberOf, [chatId]) ?? 0,
  isOnItsWay: ({ chatId, copyId, path }) =>
    sql.get('SELECT 1 FROM file_sends WHERE chat_id = ? AND copy_id = ? AND path = ? AND failure IS NULL', () => true, [
      chatId,
      copyId,
      path,
    ]) ?? false,
  putOff: (id, notBefore) => {
    sql.run('UPDATE file_sends SET attempts = attempts + 1, not_before = ? WHERE id = ?', [notBefore, id]);
  },
  failFileSend: (id, failure, errorMessage) => {
    sql.run(
      'UPDATE file_sends SET failure = ?, error_message = ?, attempts = 0, not_before = NULL WHERE id = ? AND failure IS NULL',
      [failure, errorMessage ?? null, id],
    );
  },
  setProgressMessage: (id, messageId) => {
    sql.run('UPDATE file_sends SET message_id = ? WHERE id = ?', [messageId, id]);
  },
  dropFileSend: (id) => {
    sql.run('DELETE FROM file_sends WHERE id = ?', [id]);
  },
  fileIdOf: (file) =>
    sql.get(`SELECT file_id FROM sent_files WHERE ${THIS_FILE}`, (row) => String(row['file_id']), only(file)),
  etagOf: ({ botId, fileId }) =>
    sql.get('SELECT etag FROM sent_files WHERE bot_id = ? AND file_id = ?', (row) => String(row['etag']), [
      botId,
      fileId,
    ]),
  keepFileId: (file, fileId) => {
    sql.run(KEEP, { ...only(file), fileId, at: now() });
  },
  forgetFileId: (file) => {
    sql.run(`DELETE FROM sent_files WHERE ${THIS_FILE}`, only(file));
  },
});
