import type { KeptAddress, TelegramFile } from '../../domain/repo/kept-file.ts';
import { rowMapper } from '../database/row.ts';
import type { Sql } from '../database/sql.ts';

/** A file that was sent to a bot. */
export interface KeptFile extends TelegramFile, KeptAddress {}

/** What Telegram says of files that people have sent to be kept. */
export interface KeptFiles {
  /** Notes it. Of one that is known the newest id counts: that is most surely of use. */
  readonly putKeptFile: (file: KeptFile) => void;
  readonly keptFile: (address: KeptAddress) => KeptFile | undefined;
}

const toFile = rowMapper<KeptFile>();

const PUT = `INSERT INTO kept_files
    (bot_id, file_unique_id, file_id, kind, file_name, mime_type, file_size, duration, title, uploaded_at)
  VALUES (:botId, :fileUniqueId, :fileId, :kind, :fileName, :mimeType, :fileSize, :duration, :title, :uploadedAt)
  ON CONFLICT (bot_id, file_unique_id) DO UPDATE SET file_id = excluded.file_id`;

/** The rows of kept files. */
export const createKeptFiles = (sql: Sql): KeptFiles => ({
  putKeptFile: (file) => {
    sql.run(PUT, { ...file });
  },
  keptFile: ({ botId, fileUniqueId }) =>
    sql.get('SELECT * FROM kept_files WHERE bot_id = ? AND file_unique_id = ?', toFile, [botId, fileUniqueId]),
});
