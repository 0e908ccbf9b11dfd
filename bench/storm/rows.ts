/** What the bot's database says, read from outside while the bot runs or after it was killed. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CANCELLED } from '../../src/store/downloads/sessions.ts';

/** A session that ended, with its notice. */
export interface End {
  readonly id: number;
  readonly chatId: number;
  readonly name: string;
  readonly status: 'completed' | 'failed';
  readonly errorMessage: string | null;
  /** null until the bot has written down that Telegram took it. */
  readonly messageId: number | null;
}

export interface ModelRow {
  readonly id: number;
  readonly chatId: number;
  readonly name: string;
  readonly status: string;
  readonly isCancelled: 0 | 1;
  readonly path: string | null;
}

export interface FileRow {
  readonly path: string;
  readonly etag: string;
}

export interface Rows {
  readonly ends: () => readonly End[];
  readonly models: () => readonly ModelRow[];
  readonly filesOf: (modelId: number) => readonly FileRow[];
  /** The one value that a query gives. */
  readonly value: (sql: string, ...parameters: (number | string)[]) => unknown;
}

const ENDS = `SELECT s.id, s.chat_id AS chatId, s.model_name AS name, s.status, s.error_message AS errorMessage,
    o.message_id AS messageId
  FROM download_sessions s LEFT JOIN outbox o ON o.session_id = s.id AND o.kind = s.status
  WHERE s.status IN ('completed', 'failed')`;

const MODELS = `SELECT id, chat_id AS chatId, name, status, download_path AS path, iif(${CANCELLED}, 1, 0) AS isCancelled
  FROM models`;

/** Opens the database for one look. */
export const lookAtRows = <T>(dataDir: string, look: (rows: Rows) => T): T => {
  const db = new Database(join(dataDir, 'hubgram.db'), { readonly: true });
  try {
    return look({
      ends: () => db.prepare<[], End>(ENDS).all(),
      models: () => db.prepare<[], ModelRow>(MODELS).all(),
      filesOf: (id) =>
        db
          .prepare<[number], FileRow>(
            'SELECT path, etag FROM copy_files WHERE copy_id = (SELECT wants_copy_id FROM models WHERE id = ?)',
          )
          .all(id),
      value: (sql, ...parameters) =>
        db
          .prepare(sql)
          .pluck()
          .get(...parameters),
    });
  } finally {
    db.close();
  }
};

const count = (rows: Rows, sql: string): number => Number(rows.value(sql));

/** What people still wait for: models, look-ups, and what the bot has not got to yet. */
export const waitedFor = (dataDir: string): number =>
  lookAtRows(
    dataDir,
    (rows) =>
      count(rows, "SELECT count(*) FROM models WHERE status IN ('pending', 'downloading')") +
      count(rows, "SELECT count(*) FROM add_requests WHERE state = 'looking_up'") +
      count(rows, 'SELECT count(*) FROM updates'),
  );

/** What is still under way, in words; empty: nothing. */
export const underWay = (dataDir: string): string[] =>
  lookAtRows(dataDir, (rows) =>
    [
      ['models', "SELECT count(*) FROM models WHERE status IN ('pending', 'downloading')"],
      ['look-ups', "SELECT count(*) FROM add_requests WHERE state IN ('looking_up', 'choosing')"],
      ['updates', 'SELECT count(*) FROM updates'],
      ['notices', 'SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dropped_reason IS NULL'],
    ].flatMap(([what = '', sql = '']) => {
      const left = count(rows, sql);
      return left > 0 ? [`${left} ${what}`] : [];
    }),
  );
