import { z } from 'zod';
import { rowMapper } from '../database/row.ts';
import { type Sql } from '../database/sql.ts';

/** Who did what, for the owner's eyes. */
export interface Activity {
  readonly id: number;
  readonly userId: number;
  readonly chatId: number;
  readonly action: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly createdAt: string;
}

export interface ActivityLog {
  readonly logActivity: (
    userId: number,
    chatId: number,
    action: string,
    metadata?: Readonly<Record<string, unknown>>,
  ) => void;
  /** Newest first. */
  readonly recentActivity: (limit: number) => Activity[];
}

const toActivity = rowMapper<Activity>({
  table: 'activity_log',
  json: { metadata: { schema: z.record(z.string(), z.unknown()), broken: null } },
});

/** @param now the current time, ISO 8601 */
export const createActivityLog = (sql: Sql, now: () => string): ActivityLog => ({
  logActivity: (userId, chatId, action, metadata) => {
    sql.run('INSERT INTO activity_log (user_id, chat_id, action, metadata, created_at) VALUES (?, ?, ?, ?, ?)', [
      userId,
      chatId,
      action,
      metadata ? JSON.stringify(metadata) : null,
      now(),
    ]);
  },
  recentActivity: (limit) => sql.all('SELECT * FROM activity_log ORDER BY id DESC LIMIT ?', toActivity, [limit]),
});
