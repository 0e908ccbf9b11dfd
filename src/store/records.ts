import { rowMapper, type Sql } from './sql.ts';

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

const toActivity = rowMapper<Activity>({ json: ['metadata'] });

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

/** Updates that were handled to their end: Telegram may give them again. */
export interface HandledUpdates {
  readonly alreadyHandled: (updateId: number) => boolean;
  readonly markHandled: (updateId: number) => void;
  /** Both at once: true the first time. */
  readonly claimUpdate: (updateId: number) => boolean;
  /** Forgets those handled before; Telegram keeps updates for 24 hours. @returns how many */
  readonly prune: (before: string) => number;
}

const MARK = 'INSERT INTO handled_updates (update_id, handled_at) VALUES (?, ?) ON CONFLICT DO NOTHING';

export const createHandledUpdates = (sql: Sql, now: () => string): HandledUpdates => ({
  alreadyHandled: (updateId) =>
    sql.get('SELECT 1 FROM handled_updates WHERE update_id = ?', () => true, [updateId]) ?? false,
  markHandled: (updateId) => {
    sql.run(MARK, [updateId, now()]);
  },
  claimUpdate: (updateId) => sql.run(MARK, [updateId, now()]).changes > 0,
  prune: (before) => sql.run('DELETE FROM handled_updates WHERE handled_at < ?', [before]).changes,
});

/** State of open dialogues, as text. */
export interface Conversations {
  readonly read: (key: string) => string | undefined;
  readonly write: (key: string, value: string, version?: number) => void;
  readonly delete: (key: string) => void;
}

export const createConversations = (sql: Sql, now: () => string): Conversations => ({
  read: (key) => sql.get('SELECT value FROM conversations WHERE key = ?', (row) => String(row['value']), [key]),
  write: (key, value, version = 0) => {
    sql.run(
      `INSERT INTO conversations (key, value, version, updated_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, updated_at = excluded.updated_at`,
      [key, value, version, now()],
    );
  },
  delete: (key) => {
    sql.run('DELETE FROM conversations WHERE key = ?', [key]);
  },
});
