import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../lib/log.ts';
import type { Deliveries, WebhookAddress } from './webhook.ts';

/** Where Telegram brings updates. */
export interface WebhookDoor {
  /** Of the address that Telegram was told, such as `/telegram`. */
  readonly path: string;
  /** Answers a request to this path, whatever it is. Never throws. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface DoorOptions {
  readonly path: string;
  /** What Telegram shows to be known by. */
  readonly secret: string;
  /** @returns whether Telegram may forget it */
  readonly take: (update: unknown) => Promise<boolean>;
  readonly log: Log;
}

/** Bot API, setWebhook: secret_token; in lower case, as Node has the names of headers. */
const SECRET_HEADER = 'x-telegram-bot-api-secret-token';
/** In bytes. A poll, which brings a hundred updates, has about four million at most. */
const MOST_BYTES = 1_000_000;
/** Telegram waits so long before it brings an update again; twice as long each time, up to minutes, if nobody says. */
const AGAIN_SECONDS = 5;

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long for any two texts. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(hashOf(one), hashOf(other));

const isJson = (type = ''): boolean => /^application\/json(?:$|[\s;])/i.test(type);

/** @returns undefined if there is more than there may be */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

/** @returns undefined if it is no JSON */
const parse = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
};

/** Strangers may knock as well: they hear a status, and not a word. */
const refusalOf = ({ method, headers }: IncomingMessage, secret: string): number | undefined => {
  if (method !== 'POST') return 405;
  if (!isSame(String(headers[SECRET_HEADER] ?? ''), secret)) return 401;
  return isJson(headers['content-type']) ? undefined : 415;
};

const statusOf = async (request: IncomingMessage, { secret, take, log }: DoorOptions): Promise<number> => {
  const refusal = refusalOf(request, secret);
  if (refusal !== undefined) return refusal;
  const body = await readBody(request);
  if (body === undefined) return 413;
  const update = parse(body);
  if (!update) {
    log.warn({ bytes: body.length }, 'What came by the webhook is no JSON');
    return 400;
  }
  return (await take(update.value)) ? 200 : 503;
};

const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  405: { allow: 'POST' },
  503: { 'retry-after': String(AGAIN_SECONDS) },
};

const answer = (response: ServerResponse, status: number): void => {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-length': 0,
    // What is left of the request is not read.
    ...(status === 200 || status === 503 ? {} : { connection: 'close' }),
    ...HEADERS[status],
  });
  response.end();
};

/**
 * An update is answered with 200 once Telegram may forget it, and with 503 if it has to come again. All else is refused: 405 (not
 * POST), 401 (not the secret), 415 and 400 (no JSON), 413 (too much of it).
 */
export const createWebhookDoor = (options: DoorOptions): WebhookDoor => ({
  path: options.path,
  answer: (request, response) => {
    statusOf(request, options).then(
      (status) => answer(response, status),
      (error: unknown) => {
        // Whoever went away in mid-request is nobody's fault.
        if (!request.complete) {
          response.destroy();
          return;
        }
        options.log.error({ err: error }, 'An update that was brought could not be taken');
        answer(response, 503);
      },
    );
  },
});

/** The door at the address that Telegram is told: whatever comes through it counts as delivered. */
export const webhookDoorFor = (
  { url, secret }: WebhookAddress,
  { take }: Pick<DoorOptions, 'take'>,
  { came }: Pick<Deliveries, 'came'>,
  log: Log,
): WebhookDoor =>
  createWebhookDoor({
    path: new URL(url).pathname,
    secret,
    take: (update) => {
      came();
      return take(update);
    },
    log,
  });
