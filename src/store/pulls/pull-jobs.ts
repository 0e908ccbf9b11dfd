/* store/pulls: jobs of an inference server. */

import { INFERENCE_SERVER, type PullJob, type PullStatus } from '../../domain/pulls/pull-job.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, numberOf, type Sql } from '../database/sql.ts';

export type NewPullJob = Pick<PullJob, 'id' | 'model' | 'quantize' | 'init'>;

export interface PullJobs {
  /** A job that is queued. Its library is there from then on. */
  readonly createJob: (job: NewPullJob) => PullJob;
  readonly getJob: (id: string) => PullJob | undefined;
  /** The newest of those that have not ended and are for just this. */
  readonly openJobFor: (wanted: Omit<NewPullJob, 'id'>) => PullJob | undefined;
  /**
   * Newest first.
   * @param page `before`: only those with lower numbers
   */
  readonly listJobs: (page: {
    readonly status?: PullStatus | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  }) => PullJob[];
  readonly countJobs: (status?: PullStatus) => number;
  /** What the rows that it is made of do not say. @returns false if there is no such job */
  readonly updateJob: (id: string, changes: { readonly cancelled?: boolean }) => boolean;
  /** @returns false if there is no such job */
  readonly deleteJob: (id: string) => boolean;
  /** Somebody has asked about it. */
  readonly countCall: (id: string) => void;
  /** The request of a job is for this model of the library. */
  readonly bindJob: (number: number, modelId: number) => void;
  /** The id of the request that it was asked for with. */
  readonly requestOf: (number: number) => number | undefined;
  /** How many others that have not ended want the same model. */
  readonly othersFor: (job: Pick<PullJob, 'id' | 'modelId'>) => number;
  /** Those that a kill has kept from being asked for, oldest first. */
  readonly unasked: () => PullJob[];
  /** Models of jobs that are to be looked into, and that nobody has asked to be. */
  readonly modelsToCheck: () => number[];
}

const toJob = rowMapper<PullJob>({ booleans: ['init'] });

/** A null stays one. */
const withInit = (job: PullJob, init: unknown): PullJob => (init === null ? { ...job, init: null } : job);

/** A job, with where its snapshot lies now, and what its session has noted since. */
const SELECT = `SELECT jobs.number, jobs.id, jobs.model, jobs.quantize, jobs.init, jobs.status, jobs.created_at, jobs.started_at,
    jobs.finished_at, jobs.error, jobs.traceback, jobs.size_bytes, jobs.selection, jobs.api_call_count, jobs.last_api_call,
    jobs.model_id, iif(jobs.status = 'succeeded', models.download_path, NULL) AS local_path,
    CASE WHEN jobs.status IN ('queued', 'running') THEN coalesce((SELECT bytes_downloaded FROM download_sessions AS open
      WHERE open.model_id = jobs.model_id AND open.status IN ('started', 'in_progress')), jobs.downloaded_bytes)
      ELSE jobs.downloaded_bytes END AS downloaded_bytes
  FROM pull_jobs AS jobs LEFT JOIN models ON models.id = jobs.model_id`;

type ReadJobs = (text: string, parameters: readonly (string | number | null)[]) => PullJob[];

/** What a job has to do with other rows. */
const createLinks = (
  sql: Sql,
  all: ReadJobs,
): Pick<PullJobs, 'requestOf' | 'othersFor' | 'unasked' | 'modelsToCheck'> => ({
  requestOf: (number) =>
    sql.get('SELECT id FROM add_requests WHERE chat_id = ? AND message_id = ?', numberOf, [INFERENCE_SERVER, number]),
  othersFor: ({ id, modelId }) =>
    sql.get(
      "SELECT count(*) FROM pull_jobs WHERE model_id = ? AND id <> ? AND status IN ('queued', 'running')",
      numberOf,
      [modelId, id],
    ) ?? 0,
  unasked: () =>
    all(
      `WHERE jobs.status = 'queued' AND jobs.model_id IS NULL AND NOT EXISTS (
           SELECT 1 FROM add_requests WHERE chat_id = ? AND message_id = jobs.number) ORDER BY jobs.number`,
      [INFERENCE_SERVER],
    ),
  modelsToCheck: () =>
    sql.all(
      `SELECT DISTINCT models.id FROM pull_jobs AS jobs JOIN models ON models.id = jobs.model_id
           LEFT JOIN copy_checks AS checks ON checks.copy_id = models.copy_id
         WHERE jobs.status = 'running' AND jobs.init = 1 AND models.status = 'completed'
           AND (checks.copy_id IS NULL OR checks.state = 'stale')`,
      numberOf,
    ),
});

/** @param now the current time, ISO 8601 */
export const createPullJobs = (sql: Sql, now: () => string): PullJobs => {
  const all: ReadJobs = (text, parameters) =>
    sql.all(`${SELECT} ${text}`, (row, tell) => withInit(toJob(row, tell), row['init']), parameters);
  const getJob = (id: string): PullJob | undefined => all('WHERE jobs.id = ?', [id])[0];
  const flagOf = (flag: boolean | null): number | null => (flag === null ? null : Number(flag));
  return {
    ...createLinks(sql, all),
    createJob: (job) =>
      sql.atomically(() => {
        const at = now();
        // Nothing is sent to what cannot be reached.
        sql.run(
          `INSERT INTO chat_sessions (chat_id, kind, title, access, reachable, last_activity)
           VALUES (?, 'private', 'Inference server', 'approved', 0, ?) ON CONFLICT (chat_id) DO NOTHING`,
          [INFERENCE_SERVER, at],
        );
        const row = insertion({ ...job, createdAt: at, changedAt: at });
        sql.run(`INSERT INTO pull_jobs ${row.text}`, row.values);
        return getJob(job.id) as PullJob;
      }),
    getJob,
    openJobFor: ({ model, quantize, init }) =>
      all(
        `WHERE jobs.status IN ('queued', 'running') AND jobs.model = ? AND jobs.quantize IS ? AND jobs.init IS ?
         ORDER BY jobs.number DESC LIMIT 1`,
        [model, quantize, flagOf(init)],
      )[0],
    listJobs: ({ status, before, limit }) =>
      all(
        `WHERE jobs.number < ? ${status === undefined ? '' : 'AND jobs.status = ?'} ORDER BY jobs.number DESC LIMIT ?`,
        [before ?? Number.MAX_SAFE_INTEGER, ...(status === undefined ? [] : [status]), limit],
      ),
    countJobs: (status) =>
      sql.get(
        `SELECT count(*) FROM pull_jobs ${status === undefined ? '' : 'WHERE status = ?'}`,
        numberOf,
        status === undefined ? [] : [status],
      ) ?? 0,
    updateJob: (id, changes) => {
      const set = assignments({ ...changes, changedAt: now() });
      return sql.run(`UPDATE pull_jobs SET ${set.text} WHERE id = ?`, [...set.values, id]).changes > 0;
    },
    deleteJob: (id) => sql.run('DELETE FROM pull_jobs WHERE id = ?', [id]).changes > 0,
    countCall: (id) => {
      sql.run('UPDATE pull_jobs SET api_call_count = api_call_count + 1, last_api_call = ? WHERE id = ?', [now(), id]);
    },
    bindJob: (number, modelId) => {
      sql.run('UPDATE pull_jobs SET model_id = ? WHERE number = ?', [modelId, number]);
    },
  };
};
