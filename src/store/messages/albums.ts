import { type TelegramFile, telegramFileSchema } from '../../domain/repo/kept-file.ts';
import { type AddOptions, addOptionsSchema } from '../../domain/repo/add-options.ts';
import { rowMapper } from '../database/row.ts';
import { earlier, type Sql } from '../database/sql.ts';

/** What is sent together. */
export interface AlbumKey {
  readonly chatId: number;
  /** Telegram's `media_group_id`. */
  readonly albumId: string;
}

/** A file of one, as its message describes it. */
export interface AlbumFile extends AlbumKey {
  readonly messageId: number;
  /** null: the row holds something else. */
  readonly file: TelegramFile | null;
}

/** One that is to be kept whole. */
export interface KeptAlbum extends AlbumKey {
  readonly askedBy: number;
  /** null: the row holds something else. */
  readonly options: AddOptions | null;
}

/** What was sent together, known for a day. */
export interface Albums {
  readonly noteAlbumFile: (file: AlbumFile) => void;
  /** In the order in which they were sent. */
  readonly albumFiles: (album: AlbumKey) => AlbumFile[];
  /** Whatever comes of it is to be kept too. Said again, the last word counts. */
  readonly keepAlbum: (album: KeptAlbum) => void;
  readonly keptAlbum: (album: AlbumKey) => KeptAlbum | undefined;
}

/** Longer than anybody waits until they answer; what came before is not looked for. */
const KNOWN_MS = 24 * 3_600_000;
/** Telegram sends ten together at most; a few to spare. */
const FILES_MOST = 20;

const toFile = rowMapper<AlbumFile>({
  table: 'album_files',
  json: { file: { schema: telegramFileSchema, broken: null } },
});
const toAlbum = rowMapper<KeptAlbum>({
  table: 'kept_albums',
  key: 'album_id',
  json: { options: { schema: addOptionsSchema, broken: null } },
});

/** @param now the current time, ISO 8601 */
export const createAlbums = (sql: Sql, now: () => string): Albums => {
  const forget = (): void => {
    const before = earlier(now(), KNOWN_MS);
    sql.run('DELETE FROM album_files WHERE noted_at < ?', [before]);
    sql.run('DELETE FROM kept_albums WHERE noted_at < ?', [before]);
  };
  return {
    noteAlbumFile: ({ chatId, albumId, messageId, file }) => {
      forget();
      sql.run(
        `INSERT INTO album_files (chat_id, album_id, message_id, file, noted_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (chat_id, message_id) DO NOTHING`,
        [chatId, albumId, messageId, JSON.stringify(file), now()],
      );
    },
    albumFiles: ({ chatId, albumId }) =>
      sql.all('SELECT * FROM album_files WHERE chat_id = ? AND album_id = ? ORDER BY message_id LIMIT ?', toFile, [
        chatId,
        albumId,
        FILES_MOST,
      ]),
    keepAlbum: ({ chatId, albumId, askedBy, options }) => {
      forget();
      sql.run(
        `INSERT INTO kept_albums (chat_id, album_id, asked_by, options, noted_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (chat_id, album_id) DO UPDATE SET asked_by = excluded.asked_by, options = excluded.options`,
        [chatId, albumId, askedBy, JSON.stringify(options), now()],
      );
    },
    keptAlbum: ({ chatId, albumId }) =>
      sql.get('SELECT * FROM kept_albums WHERE chat_id = ? AND album_id = ?', toAlbum, [chatId, albumId]),
  };
};
