import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { safetensorsOf, smallGguf, TWO, twoTensors, zipOf } from '../checks/made.ts';
import { type AppWorld, openAppWorld, type RunningApp } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { API, createClient, DOCUMENT, type HttpJob, urlIn } from './setup.ts';

const config = { path: 'config.json', content: '{}' };
const moved = safetensorsOf({ ...TWO, 'b.weight': { ...TWO['b.weight'], data_offsets: [13, 17] } }, Buffer.alloc(17));
const evil = zipOf({ 'm/data.pkl': Buffer.from("cos\nsystem\n(S'touch was-run'\ntR.") });
const SIZE = 3_000_000;

const REPOS = [
  defineRepo({ id: 'org/good', files: [config, { path: 'model.safetensors', content: twoTensors() }] }),
  defineRepo({ id: 'org/moved', files: [config, { path: 'model.safetensors', content: moved }] }),
  defineRepo({ id: 'org/evil', files: [config, { path: 'pytorch_model.bin', content: evil }] }),
  defineRepo({
    id: 'org/quants',
    files: [
      { path: 'tiny.Q4_K_M.gguf', content: smallGguf() },
      { path: 'tiny.F16.gguf', size: 1000 },
    ],
  }),
  defineRepo({ id: 'org/large', files: [config, { path: 'model.safetensors', size: SIZE }] }),
  defineRepo({ id: 'org/shared', files: [config, { path: 'model.safetensors', size: SIZE }] }),
  defineRepo({ id: 'org/gated', gated: 'manual', files: [config, { path: 'model.safetensors', size: 1000 }] }),
];

let world: AppWorld;
let bot: RunningApp;
const client = createClient(() => urlIn(world.logged()));
const { call, pull, job, reaches } = client;

beforeAll(async () => {
  world = await openAppWorld({ hub: { repos: REPOS } });
  bot = await world.start(API);
});
afterAll(() => world?.close());

const ended = ({ status }: HttpJob): boolean => status === 'succeeded' || status === 'failed';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

it('the document is one of OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(DOCUMENT));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(DOCUMENT).toMatchObject({ openapi: '3.1.0' });
});

describe('POST /pull', () => {
  it('downloads a model, and says all that there is to say of it', async () => {
    const { status, headers, body } = await call('POST', '/pull', { model: 'org/good', quantize: 'auto', init: false });
    expect(status).toBe(202);
    const { id } = body as HttpJob;
    expect(headers.get('location')).toBe(`/jobs/${id}`);
    expect(body).toMatchObject({ model: 'org/good', quantize: 'auto', init: false, error: null, traceback: null });
    const done = await reaches(id, ended);
    const { size } = { size: twoTensors().length + 2 };
    expect(done).toStrictEqual({
      id,
      model: 'org/good',
      quantize: 'auto',
      init: false,
      status: 'succeeded',
      created_at: expect.stringMatching(ISO),
      started_at: expect.stringMatching(ISO),
      finished_at: expect.stringMatching(ISO),
      error: null,
      traceback: null,
      local_path: join(world.cacheDir, 'models--org--good/snapshots', world.hub.commitOf('org/good').id),
      size_bytes: size,
      downloaded_bytes: size,
      progress: 1,
      total_bytes: size,
      preferred_quantized: false,
      api_call_count: expect.any(Number),
      last_api_call: expect.stringMatching(ISO),
    });
    expect(readFileSync(join(String(done['local_path']), 'model.safetensors'))).toStrictEqual(twoTensors());
    expect(done['api_call_count']).toBeGreaterThan(1);
    expect((await job(id))['api_call_count']).toBe(Number(done['api_call_count']) + 1);
  });

  it('takes the usual quantization without asking, and the one that is named', async () => {
    const [usual, named] = [await pull({ model: 'org/quants' }), await pull({ model: 'org/quants', quantize: 'fp16' })];
    expect(await reaches(usual.id, ended)).toMatchObject({
      status: 'succeeded',
      quantize: null,
      init: null,
      preferred_quantized: true,
      size_bytes: smallGguf().length,
    });
    expect(await reaches(named.id, ended)).toMatchObject({
      status: 'succeeded',
      quantize: 'fp16',
      preferred_quantized: false,
      size_bytes: 1000,
    });
  });

  it('says of a repository that is not there what the Hub said, with the stack', async () => {
    const { id } = await pull({ model: 'org/nowhere' });
    const failed = await reaches(id, ended);
    expect(failed).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('org/nowhere'),
      traceback: expect.stringMatching(/^AppError: .*\n\s+at /),
      started_at: expect.stringMatching(ISO),
      finished_at: expect.stringMatching(ISO),
      local_path: null,
      size_bytes: null,
      downloaded_bytes: 0,
      progress: null,
      total_bytes: null,
      preferred_quantized: null,
    });
  });

  it('says which quantizations there are where the one that is named is not', async () => {
    const { id } = await pull({ model: 'org/quants', quantize: 'Q8_0' });
    expect((await reaches(id, ended)).error).toMatch(/Q4_K_M/);
  });

  it('has the files looked into with init, and fails where they are not whole or would run something', async () => {
    const [good, bad, foul] = [
      await pull({ model: 'org/good', init: true }),
      await pull({ model: 'org/moved', init: true }),
      await pull({ model: 'org/evil', init: true }),
    ];
    expect(await reaches(good.id, ended)).toMatchObject({ status: 'succeeded', init: true });
    expect(await reaches(bad.id, ended)).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/^Its files are not whole: model\.safetensors /),
      local_path: null,
    });
    expect(await reaches(foul.id, ended)).toMatchObject({
      status: 'failed',
      error: 'Loading it would run what weights have no need of: pytorch_model.bin imports os.system.',
    });
  });

  it('is one job while it is open and one download, also for people', async () => {
    const letGo = world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'org/shared/model' });
    const before = world.hub.bytesSent();
    const first = await pull({ model: 'org/shared' });
    const running = await reaches(first.id, ({ status, progress }) => status === 'running' && Number(progress) > 0.1);
    expect(running).toMatchObject({ total_bytes: SIZE + 2, finished_at: null, local_path: null });
    const again = await call('POST', '/pull', { model: 'org/shared' });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: first.id });
    const other = await pull({ model: 'org/shared', init: false });
    expect(other.id).not.toBe(first.id);
    world.say('/add org/shared');
    await world.sees(ANN, /^org\/shared · downloading/);
    letGo();
    for (const { id } of [first, other]) expect(await reaches(id, ended)).toMatchObject({ status: 'succeeded' });
    await world.sees(ANN, 'verified and ready');
    expect(world.hub.bytesSent() - before).toBeLessThan(SIZE * 1.5);
    const later = await pull({ model: 'org/shared' });
    expect(later.id).not.toBe(first.id);
    expect(await reaches(later.id, ended)).toMatchObject({ status: 'succeeded', downloaded_bytes: SIZE + 2 });
  });

  it('fails where access is needed, and a later job tries again', async () => {
    const { id } = await pull({ model: 'org/gated' });
    expect(await reaches(id, ended)).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/^The model org\/gated is gated\./),
    });
    world.hub.updateRepo('org/gated', { gated: false });
    const later = await pull({ model: 'org/gated' });
    expect(later.id).not.toBe(id);
    expect(await reaches(later.id, ended)).toMatchObject({ status: 'succeeded', error: null });
    expect(await job(id)).toMatchObject({ status: 'failed' });
  });
});

describe('DELETE /jobs/{id}', () => {
  it('cancels what runs and keeps what has arrived, then forgets it', async () => {
    const letGo = world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'org/large/model' });
    const { id } = await pull({ model: 'org/large' });
    await reaches(id, ({ status, progress }) => status === 'running' && Number(progress) > 0.1);
    const cancelled = await call('DELETE', `/jobs/${id}`);
    expect(cancelled.status).toBe(200);
    expect(cancelled.body).toMatchObject({ id, status: 'failed', error: 'The job was cancelled.' });
    expect((await call('DELETE', `/jobs/${id}`)).status).toBe(204);
    expect((await call('GET', `/jobs/${id}`)).status).toBe(404);
    expect((await call('DELETE', `/jobs/${id}`)).status).toBe(404);
    letGo();
    const again = await pull({ model: 'org/large' });
    expect(await reaches(again.id, ended)).toMatchObject({ status: 'succeeded' });
  });

  it('forgets what has ended, and its files stay', async () => {
    const { id } = await pull({ model: 'org/good' });
    const { local_path: path } = await reaches(id, ended);
    expect((await call('DELETE', `/jobs/${id}`)).status).toBe(204);
    expect(existsSync(join(String(path), 'model.safetensors'))).toBe(true);
  });
});

describe('GET /jobs', () => {
  it('lists a page at a time, newest first, and those of one status', async () => {
    const ids: string[] = [];
    const totals: number[] = [];
    let next: string | null = null;
    do {
      const page = await call('GET', `/jobs?limit=3${next === null ? '' : `&before=${next}`}`);
      const found = page.body as { jobs: HttpJob[]; total: number; next: string | null };
      expect(found.jobs.length).toBeLessThanOrEqual(3);
      ids.push(...found.jobs.map(({ id }) => id));
      totals.push(found.total);
      next = found.next;
    } while (next !== null);
    expect(new Set(totals)).toEqual(new Set([ids.length]));
    const { body } = await call('GET', '/jobs?limit=100');
    const { jobs } = body as { jobs: HttpJob[] };
    expect(jobs.map(({ id }) => id)).toStrictEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    const times = jobs.map((one) => String(one['created_at']));
    expect(times).toStrictEqual(times.toSorted().toReversed());
    const failed = await call('GET', '/jobs?status=failed&limit=100');
    expect((failed.body as { jobs: HttpJob[] }).jobs.map(({ id }) => id)).toStrictEqual(
      jobs.filter(({ status }) => status === 'failed').map(({ id }) => id),
    );
  });

  it.each([
    ['status=done', 'status'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['before=1', 'before'],
    ['limit=1&limit=2', 'limit'],
    ['page=2', 'page'],
  ])('refuses ?%s by name', async (query, field) => {
    const { status, body } = await call('GET', `/jobs?${query}`);
    expect([status, body]).toMatchObject([400, { field }]);
  });
});

it('nobody is told in Telegram, and what was asked for is in no person’s library', async () => {
  world.say('/library');
  await world.sees(ANN, /org\/shared/);
  expect(
    world
      .shown(ANN)
      .map(({ text }) => text)
      .join('\n'),
  ).not.toMatch(/org\/(?:good|moved|evil|large|quants)/);
  expect(
    world.telegram.calls.filter(({ payload }) => String((payload as { chat_id?: unknown }).chat_id) === '0'),
  ).toEqual([]);
});

it('a restart finds all jobs as they were, and begins one that a kill had kept from being begun', async () => {
  const { body: before } = await call('GET', '/jobs?limit=100');
  await bot.stop();
  const id = '11111111-2222-4333-8444-555555555555';
  const database = new Database(join(world.dataDir, 'hubgram.db'));
  const at = new Date(Date.now() - 86_400_000).toISOString();
  database
    .prepare('INSERT INTO pull_jobs (id, model, created_at, changed_at) VALUES (?, ?, ?, ?)')
    .run(id, 'org/good', at, at);
  database.close();
  bot = await world.start(API);
  const { url } = {
    url: [...world.logged().matchAll(/"url":"(http:[^"]+)","msg":"An inference server may/g)].at(-1)?.[1],
  };
  const again = createClient(() => url ?? '');
  expect(await again.reaches(id, ended)).toMatchObject({ status: 'succeeded', model: 'org/good' });
  expect((await again.call('DELETE', `/jobs/${id}`)).status).toBe(204);
  const { body: after } = await again.call('GET', '/jobs?limit=100');
  expect(after).toStrictEqual(before);
});
