import { type ActivityMetadata, activityMetadataSchema, type ActivityResult } from '../../domain/activity/activity.ts';
import { rowMapper } from '../database/row.ts';
import { type Sql } from '../database/sql.ts';

/** Who did what, where, and what came of it, for the owner's eyes. */
export interface Activity {
  readonly id: number;
  /** 0: the program itself. */
  readonly userId: number;
  /** 0: it concerns no chat. */
  readonly chatId: number;
  readonly action: string;
  readonly result: ActivityResult;
  readonly metadata: ActivityMetadata | null;
  readonly createdAt: string;
}

/** A line to be written. */
export type NewActivity = Pick<Activity, 'userId' | 'chatId' | 'action' | 'metadata'> & {
  /** Done unless told. */
  readonly result?: ActivityResult;
  /** ISO 8601; now unless told. */
  readonly at?: string;
};

export interface ActivityLog {
  /** Something was done. */
  readonly logActivity: (userId: number, chatId: number, action: string, metadata?: ActivityMetadata) => void;
  /** The same with what came of it, and when. */
  readonly noteActivity: (activity: NewActivity) => void;
}

export const toActivity = rowMapper<Activity>({
  table: 'activity_log',
  json: { metadata: { schema: activityMetadataSchema, broken: null } },
});

/** @param now the current time, ISO 8601 */
export const createActivityLog = (sql: Sql, now: () => string): ActivityLog => {
  const noteActivity = ({ userId, chatId, action, metadata, result = 'done', at = now() }: NewActivity): void => {
    sql.run(
      'INSERT INTO activity_log (user_id, chat_id, action, result, metadata, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      [userId, chatId, action, result, metadata ? JSON.stringify(metadata) : null, at],
    );
  };
  return {
    noteActivity,
    logActivity: (userId, chatId, action, metadata) =>
      noteActivity({ userId, chatId, action, metadata: metadata ?? null }),
  };
};
