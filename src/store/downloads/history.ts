import type { DownloadSession } from '../../domain/session.ts';
import { rowMapper } from '../database/row.ts';
import type { Sql, Value } from '../database/sql.ts';
import { toSession } from './sessions.ts';

/** Whose sessions: all of a chat, one model's, or all of one name, also after their models were removed. */
export interface HistoryScope {
  readonly chatId: number;
  readonly modelId?: number;
  readonly modelName?: string;
}

/** What sessions come to. */
export interface HistorySum {
  readonly sessions: number;
  readonly failed: number;
  readonly receivedBytes: number;
  readonly activeMs: number;
}

export interface History {
  /** The newest first. */
  readonly listSessions: (
    scope: HistoryScope,
    page: { readonly limit: number; readonly offset: number },
  ) => DownloadSession[];
  readonly sumSessions: (scope: HistoryScope) => HistorySum;
  /** The newest session of a chat with this in its model’s name, in any letter case. */
  readonly sessionNamed: (chatId: number, part: string) => DownloadSession | undefined;
}

const whereOf = ({ chatId, modelId, modelName }: HistoryScope): { text: string; values: Value[] } => {
  if (modelId !== undefined) return { text: 'model_id = ? AND chat_id = ?', values: [modelId, chatId] };
  if (modelName !== undefined) return { text: 'chat_id = ? AND model_name = ?', values: [chatId, modelName] };
  return { text: 'chat_id = ?', values: [chatId] };
};

const SUMS = `count(*) AS sessions, count(*) FILTER (WHERE status = 'failed') AS failed,
  total(received_bytes) AS received_bytes, coalesce(sum(active_ms), 0) AS active_ms`;

const toSum = rowMapper<HistorySum>();

/** The rows of history. */
export const createHistory = (sql: Sql): History => ({
  listSessions: (scope, { limit, offset }) => {
    const { text, values } = whereOf(scope);
    return sql.all(`SELECT * FROM download_sessions WHERE ${text} ORDER BY id DESC LIMIT ? OFFSET ?`, toSession, [
      ...values,
      limit,
      offset,
    ]);
  },
  sumSessions: (scope) => {
    const { text, values } = whereOf(scope);
    return sql.get(`SELECT ${SUMS} FROM download_sessions WHERE ${text}`, toSum, values) as HistorySum;
  },
  sessionNamed: (chatId, part) =>
    sql.get(
      `SELECT * FROM download_sessions WHERE chat_id = ? AND instr(lower(model_name), lower(?)) > 0
       ORDER BY model_name = ? DESC, id DESC LIMIT 1`,
      toSession,
      [chatId, part, part],
    ),
});
