/* ops: what watches the machine asks here over HTTP; it is let look and nothing else. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../domain/errors.ts';
import type { Log } from '../lib/log.ts';
import { cannotListen, closeServer, listen, urlOf } from '../lib/net/listen.ts';
import { createServer } from '../lib/net/node-http.ts';
import { formatMetrics, type Metric } from './metrics/exposition.ts';
import type { HealthReport } from './health/health.ts';

export interface Door {
  readonly path: string;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface OpsOptions {
  /** 0: any free one. */
  readonly port: number;
  /** The address to listen on; only this machine by default. */
  readonly host?: string;
  readonly health: () => Promise<HealthReport>;
  /** Somebody else's path, who answers whatever comes to it. */
  readonly door?: Door | undefined;
  /** Without it there is no `/metrics`. */
  readonly metrics?: () => Promise<readonly Metric[]>;
  readonly log: Log;
}

export interface Ops {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends at once, whoever is connected. */
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

const json = (status: number, content: unknown): Answer => ({
  status,
  type: JSON_TYPE,
  body: `${JSON.stringify(content)}\n`,
});

const pathOf = ({ url = '' }: IncomingMessage): string | undefined => url.split('?', 1)[0];

const answerTo = async (request: IncomingMessage, { health, metrics }: OpsOptions): Promise<Answer> => {
  const [path, { method = '' }] = [pathOf(request), request];
  const known = path === '/healthz' || (path === '/metrics' && metrics !== undefined);
  if (!known) return json(404, { error: 'There are /healthz and, if it is on, /metrics.' });
  if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'Only GET and HEAD are answered.' });
  if (path === '/metrics' && metrics) {
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: formatMetrics(await metrics()) };
  }
  const report = await health();
  return json(report.ok ? 200 : 503, report);
};

const handle = async (request: IncomingMessage, response: ServerResponse, options: OpsOptions): Promise<void> => {
  if (options.door && pathOf(request) === options.door.path) return options.door.answer(request, response);
  let answer: Answer;
  try {
    answer = await answerTo(request, options);
  } catch (error) {
    options.log.error({ err: error, path: request.url }, 'The health endpoint failed');
    answer = json(500, { ok: false, error: 'Looking failed. The log says more.' });
  }
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(answer.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(answer.body); // Node leaves the body out for HEAD.
};

/**
 * Answers `/healthz` (200 or 503, JSON) and `/metrics` for whoever watches over this machine.
 * @throws AppError operational: the port can't be had
 */
export const startOps = async (options: OpsOptions): Promise<Ops> => {
  const { port, host = '127.0.0.1', log } = options;
  // Short limits: whoever asks is near, and a slow asker must not pile up connections. Node looks for them twice a minute if not told.
  const server = createServer(
    { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 5000, connectionsCheckingInterval: 1000 },
    (request, response) => void handle(request, response, options),
  );
  server.maxConnections = 64;
  await listen(server, port, host).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('operational', cannotListen(port, host, cause), { cause });
  });
  server.on('error', (error) => log.error({ err: error }, 'The health endpoint has trouble'));
  return { url: urlOf(server), close: () => closeServer(server) };
};
