/* api: the jobs of an inference server over HTTP, for those who have its token; what is done of them is the library's. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../domain/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { cannotListen, closeServer, listen, urlOf } from '../lib/net/listen.ts';
import { createServer } from '../lib/net/node-http.ts';
import type { Pulling } from '../library/pulling/pulling.ts';
import { createCallLimit } from './call-limit.ts';
import { Problem, PROBLEM_TYPE, problemOf } from './problem.ts';
import { type Answer, answerCall } from './routes.ts';

export interface ApiOptions {
  /** 0: any free one. */
  readonly port: number;
  /** The address to listen on. */
  readonly host: string;
  /** What whoever calls has to show. */
  readonly token: string;
  readonly pulling: Pulling;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  /** How long a call may take to be sent, in milliseconds; 10 s if not given. */
  readonly patienceMs?: number;
}

export interface Api {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends at once, whoever is connected. */
  readonly close: () => Promise<void>;
}

/** A server that looks at each of a few dozen jobs every second stays below it. */
const CALLS = { burst: 120, perSecond: 20 } as const;
/** Those who show no token, or another one, are told so this often, and use up nothing of what is for the others. */
const STRANGERS = { burst: 20, perSecond: 1 } as const;

/** Beyond these a connection is closed without a word: more than the calls that are answered at once, each of which may have one. */
const CONNECTIONS_MOST = 256;
/** How long a call may take to be sent, in milliseconds. Whoever asks is near, and a slow asker must not pile up connections. */
const PATIENCE_MS = 10_000;

interface Door {
  /** @throws Problem 401, 429 */
  readonly enter: (request: IncomingMessage) => void;
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in a time that says nothing of how much of a token was right. */
const createDoor = ({ token, clock }: Pick<ApiOptions, 'token' | 'clock'>): Door => {
  const right = digestOf(token);
  const [calls, strangers] = [createCallLimit(CALLS, clock), createCallLimit(STRANGERS, clock)];
  return {
    enter: ({ headers: { authorization = '' } }) => {
      const shown = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
      const isRight = timingSafeEqual(digestOf(shown ?? ''), right) && shown !== undefined;
      const waitMs = isRight ? calls() : strangers();
      if (waitMs > 0) {
        const seconds = Math.ceil(waitMs / 1000);
        throw new Problem(429, `There are too many calls. Come again in ${seconds} s.`, {
          headers: { 'retry-after': String(seconds) },
        });
      }
      if (!isRight)
        throw new Problem(401, 'Show the token: Authorization: Bearer …', {
          headers: { 'www-authenticate': 'Bearer realm="hubgram"' },
        });
    },
  };
};

const send = (response: ServerResponse, { status, body, headers = {} }: Answer, type: string): void => {
  const text = body === undefined ? '' : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(text); // Node leaves the body out for HEAD.
};

const JSON_TYPE = 'application/json; charset=utf-8';

const handle = async (
  request: IncomingMessage,
  response: ServerResponse,
  door: Door,
  { pulling, log }: ApiOptions,
): Promise<void> => {
  try {
    door.enter(request);
    send(response, await answerCall(pulling, request), JSON_TYPE);
  } catch (error) {
    // Who has gone before the end of a call needs no answer.
    if (request.destroyed && !request.complete) return;
    const isProblem = error instanceof Problem;
    if (!isProblem) log.error({ err: error, method: request.method }, 'A call of an inference server failed');
    const problem = isProblem ? error : new Problem(500, 'It failed. The log says more.');
    send(response, { status: problem.status, body: problemOf(problem), headers: problem.headers }, PROBLEM_TYPE);
  }
};

/**
 * Takes jobs of an inference server over HTTP, as docs/jobs-api.json describes it.
 * @throws AppError operational: the port can't be had
 */
export const startApi = async (options: ApiOptions): Promise<Api> => {
  const { port, host, log } = options;
  const door = createDoor(options);
  const { patienceMs = PATIENCE_MS } = options;
  const half = patienceMs / 2;
  const server = createServer(
    {
      requestTimeout: patienceMs,
      headersTimeout: half,
      keepAliveTimeout: half,
      // Node looks twice a minute otherwise, and lets a call take that much longer.
      connectionsCheckingInterval: half,
    },
    (request, response) => void handle(request, response, door, options),
  );
  server.maxConnections = CONNECTIONS_MOST;
  await listen(server, port, host).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('operational', cannotListen(port, host, cause), { cause });
  });
  server.on('error', (error) => log.error({ err: error }, 'The server for jobs has trouble'));
  return { url: urlOf(server), close: () => closeServer(server) };
};
