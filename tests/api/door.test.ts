import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi } from '../../src/api/api.ts';
import { AppError } from '../../src/domain/errors.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { createPulling, type Pulling } from '../../src/library/pulling/pulling.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { openBench } from '../store/setup.ts';
import { type Client, createClient, TOKEN } from './setup.ts';

interface Door extends Client {
  readonly url: string;
  readonly clock: TestClock;
  readonly logged: object[];
}

const never = (): never => {
  throw new Error('Nothing may be begun');
};

/** The server on a real store, in which nothing is ever begun; its clock stands still. */
const openDoor = async (over: Partial<Pulling> = {}, patienceMs?: number): Promise<Door> => {
  const { store } = openBench();
  const clock = createTestClock();
  const logged: object[] = [];
  const log: Log = { ...silentLog, error: (fields) => logged.push(fields) };
  const pulling = createPulling({
    store,
    adding: { request: never, drop: never },
    queue: { snapshot: never, pause: never },
    checking: { request: never },
    hubHosts: [],
    log,
  });
  const api = await startApi({
    port: 0,
    host: '127.0.0.1',
    token: TOKEN,
    pulling: { ...pulling, ...over },
    clock,
    log,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  onTestFinished(api.close);
  return { ...createClient(() => api.url), url: api.url, clock, logged };
};

const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('without the token', () => {
  it.each([
    ['none', {}],
    ['another one', { authorization: 'Bearer another-token-0123456789-abcdef' }],
    ['the beginning of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['more than it', { authorization: `Bearer ${TOKEN}x` }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['no scheme', { authorization: TOKEN }],
  ])('%s: 401, whatever is asked for', async (_, headers: Record<string, string>) => {
    const { call } = await openDoor();
    for (const [method, path, body] of [
      ['POST', '/pull', { model: 'gpt2' }],
      ['GET', '/jobs', undefined],
      ['GET', `/jobs/${NOBODY}`, undefined],
      ['DELETE', `/jobs/${NOBODY}`, undefined],
      ['GET', '/nowhere', undefined],
    ] as const) {
      const reply = await call(method, path, body, { authorization: '', ...headers });
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="hubgram"');
      expect(reply.body).toMatchObject({ title: 'Unauthorized' });
    }
  });

  it('the scheme may be written as one likes', async () => {
    const { call } = await openDoor();
    expect((await call('GET', '/jobs', undefined, { authorization: `bearer ${TOKEN}` })).status).toBe(200);
  });
});

describe('too many calls', () => {
  it('are told when to come again, and then heard', async () => {
    const { call, clock } = await openDoor();
    for (let count = 0; count < 120; count += 1) expect((await call('GET', '/jobs')).status).toBe(200);
    const reply = await call('GET', '/jobs');
    expect(reply.status).toBe(429);
    expect(reply.headers.get('retry-after')).toBe('1');
    clock.pass(49);
    expect((await call('GET', '/jobs')).status).toBe(429);
    clock.pass(1);
    expect((await call('GET', '/jobs')).status).toBe(200);
    expect((await call('GET', '/jobs')).status).toBe(429);
  });

  it('of strangers use up nothing of what is for the inference server', async () => {
    const { call, clock } = await openDoor();
    const knock = async (): Promise<number> =>
      (await call('GET', '/jobs', undefined, { authorization: 'Bearer x' })).status;
    for (let count = 0; count < 20; count += 1) expect(await knock()).toBe(401);
    expect(await knock()).toBe(429);
    expect((await call('GET', '/jobs')).status).toBe(200);
    clock.pass(1000);
    expect(await knock()).toBe(401);
  });
});

describe('a body', () => {
  it.each([
    ['{', undefined],
    ['', undefined],
    ['[]', undefined],
    ['null', undefined],
    ['"gpt2"', undefined],
    [{}, 'model'],
    [{ model: '' }, 'model'],
    [{ model: '  ' }, 'model'],
    [{ model: 7 }, 'model'],
    [{ model: null }, 'model'],
    [{ model: 'x'.repeat(257) }, 'model'],
    [{ model: '../../etc/passwd' }, 'model'],
    [{ model: 'a b' }, 'model'],
    [{ model: 'https://example.org/model.gguf' }, 'model'],
    [{ model: 'datasets/squad' }, 'model'],
    [{ model: 'gpt2', quantize: 4 }, 'quantize'],
    [{ model: 'gpt2', quantize: '' }, 'quantize'],
    [{ model: 'gpt2', quantize: 'x'.repeat(65) }, 'quantize'],
    [{ model: 'gpt2', quantize: 'ask' }, 'quantize'],
    [{ model: 'gpt2', init: 'yes' }, 'init'],
    [{ model: 'gpt2', init: 1 }, 'init'],
    [{ model: 'gpt2', revision: 'main' }, 'revision'],
    ['{"model": "gpt2", "__proto__": {}}', '__proto__'],
    ['{"model": "gpt2", "constructor": {}}', 'constructor'],
  ])('%j is refused, and says which field it is', async (body, field) => {
    const { call } = await openDoor();
    const { status, body: problem } = await call('POST', '/pull', body);
    expect(status).toBe(400);
    expect((problem as { field?: string }).field).toBe(field);
    expect((await call('GET', '/jobs')).body).toStrictEqual({ jobs: [], total: 0, next: null });
  });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
    'of %s is refused with 415',
    async (type) => {
      const { call } = await openDoor();
      const headers = type === undefined ? { 'content-type': '' } : { 'content-type': type };
      expect((await call('POST', '/pull', '{"model":"gpt2"}', headers)).status).toBe(415);
    },
  );

  it('of 16,384 bytes is read, and of one more refused with 413', async () => {
    const { call } = await openDoor();
    const of = (length: number): string => `{"model":7${' '.repeat(length - 11)}}`;
    expect((await call('POST', '/pull', of(16_384))).status).toBe(400);
    expect((await call('POST', '/pull', of(16_385))).status).toBe(413);
  });

  it.each(['a body', 'its headers'])('that is not sent within its time is given up (%s)', async (what) => {
    const { url } = await openDoor({}, 100);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    const headers = `POST /pull HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
    socket.write(what === 'a body' ? `${headers}Content-Length: 11\r\n\r\n{"mod` : headers);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that never ends is broken off', async () => {
    const { url } = await openDoor();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(
      `POST /pull HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (let count = 0; count < 33; count += 1) socket.write(`10000\r\n${' '.repeat(65_536)}\r\n`);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});

it.each([
  ['GET', '/pull', 'POST'],
  ['PUT', '/pull', 'POST'],
  ['POST', '/jobs', 'GET, HEAD'],
  ['PATCH', `/jobs/${NOBODY}`, 'GET, HEAD, DELETE'],
  ['HEAD', '/pull', 'POST'],
  ['OPTIONS', '/pull', 'POST'],
  ['DELETE', '/jobs', 'GET, HEAD'],
  ['POST', `/jobs/${NOBODY}`, 'GET, HEAD, DELETE'],
  ['PURGE', '/jobs', 'GET, HEAD'],
])('%s %s: 405, with what would be taken', async (method, path, allow) => {
  const { call } = await openDoor();
  const reply = await call(method, path, ['GET', 'HEAD'].includes(method) ? undefined : {});
  expect([reply.status, reply.headers.get('allow')]).toEqual([405, allow]);
});

it.each(['/', '/jobs/', '/jobs/1', '/jobs/../jobs', `/jobs/${NOBODY}/`, '/pull/', '//jobs', `/jobs/${NOBODY}`])(
  '%s is not there',
  async (path) => {
    const { call, url } = await openDoor();
    // fetch would resolve the dots.
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect((await call('GET', path.replace('..', '%2e%2e%2f'))).status).toBe(404);
  },
);

it.each(['/jobs', '/jobs?limit=0', `/jobs/${NOBODY}`, '/nowhere'])(
  'HEAD %s answers like GET without a body',
  async (path) => {
    const { call } = await openDoor();
    const [got, asked] = [await call('GET', path), await call('HEAD', path)];
    expect(asked.body).toBe(undefined);
    expect(asked.status).toBe(got.status);
    for (const name of ['content-type', 'content-length', 'cache-control'])
      expect(asked.headers.get(name)).toBe(got.headers.get(name));
  },
);

describe('trouble', () => {
  const failing = (error: Error) => ({
    list: () => {
      throw error;
    },
  });

  it('of ours is a 500 that tells nothing, and the log has it', async () => {
    const { call, logged } = await openDoor(failing(new Error('a secret place')));
    const { status, body } = await call('GET', '/jobs');
    expect([status, JSON.stringify(body)]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(logged).toMatchObject([{ err: { message: 'a secret place' } }]);
  });

  it('that passes is a 503 with the time to come again', async () => {
    const { call } = await openDoor(failing(new AppError('no_space', 'The disk is full.')));
    const { status, headers, body } = await call('GET', '/jobs');
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(body).toMatchObject({ detail: 'The disk is full.' });
  });
});
