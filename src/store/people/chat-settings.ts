import { type ChatSettingKey, isChatSettingKey, validateChatSetting } from '../../domain/settings/chat.ts';
import type { Sql } from '../database/sql.ts';
import { applyAutoClear } from './auto-clear.ts';

/** What the people of a chat have set for it, as they write it. */
export interface ChatSettings {
  /** Of keys that nobody set there is none. */
  readonly listChatSettings: (chatId: number) => ReadonlyMap<ChatSettingKey, string>;
  /** @throws AppError validation: a value that the key does not take */
  readonly setChatSetting: (chatId: number, key: ChatSettingKey, value: string) => void;
  /** @returns false if it was not set */
  readonly removeChatSetting: (chatId: number, key: ChatSettingKey) => boolean;
}

/** @param now the current time, ISO 8601 */
export const createChatSettings = (sql: Sql, now: () => string): ChatSettings => ({
  listChatSettings: (chatId) => {
    const rows = sql.all(
      'SELECT key, value FROM chat_settings WHERE chat_id = ? ORDER BY key',
      (row) => [String(row['key']), String(row['value'])] as const,
      [chatId],
    );
    // A key of another version of the program is left alone.
    return new Map(rows.flatMap(([key, value]) => (isChatSettingKey(key) ? [[key, value] as const] : [])));
  },
  setChatSetting: (chatId, key, value) => {
    validateChatSetting(key, value);
    sql.atomically(() => {
      sql.run(
        `INSERT INTO chat_settings (chat_id, key, value, updated_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (chat_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
        [chatId, key, value, now()],
      );
      applyAutoClear(sql, chatId, now());
    });
  },
  removeChatSetting: (chatId, key) =>
    sql.atomically(() => {
      const { changes } = sql.run('DELETE FROM chat_settings WHERE chat_id = ? AND key = ?', [chatId, key]);
      applyAutoClear(sql, chatId, now());
      return changes > 0;
    }),
});
