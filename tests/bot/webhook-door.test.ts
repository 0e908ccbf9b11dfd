import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWebhookDoor } from '../../src/bot/updates/webhook-door.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type Ops, startOps } from '../../src/ops/ops.ts';

const SECRET = 's3cret-of_the-webhook';
const HEADERS = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET };
const MOST = 1_000_000;

let ops: Ops;
let taken: unknown[];
let take: (update: unknown) => Promise<boolean>;

beforeEach(async () => {
  taken = [];
  take = async (update) => taken.push(update) > 0;
  const door = createWebhookDoor({ path: '/telegram', secret: SECRET, take: (update) => take(update), log: silentLog });
  ops = await startOps({ port: 0, health: async () => ({ ok: true, checks: {} }), log: silentLog, door });
});
afterEach(() => ops.close());

const post = async (init: RequestInit = {}, path = '/telegram') => {
  const response = await fetch(`${ops.url}${path}`, { method: 'POST', headers: HEADERS, body: '{}', ...init });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

/** JSON of so many bytes. */
const ofSize = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`;

it('an update with the secret is taken, and answered when it may be forgotten', async () => {
  const mayForget = Promise.withResolvers<boolean>();
  take = (update) => {
    taken.push(update);
    return mayForget.promise;
  };
  let isAnswered = false;
  const answered = post({ body: '{"update_id":7,"message":{"text":"ü"}}' }).then((answer) => {
    isAnswered = true;
    return answer;
  });
  await expect.poll(() => taken).toEqual([{ update_id: 7, message: { text: 'ü' } }]);
  // Whoever looks after the machine is answered meanwhile.
  expect((await fetch(`${ops.url}/healthz`)).status).toBe(200);
  expect(isAnswered).toBe(false);
  mayForget.resolve(true);
  expect(await answered).toMatchObject({ status: 200, text: '' });
});

it('what cannot be taken now is to come again in seconds', async () => {
  take = () => Promise.resolve(false);
  const { status, text, headers } = await post();
  expect([status, text, headers.get('retry-after')]).toEqual([503, '', '5']);
  take = () => Promise.reject(new Error('The disk is gone: /secret/path'));
  expect(await post()).toMatchObject({ status: 503, text: '' });
});

const withHeaders = (headers: Readonly<Record<string, string>>): RequestInit => ({ headers });
const { 'x-telegram-bot-api-secret-token': _secret, ...NO_SECRET } = HEADERS;

it.each([
  ['another path', 404, {}, '/telegram/'],
  ['no path', 404, {}, '/'],
  ['GET', 405, { method: 'GET', body: null }],
  ['PUT', 405, { method: 'PUT' }],
  ['no secret', 401, withHeaders(NO_SECRET)],
  ['an empty secret', 401, withHeaders({ ...HEADERS, 'x-telegram-bot-api-secret-token': '' })],
  [
    'the beginning of the secret',
    401,
    withHeaders({ ...HEADERS, 'x-telegram-bot-api-secret-token': SECRET.slice(0, -1) }),
  ],
  ['more than the secret', 401, withHeaders({ ...HEADERS, 'x-telegram-bot-api-secret-token': `${SECRET}x` })],
  [
    'the secret in other letters',
    401,
    withHeaders({ ...HEADERS, 'x-telegram-bot-api-secret-token': SECRET.toUpperCase() }),
  ],
  ['a form', 415, withHeaders({ ...HEADERS, 'content-type': 'application/x-www-form-urlencoded' })],
  ['a type that only begins like JSON', 415, withHeaders({ ...HEADERS, 'content-type': 'application/json5' })],
  ['no JSON', 400, { body: '{' }],
  ['nothing', 400, { body: '' }],
  ['too much', 413, { body: ofSize(MOST + 1) }],
] as const)('%s is answered with %i, and nothing is taken', async (_what, status, init, path?: string) => {
  const { text, ...answer } = await post(init, path);
  expect(answer.status).toBe(status);
  // Strangers learn nothing: what is not there is answered as before.
  expect(status === 404 ? '' : text).toBe('');
  expect(answer.headers.get('allow')).toBe(status === 405 ? 'POST' : null);
  expect(taken).toEqual([]);
});

it('as much as there may be is taken, also with a query and a character set behind', async () => {
  expect(await post({ body: ofSize(MOST) })).toMatchObject({ status: 200 });
  expect(
    await post(withHeaders({ ...HEADERS, 'content-type': 'application/json; charset=utf-8' }), '/telegram?a=b'),
  ).toMatchObject({ status: 200 });
  expect(taken).toHaveLength(2);
});

/** Says it as it stands, and reads to the end of what comes. */
const sayRaw = async (text: string): Promise<string> => {
  const socket = connect(Number(new URL(ops.url).port), '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  // The other side may close in the midst of it.
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return heard;
};

const HEAD = `POST /telegram HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-telegram-bot-api-secret-token: ${SECRET}\r\n`;

it('what does not say how much it is, and what says too much, is broken off', async () => {
  const chunk = 'x'.repeat(0x80_000);
  const chunks = `80000\r\n${chunk}\r\n`.repeat(2);
  expect(await sayRaw(`${HEAD}transfer-encoding: chunked\r\n\r\n${chunks}`)).toMatch(/^HTTP\/1\.1 413 /);
  expect(await sayRaw(`${HEAD}content-length: ${MOST + 1}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
  expect(taken).toEqual([]);
});

it('who goes away in the midst of it is no fault, and the next one is taken', async () => {
  const socket = connect(Number(new URL(ops.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`${HEAD}content-length: 100\r\n\r\n{`);
  socket.destroy();
  await once(socket, 'close');
  expect(await post()).toMatchObject({ status: 200 });
  expect(taken).toEqual([{}]);
});
