import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, vi } from 'vitest';

export const TOKEN = 'a-token-of-the-tests-0123456789';
export const API = { HUBGRAM_API_PORT: '0', HUBGRAM_API_TOKEN: TOKEN } as const;

export const DOCUMENT = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/jobs-api.json'), 'utf8')) as {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, { readonly content?: object }> }>>;
};

const ajv = new Ajv2020({
  strict: false,
  formats: { uuid: true, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
});
ajv.addSchema(DOCUMENT, 'api');

/** A job as it comes over HTTP. */
export interface HttpJob {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
  readonly [field: string]: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** undefined: none came. */
  readonly body: unknown;
}

const pathOf = (path: string): string => (path.startsWith('/jobs/') ? '/jobs/{id}' : (path.split('?')[0] ?? ''));

/** Holds an answer against what the document promises of it: each that any test gets. */
const fits = (method: string, path: string, { status, headers, body }: Reply): void => {
  const operation = DOCUMENT.paths[pathOf(path)]?.[method.toLowerCase()];
  // Of what the document does not have there is nothing to hold it against but its problem.
  const promised = operation ? operation.responses[String(status)] : undefined;
  if (operation && method !== 'HEAD')
    expect(Object.keys(operation.responses), `${method} ${path}`).toContain(String(status));
  const schema = status >= 400 ? 'Problem' : pathOf(path) === '/jobs' ? 'Jobs' : 'Job';
  if (body === undefined) return expect(promised?.content).toBeUndefined();
  expect(headers.get('content-type')).toMatch(status >= 400 ? /^application\/problem\+json/ : /^application\/json/);
  const isValid = ajv.validate(`api#/components/schemas/${schema}`, body);
  expect(isValid, `${method} ${path}: ${ajv.errorsText()} in ${JSON.stringify(body)}`).toBe(true);
};

export interface Client {
  /** Sends a call with the token. */
  readonly call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;
  /** @returns the job that it began or found */
  readonly pull: (body: object) => Promise<HttpJob>;
  readonly job: (id: string) => Promise<HttpJob>;
  /** Looks until a job is as it should be. */
  readonly reaches: (id: string, isSo: (job: HttpJob) => boolean) => Promise<HttpJob>;
}

export const createClient = (url: () => string): Client => {
  const call: Client['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${url()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const reply = {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    fits(method, path, reply);
    return reply;
  };
  const job = async (id: string): Promise<HttpJob> => {
    const { status, body } = await call('GET', `/jobs/${id}`);
    expect(status).toBe(200);
    return body as HttpJob;
  };
  return {
    call,
    job,
    pull: async (body) => (await call('POST', '/pull', body)).body as HttpJob,
    reaches: (id, isSo) =>
      vi.waitUntil(
        async () => {
          const { status, body } = await call('GET', `/jobs/${id}`);
          // Many have called just before: it is to come again.
          if (status === 429) return undefined;
          expect(status).toBe(200);
          return isSo(body as HttpJob) ? (body as HttpJob) : undefined;
        },
        { timeout: 60_000, interval: 100 },
      ) as Promise<HttpJob>,
  };
};

/** Where the server listens that a log tells of. */
export const urlIn = (log: string): string =>
  /"url":"(http:\/\/127\.0\.0\.1:\d+)","msg":"An inference server may/.exec(log)?.[1] ?? '';
