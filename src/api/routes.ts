import type { IncomingMessage } from 'node:http';
import { AppError, isForNow } from '../domain/errors.ts';
import { PULL_STATUSES, type PullStatus } from '../domain/pulls/pull-job.ts';
import { table } from '../lib/table.ts';
import { type Pulling, PullError } from '../library/pulling/pulling.ts';
import { readPull } from './body.ts';
import { Problem } from './problem.ts';
import { shownJob } from './shown-job.ts';

export interface Answer {
  readonly status: number;
  /** undefined: none. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Handler = (call: {
  readonly pulling: Pulling;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly id: string;
}) => Answer | Promise<Answer>;

const LIMIT = { usual: 20, most: 100 } as const;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

const noJob = (): Problem => new Problem(404, 'There is no such job.');

const isStatus = (text: string): text is PullStatus => (PULL_STATUSES as readonly string[]).includes(text);

/** @throws Problem 400, with the name of what is wrong */
const readPage = (query: URLSearchParams): Parameters<Pulling['list']>[0] => {
  const wrong = (field: string, expected: string): Problem =>
    new Problem(400, `${field} is not what is taken. Expected: ${expected}.`, { field });
  for (const name of query.keys()) {
    if (!['status', 'limit', 'before'].includes(name))
      throw new Problem(400, 'There is no such parameter. There are status, limit and before.', {
        field: name.slice(0, 100),
      });
    if (query.getAll(name).length > 1) throw wrong(name, 'it once');
  }
  const [status, limit, before] = ['status', 'limit', 'before'].map((name) => query.get(name) ?? undefined);
  if (status !== undefined && !isStatus(status)) throw wrong('status', `one of ${PULL_STATUSES.join(', ')}`);
  if (limit !== undefined && !(/^[1-9]\d{0,2}$/.test(limit) && Number(limit) <= LIMIT.most))
    throw wrong('limit', `a number from 1 to ${LIMIT.most}`);
  if (before !== undefined && !new RegExp(`^${UUID}$`).test(before)) throw wrong('before', 'the id of a job');
  return { status, before, limit: limit === undefined ? LIMIT.usual : Number(limit) };
};

const pull: Handler = async ({ pulling, request }) => {
  const asked = await readPull(request);
  try {
    const { job, isNew } = pulling.pull(asked);
    return { status: isNew ? 202 : 200, body: shownJob(job), headers: { location: `/jobs/${job.id}` } };
  } catch (error) {
    if (error instanceof PullError) throw new Problem(400, error.message, { field: error.field });
    if (error instanceof AppError && error.code === 'constraint')
      throw new Problem(429, error.message, { headers: { 'retry-after': '60' } });
    throw error;
  }
};

const list: Handler = ({ pulling, query }) => {
  const page = readPage(query);
  const { jobs, total, isLast } = pulling.list(page);
  const last = jobs.at(-1);
  return { status: 200, body: { jobs: jobs.map(shownJob), total, next: isLast || !last ? null : last.id } };
};

const get: Handler = ({ pulling, id }) => {
  const job = pulling.get(id, true);
  if (!job) throw noJob();
  return { status: 200, body: shownJob(job) };
};

const remove: Handler = ({ pulling, id }) => {
  const removed = pulling.remove(id);
  if (!removed) throw noJob();
  return removed.kind === 'cancelled' ? { status: 200, body: shownJob(removed.job) } : { status: 204 };
};

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

const ROUTES: readonly Route[] = [
  { path: /^\/pull$/, methods: table<Handler>({ POST: pull }) },
  { path: /^\/jobs$/, methods: table<Handler>({ GET: list, HEAD: list }) },
  {
    path: new RegExp(`^/jobs/(?<id>${UUID})$`),
    methods: table<Handler>({ GET: get, HEAD: get, DELETE: remove }),
  },
];

/**
 * Answers a call of somebody who may make it.
 * @throws Problem: what it was instead; anything else is a fault of ours
 */
export const answerCall = async (pulling: Pulling, request: IncomingMessage): Promise<Answer> => {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const found = ROUTES.map(({ path: pattern, methods }) => ({ match: pattern.exec(path), methods })).find(
    ({ match }) => match !== null,
  );
  if (!found) throw path.startsWith('/jobs/') ? noJob() : new Problem(404, 'There are /pull, /jobs and /jobs/{id}.');
  const handler = found.methods[request.method ?? ''];
  if (!handler) {
    const allow = Object.keys(found.methods).join(', ');
    throw new Problem(405, `Only ${allow} ${allow.includes(',') ? 'are' : 'is'} taken here.`, { headers: { allow } });
  }
  const id = found.match?.groups?.['id'] ?? '';
  try {
    return await handler({ pulling, request, query: new URLSearchParams(query), id });
  } catch (error) {
    // A full disk, a database that is busy: that passes, and nothing has been begun.
    if (isForNow(error)) throw new Problem(503, (error as Error).message, { headers: { 'retry-after': '5' } });
    throw error;
  }
};
