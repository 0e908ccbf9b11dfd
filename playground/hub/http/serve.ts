import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { isLoopback, isOfOtherPage } from '../../web-pages.ts';
import { type Answer, Refusal, text } from './answer.ts';
import { expired } from '../api/cdn.ts';
import type { Exchange } from './exchange.ts';
import type { Fault, Faults, Hit } from '../faults.ts';
import { type HubRequest, readRequest } from './hub-request.ts';
import type { OpenRecord, RequestLog } from './request-log.ts';
import { sendAnswer } from './send.ts';
import { breakConnection } from './send-file.ts';

export interface ServeOptions {
  readonly host: 'hub' | 'cdn' | 'cas';
  /** What a request is answered; may throw a Refusal. */
  readonly answer: (request: HubRequest) => Answer | Promise<Answer>;
  /** `org/name/file` for each file that a request may mean. */
  readonly placesOf: (request: HubRequest) => readonly string[];
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly latencyMs: number;
  readonly bytesPerSecond: number | undefined;
}

const MAX_BODY = 1 << 20;

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw new Error('The request is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

const limitAnswer = (fault: Extract<Fault, { kind: 'rate_limited' }>): Answer => {
  const { seconds = 60 } = fault;
  const usual = {
    RateLimit: `"resolvers";r=0;t=${seconds}`,
    'RateLimit-Policy': '"fixed window";"resolvers";q=3000;w=300',
  };
  return text(429, 'Too Many Requests', fault.headers ?? usual);
};

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

/** The answer that a fault puts in place of the real one; `reset` gives none. */
const faultAnswer = (faults: Faults, hit: Hit): Answer | 'reset' | undefined => {
  if (faults.take('reset', hit)) return 'reset';
  if (hit.host === 'cdn' && faults.take('expired', hit)) return expired().answer;
  const limited = faults.take('rate_limited', hit);
  if (limited) return limitAnswer(limited);
  const status = faults.take('status', hit);
  if (status) return text(status.status, status.body ?? 'Internal Error', status.headers);
  const html = faults.take('html', hit);
  return html && { status: html.status ?? 502, headers: { 'Content-Type': 'text/html' }, body: HTML };
};

const answerTo = async (options: ServeOptions, request: HubRequest): Promise<Answer> => {
  try {
    if (!isLoopback(request.headers.host)) return text(421, 'The sample hub answers to loopback names only.');
    // Its buttons send forms, which any page could.
    if (request.method === 'POST' && isOfOtherPage(request.headers))
      return text(403, 'Only the pages of the sample hub itself have buttons for this.');
    return await options.answer(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
};

const openExchange = (
  options: ServeOptions,
  incoming: IncomingMessage,
  asked: HubRequest,
): Omit<Exchange, 'response' | 'gone'> => {
  const { host, log, faults, bytesPerSecond } = options;
  const { method, target, headers } = asked;
  const [path = '', ...queries] = target.split('?');
  const places = options.placesOf(asked);
  const [file] = places;
  const query = queries.join('?');
  const record: OpenRecord = {
    host,
    method,
    path,
    query,
    headers,
    file,
    range: headers.range,
    status: 0,
    bytesSent: 0,
    done: false,
  };
  return { request: incoming, hit: { host, method, path, places }, record, log, faults, bytesPerSecond };
};

const serve = async (options: ServeOptions, incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
  const gone = new AbortController();
  // An abort makes an error with its stack: whoever was answered needs none.
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const { method = 'GET', url: target = '/', headers } = incoming;
  const asked = readRequest({ method, target, headers, body: await readBody(incoming) });
  const exchange: Exchange = { ...openExchange(options, incoming, asked), response, gone: gone.signal };
  const { record, log, faults, hit } = exchange;
  log.open(record);
  response.on('close', () => {
    record.done = true;
    log.touch(record);
  });
  const delay = options.latencyMs + (faults.take('late', hit)?.milliseconds ?? 0);
  if (delay > 0) await pause(delay, undefined, { signal: gone.signal });
  const silence = faults.take('silence', hit);
  if (silence) await faults.lifted(silence, gone.signal);
  const instead = faultAnswer(faults, hit);
  if (instead === 'reset') breakConnection(exchange);
  else await sendAnswer(exchange, instead ?? (await answerTo(options, asked)));
};

/** Handles each request of a host from its arrival to the last byte of its answer. */
export const createHandler =
  (options: ServeOptions) =>
  (incoming: IncomingMessage, response: ServerResponse): void => {
    serve(options, incoming, response).catch((error: unknown) => {
      // Whoever asked has gone: nobody is left to be told.
      if (response.destroyed) return;
      if (response.headersSent) response.destroy();
      else
        response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`The sample hub has a fault: ${String(error)}`);
    });
  };
