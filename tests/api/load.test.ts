import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { loadableGguf } from '../checks/loadable.ts';
import { twoTensors } from '../checks/made.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { hasRuntime } from '../helpers/checks.ts';
import { API, createClient, type HttpJob, TOKEN, urlIn } from './setup.ts';

const config = { path: 'config.json', content: '{}' };
const REPOS = [
  ...['org/one', 'org/two', 'gpt2'].map((id) =>
    defineRepo({ id, files: [config, { path: 'model.safetensors', content: twoTensors() }] }),
  ),
  defineRepo({ id: 'org/writes', files: [{ path: 'tiny.F32.gguf', content: loadableGguf() }] }),
  defineRepo({
    id: 'org/lacks',
    files: [{ path: 'tiny.F32.gguf', content: loadableGguf({ without: 'llama.block_count' }) }],
  }),
];

let world: AppWorld;
const url = (): string => urlIn(world.logged());
const { call, pull, reaches } = createClient(url);

beforeAll(async () => {
  world = await openAppWorld({ hub: { repos: REPOS } });
  await world.start(API);
});
afterAll(() => world?.close());

const ended = ({ status }: HttpJob): boolean => status === 'succeeded' || status === 'failed';

/** One call over a connection of its own. */
const post = (agent: Agent, model: string) =>
  new Promise<{ status: number; retryAfter: string | undefined; body: HttpJob }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const sent = request(`${url()}/pull`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          body: JSON.parse(text) as HttpJob,
        }),
      );
    });
    sent.once('error', reject);
    sent.end(JSON.stringify({ model }));
  });

it('200 calls at once are answered, each of them: with the job of their model, or with when to come again', async () => {
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
  onTestFinished(() => agent.destroy());
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, number) => post(agent, number % 2 === 0 ? 'org/one' : 'org/two')),
  );
  const late = answers.filter(({ status }) => status === 429);
  expect(late.every(({ retryAfter }) => Number(retryAfter) >= 1)).toBe(true);
  const answered = answers.filter(({ status }) => status !== 429);
  expect(answered.length).toBeGreaterThanOrEqual(120);
  expect(new Set(answered.map(({ status }) => status)).isSubsetOf(new Set([200, 202]))).toBe(true);
  // They may have ended before the last of them had come.
  const ids = new Set(answered.map(({ body }) => body.id));
  expect(answered.filter(({ status }) => status === 202)).toHaveLength(ids.size);
  for (const id of ids) expect(await reaches(id, ended)).toMatchObject({ status: 'succeeded' });
});

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

it.skipIf(!hasCurl)('the line of curl that the page has begins a job', async () => {
  const [, line = ''] = /^## For an inference server$[^]*?```sh\n(curl [^\n]+)\n```/m.exec(PAGE) ?? [];
  expect(line).toMatch(/http:\/\/127\.0\.0\.1:8082\/pull$/);
  const env = { PATH: process.env['PATH'], HUBGRAM_API_TOKEN: TOKEN };
  const { stdout } = await promisify(execFile)('sh', ['-c', line.replace('http://127.0.0.1:8082', url())], { env });
  const job = JSON.parse(stdout) as HttpJob;
  expect(job).toMatchObject({ model: 'gpt2', quantize: 'auto', init: true, status: 'queued' });
  expect(await reaches(job.id, ended)).toMatchObject({ status: 'succeeded' });
});

describe.skipIf(!hasRuntime('gguf'))('a job with init', () => {
  it('fails where its model does not load, with what llama.cpp has said, and its files stay', async () => {
    const { id } = await pull({ model: 'org/lacks', init: true });
    expect(await reaches(id, ended)).toMatchObject({
      status: 'failed',
      error:
        'It cannot be loaded: tiny.F32.gguf is refused by llama.cpp: error loading model hyperparameters: key not found in model: llama.block_count',
      traceback: expect.stringMatching(/key not found in model: llama\.block_count[^]*\n\s+at /),
      local_path: null,
      progress: 1,
    });
  });

  it('succeeds where it loads', async () => {
    const { id } = await pull({ model: 'org/writes', init: true });
    expect(await reaches(id, ended)).toMatchObject({ status: 'succeeded', error: null, traceback: null });
  });
});

describe('a connection', () => {
  const open = (): { readonly socket: Socket; readonly said: () => string } => {
    const socket = connect(Number(new URL(url()).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.on('error', () => undefined);
    return { socket, said: () => said };
  };
  const head = (method: string, path: string, ...more: readonly string[]): string =>
    [`${method} ${path} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${TOKEN}`, ...more, '', ''].join('\r\n');
  const JSON_TYPE = 'Content-Type: application/json';

  it('may have several calls in it before the first is answered: they are, in their order', async () => {
    const { socket, said } = open();
    const body = '{"model":7}';
    socket.write(
      head('GET', '/jobs?limit=0') +
        head('POST', '/pull', JSON_TYPE, `Content-Length: ${body.length}`) +
        body +
        head('HEAD', '/jobs') +
        head('GET', '/nowhere', 'Connection: close'),
    );
    await once(socket, 'close');
    expect([...said().matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status]) => status)).toEqual([
      '400',
      '400',
      '200',
      '404',
    ]);
    expect([...said().matchAll(/"field":"(\w+)"/g)].map(([, field]) => field)).toEqual(['limit', 'model']);
  });

  it('over which a body comes byte by byte keeps nobody waiting', async () => {
    const { socket, said } = open();
    socket.write(head('POST', '/pull', JSON_TYPE, 'Content-Length: 11'));
    for (const letter of '{"model":7') {
      socket.write(letter);
      expect((await call('GET', '/jobs?limit=1')).status).toBe(200);
    }
    expect(said()).toBe('');
    socket.write('}');
    await expect.poll(said).toMatch(/^HTTP\/1\.1 400 /);
  });
});

it('a body of a megabyte is refused with a sentence, however it is sent', async () => {
  const body = JSON.stringify({ model: 'x'.repeat(1_000_000) });
  for (let count = 0; count < 5; count += 1) {
    const { status, body: problem, headers } = await call('POST', '/pull', body);
    expect(headers.get('connection')).not.toBe('close');
    expect([status, problem]).toMatchObject([413, { detail: 'The body has more than 16384 bytes.' }]);
  }
  const stream = new Blob([body]).stream();
  const streamed = await fetch(`${url()}/pull`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  } as RequestInit);
  expect(streamed.status).toBe(413);
});
