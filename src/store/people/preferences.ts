import { rowMapper } from '../database/row.ts';
import { assignments, type Sql } from '../database/sql.ts';
import { applyAutoClear } from './auto-clear.ts';

/** What a person prefers, in whatever chat. */
interface UserPreferences {
  readonly userId: number;
  /** null: by the model's task. */
  readonly defaultCategory: string | null;
  readonly autoClearEnabled: boolean;
  /** 1-47: Telegram refuses to delete messages older than 48 hours. */
  readonly autoClearHours: number;
  readonly notificationEnabled: boolean;
}

export interface Preferences {
  /** A person who never chose anything has the defaults. */
  readonly getPreferences: (userId: number) => UserPreferences;
  /** @throws AppError constraint: hours out of range; integrity: no such category */
  readonly setPreferences: (userId: number, changes: Partial<Omit<UserPreferences, 'userId'>>) => UserPreferences;
}

const toPreferences = rowMapper<UserPreferences>({ booleans: ['autoClearEnabled', 'notificationEnabled'] });

const DEFAULTS: Omit<UserPreferences, 'userId'> = {
  defaultCategory: null,
  autoClearEnabled: true,
  autoClearHours: 24,
  notificationEnabled: true,
};

/** @param now the current time, ISO 8601 */
export const createPreferences = (sql: Sql, now: () => string): Preferences => {
  const getPreferences = (userId: number): UserPreferences =>
    sql.get(
      `SELECT user_id, default_category, auto_clear_enabled, auto_clear_hours, notification_enabled
       FROM user_preferences WHERE user_id = ?`,
      toPreferences,
      [userId],
    ) ?? { userId, ...DEFAULTS };
  return {
    getPreferences,
    setPreferences: (userId, changes) =>
      sql.atomically(() => {
        const at = now();
        sql.run(
          'INSERT INTO user_preferences (user_id, created_at, updated_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          [userId, at, at],
        );
        const set = assignments({ ...changes, updatedAt: at });
        sql.run(`UPDATE user_preferences SET ${set.text} WHERE user_id = ?`, [...set.values, userId]);
        applyAutoClear(sql, userId, at);
        return getPreferences(userId);
      }),
  };
};
