import { SYSTEM_SETTINGS, isSettingKey, validateSetting } from '../domain/settings/system.ts';
import { rowMapper } from './database/row.ts';
import { type Sql } from './database/sql.ts';

export interface SystemConfiguration {
  readonly id: number;
  readonly key: string;
  readonly value: string;
  readonly description: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface SystemConfigurations {
  readonly getSystemConfig: (key: string, fallback?: string) => string | undefined;
  /** @returns true once it is stored @throws AppError validation */
  readonly setSystemConfig: (key: string, value: string, description?: string) => boolean;
  /** @returns false if it was not set */
  readonly removeSystemConfig: (key: string) => boolean;
  readonly listSystemConfig: () => SystemConfiguration[];
}

const toConfiguration = rowMapper<SystemConfiguration>();

/** @param now the current time, ISO 8601 */
export const createSystemConfigurations = (sql: Sql, now: () => string): SystemConfigurations => ({
  getSystemConfig: (key, fallback) =>
    sql.get('SELECT value FROM system_configurations WHERE key = ?', (row) => String(row['value']), [key]) ?? fallback,
  setSystemConfig: (key, value, description) => {
    validateSetting(key, value);
    const usual = isSettingKey(key) ? SYSTEM_SETTINGS[key].description : null;
    const values = { key, value, description: description ?? null, usual, at: now() };
    sql.run(
      `INSERT INTO system_configurations (key, value, description, created_at, updated_at)
       VALUES (:key, :value, coalesce(:description, :usual), :at, :at)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, description = coalesce(:description, description),
         updated_at = excluded.updated_at`,
      values,
    );
    return true;
  },
  removeSystemConfig: (key) => sql.run('DELETE FROM system_configurations WHERE key = ?', [key]).changes > 0,
  listSystemConfig: () => sql.all('SELECT * FROM system_configurations ORDER BY key', toConfiguration),
});
