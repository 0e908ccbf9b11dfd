import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import { type DownloadSession, type SessionMetadata, sessionMetadataSchema } from '../../domain/session.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { modelLabel } from '../../domain/repo/model-label.ts';
import { MODEL_STATUSES } from '../../domain/states/model.ts';
import { assertSessionMove, isEnded, SESSION_STATUSES, type SessionStatus } from '../../domain/states/session.ts';
import { type Row, rowMapper } from '../database/row.ts';
import { assignments, insertion, isDuplicate, type Sql } from '../database/sql.ts';

/** Of a row of models: a person cancelled it. Cancelling ends the session, and beginning anew opens another: so the newest one says it. */
export const CANCELLED = `models.status = 'paused' AND (SELECT sessions.status FROM download_sessions AS sessions
  WHERE sessions.model_id = models.id ORDER BY sessions.id DESC LIMIT 1) IS 'cancelled'`;

/** Every status of a model but `completed`, as SQL lists values. */
export const NOT_COMPLETE = MODEL_STATUSES.filter((status) => status !== 'completed')
  .map((status) => `'${status}'`)
  .join(', ');

interface SessionChanges {
  readonly scheduleId?: number | null;
  readonly bytesDownloaded?: number;
  readonly totalBytes?: number;
  readonly errorMessage?: string | null;
  readonly errorStack?: string | null;
  readonly retryCount?: number;
  readonly receivedBytes?: number;
  readonly activeMs?: number;
  readonly metadata?: SessionMetadata | null;
}

export interface Sessions {
  /** @throws AppError not_found: no such model or schedule; constraint: the model has an open session already */
  readonly createDownloadSession: (
    modelId: number,
    options?: { readonly scheduleId?: number; readonly totalBytes?: number },
  ) => DownloadSession;
  /**
   * The model's open session, or a new one, in progress.
   * @param scheduleId the schedule that works on it now
   * @throws AppError not_found
   */
  readonly startOrContinue: (modelId: number, totalBytes: number, scheduleId?: number) => DownloadSession;
  /** @returns false if there is no such session @throws AppError validation, constraint, state_transition */
  readonly updateDownloadSession: (id: number, status: SessionStatus, changes?: SessionChanges) => boolean;
  readonly getDownloadSession: (id: number) => DownloadSession | undefined;
  readonly openSession: (modelId: number) => DownloadSession | undefined;
  /** The newest; of what is complete the one that completed it, as long as somebody has only taken back what came after. */
  readonly sessionOf: (model: Pick<Model, 'id' | 'status'>) => DownloadSession | undefined;
  /** Newest first. */
  readonly getDownloadHistory: (modelId: number, limit?: number) => DownloadSession[];
}

/** The clock may have been set back since the session began. */
const latest = (left: string, right: string): string => (left > right ? left : right);

export const toSession = rowMapper<DownloadSession>({
  table: 'download_sessions',
  json: { metadata: { schema: sessionMetadataSchema, broken: null } },
});

/** The job of an inference server for which a model is downloaded first: it has its id before it has a session. */
const JOB_WITHOUT_SESSION = `SELECT id FROM pull_jobs WHERE model_id = ? AND status IN ('queued', 'running')
  AND NOT EXISTS (SELECT 1 FROM download_sessions WHERE uuid = pull_jobs.id) ORDER BY number LIMIT 1`;

/** What a session keeps of its model: that may move or get other files, and the machine be let go. */
const ABOUT = `SELECT models.name, models.repo_type, models.revision, models.selection,
  CASE WHEN hosts.id <> ${THIS_HOST} THEN hosts.name END AS host
  FROM models JOIN hosts ON hosts.id = models.host_id WHERE models.id = :modelId`;

const aboutOf = (row: Row): Pick<SessionMetadata, 'host' | 'label'> => {
  const { host } = row;
  const name = String(row['name']);
  const label = modelLabel({
    name,
    repoType: row['repo_type'] === 'dataset' ? 'dataset' : 'model',
    revision: String(row['revision']),
    selection: String(row['selection']),
    title: null,
    hostName: null,
  });
  return {
    ...(typeof host === 'string' ? { host } : {}),
    ...(label === name ? {} : { label }),
  };
};

const SESSION_OF = `SELECT * FROM download_sessions WHERE model_id = :id AND (:isAny OR status = 'completed')
  ORDER BY id DESC LIMIT 1`;

/** What ends a session has its end, and what has ended keeps it. @throws AppError validation, constraint, state_transition */
const createUpdate = (
  sql: Sql,
  now: () => string,
  getDownloadSession: Sessions['getDownloadSession'],
): Sessions['updateDownloadSession'] => {
  return (id, status, changes = {}) => {
    if (!SESSION_STATUSES.includes(status)) {
      throw new AppError(
        'validation',
        `There is no session status “${String(status)}”; there are ${SESSION_STATUSES.join(', ')}.`,
      );
    }
    const session = getDownloadSession(id);
    if (!session) return false;
    assertSessionMove(session.status, status);
    const ended = isEnded(status) ? { completedAt: session.completedAt ?? latest(now(), session.startedAt) } : {};
    const set = assignments({ status, ...changes, ...ended });
    const where = 'WHERE id = ? AND status = ?';
    return (
      sql.run(`UPDATE download_sessions SET ${set.text} ${where}`, [...set.values, id, session.status]).changes > 0
    );
  };
};

/** @param now the current time, ISO 8601 */
export const createSessions = (sql: Sql, now: () => string): Sessions => {
  const getDownloadSession = (id: number): DownloadSession | undefined =>
    sql.get('SELECT * FROM download_sessions WHERE id = ?', toSession, [id]);

  const openSession = (modelId: number): DownloadSession | undefined =>
    sql.get("SELECT * FROM download_sessions WHERE model_id = ? AND status IN ('started', 'in_progress')", toSession, [
      modelId,
    ]);

  const createDownloadSession: Sessions['createDownloadSession'] = (modelId, options = {}) => {
    const model = sql.get('SELECT chat_id, name FROM models WHERE id = ?', (row) => row, [modelId]);
    if (!model) throw new AppError('not_found', `There is no model #${modelId}.`);
    const { scheduleId } = options;
    const schedule = 'SELECT 1 FROM schedule_configurations WHERE id = ?';
    if (scheduleId !== undefined && !sql.get(schedule, () => true, [scheduleId]))
      throw new AppError('not_found', `There is no schedule ${scheduleId}.`);
    const { label } = sql.get(ABOUT, aboutOf, { modelId }) ?? {};
    const metadata = label === undefined ? null : { label };
    const of = { modelId, chatId: model['chat_id'], modelName: model['name'], metadata };
    const uuid = sql.get(JOB_WITHOUT_SESSION, (row) => String(row['id']), [modelId]) ?? randomUUID();
    const row = insertion({ uuid, ...of, startedAt: now(), ...options });
    try {
      const { lastId } = sql.run(`INSERT INTO download_sessions ${row.text}`, row.values);
      return getDownloadSession(lastId) as DownloadSession;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const sentence = `Model #${modelId} has an open download session. It must end before another one begins.`;
      throw new AppError('constraint', sentence, { cause: error });
    }
  };

  const updateDownloadSession = createUpdate(sql, now, getDownloadSession);

  return {
    createDownloadSession,
    startOrContinue: (modelId, totalBytes, scheduleId) =>
      sql.atomically(() => {
        const session = openSession(modelId) ?? createDownloadSession(modelId);
        // What was counted before may be more than what is wanted now, if a newer revision is smaller.
        const bytesDownloaded = Math.min(session.bytesDownloaded, totalBytes);
        const { host, label } = sql.get(ABOUT, aboutOf, { modelId }) ?? {};
        const isSame = host === session.metadata?.host && label === session.metadata?.label;
        const metadata = isSame ? {} : { metadata: { ...session.metadata, host, label } };
        const changes = { totalBytes, bytesDownloaded, scheduleId: scheduleId ?? null, ...metadata };
        updateDownloadSession(session.id, 'in_progress', changes);
        return getDownloadSession(session.id) as DownloadSession;
      }),
    updateDownloadSession: (id, status, changes) => sql.atomically(() => updateDownloadSession(id, status, changes)),
    getDownloadSession,
    openSession,
    sessionOf: ({ id, status }) => sql.get(SESSION_OF, toSession, { id, isAny: status === 'completed' ? 0 : 1 }),
    getDownloadHistory: (modelId, limit = 10) =>
      sql.all('SELECT * FROM download_sessions WHERE model_id = ? ORDER BY id DESC LIMIT ?', toSession, [
        modelId,
        limit,
      ]),
  };
};
