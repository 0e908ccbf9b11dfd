import { CHAT_SETTINGS } from '../../domain/settings/chat.ts';
import type { Sql } from '../database/sql.ts';

const { auto_clear: isOn, auto_clear_hours: hours } = CHAT_SETTINGS;

/** The chat's own word, then that of whose private chat it is, or who brought the group in. */
const APPLY = `UPDATE chat_sessions SET
    auto_clear_enabled = coalesce(
      (SELECT value = 'on' FROM chat_settings WHERE chat_settings.chat_id = chat_sessions.chat_id AND key = 'auto_clear'),
      (SELECT auto_clear_enabled FROM user_preferences WHERE user_id = iif(chat_id > 0, chat_id, brought_by)), :isOn),
    auto_clear_hours = coalesce(
      (SELECT CAST(value AS INTEGER) FROM chat_settings WHERE chat_settings.chat_id = chat_sessions.chat_id
         AND key = 'auto_clear_hours' AND CAST(value AS INTEGER) BETWEEN 1 AND 47),
      (SELECT auto_clear_hours FROM user_preferences WHERE user_id = iif(chat_id > 0, chat_id, brought_by)), :hours),
    clear_at = iif(clear_at IS NULL, NULL, :at)
  WHERE chat_id = :id OR brought_by = :id`;

/**
 * What was said of auto-clear has changed: what holds in a chat now stands in its row, and it is looked at anew.
 * @param id a chat, or a person with their chat and the groups that they brought in
 * @param at the current time, ISO 8601
 */
export const applyAutoClear = (sql: Sql, id: number, at: string): void => {
  sql.run(APPLY, {
    id,
    at,
    isOn: isOn.read(isOn.fallback) ? 1 : 0,
    hours: hours.read(hours.fallback),
  });
};
