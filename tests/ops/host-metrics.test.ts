import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openHost } from '../../src/app/host.ts';
import { createHostStanding } from '../../src/app/hosting/standing.ts';
import { loadConfig } from '../../src/config/config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createLog } from '../../src/log/log.ts';
import { createCounts } from '../../src/ops/metrics/counts.ts';
import { watchEventLoop } from '../../src/ops/metrics/event-loop.ts';
import { createMeasure } from '../../src/ops/metrics/measure.ts';
import { formatMetrics } from '../../src/ops/metrics/exposition.ts';
import { HOST_METRICS } from '../../src/ops/metrics/table.ts';
import { createTestClock } from '../helpers/clock.ts';
import { openTestStore } from '../helpers/database.ts';
import { joinHost } from '../helpers/hosts.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { freePort } from '../helpers/free-port.ts';
import { valueIn } from './scrape.ts';

const PATIENT = { timeout: 60_000, interval: 20 } as const;

const folderOfTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-host-metrics-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe.skipIf(redisServer === undefined)('a host whose port is set', () => {
  let redis: TestRedis;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis.close());

  it('answers /healthz and /metrics, with every metric of its table, its help and its type', async () => {
    const [folder, port] = [folderOfTest(), await freePort()];
    const env = {
      HUBGRAM_DATA_DIR: join(folder, 'data'),
      HF_HUB_CACHE: join(folder, 'hub'),
      HUBGRAM_REDIS_URL: redis.path,
      HUBGRAM_HOST_NAME: 'nas',
      HUBGRAM_HTTP_PORT: String(port),
    };
    const config = loadConfig({ argv: ['host'], env, cwd: folder });
    const host = openHost(config, { clock: systemClock, log: createLog({ level: 'fatal' }) });
    onTestFinished(() => host.close());
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const running = host.run(new AbortController().signal, () => resolve());
    await Promise.race([ready, running]);
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect([health.status, await health.json()]).toMatchObject([
      200,
      { ok: true, checks: { redis: { ok: true, message: 'Redis is reached.' }, disk: { ok: true } } },
    ]);
    const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const text = await scrape();
    const told = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \1 (\w+)$/gm)].map(([, ...about]) => about);
    expect(told).toEqual(Object.entries(HOST_METRICS).map(([name, { help, type }]) => [name, help, type]));
    const without = Object.keys(HOST_METRICS).filter((name) => !new RegExp(`^${name}(_count)?[ {]`, 'm').test(text));
    expect(without).toEqual([]);
    expect(valueIn(text, 'hubgram_redis_up')).toBe(1);
    expect(valueIn(text, 'hubgram_runs{kind="copy"}')).toBe(0);
    await redis.kill();
    await expect.poll(async () => valueIn(await scrape(), 'hubgram_redis_up'), PATIENT).toBe(0);
    // It goes on by itself, and nobody is woken for that yet.
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });
});

it('a Redis that was away for two minutes is one that somebody has to look at', async () => {
  const clock = createTestClock();
  const standing = createHostStanding(clock);
  expect(await standing.checkRedis()).toEqual({ ok: false, message: 'Redis has not let it in yet.' });
  standing.reach(true);
  expect((await standing.checkRedis()).ok).toBe(true);
  standing.reach(false);
  clock.pass(119_000);
  // A try that fails again begins nothing anew.
  standing.reach(false);
  expect((await standing.checkRedis()).ok).toBe(true);
  clock.pass(1000);
  expect(await standing.checkRedis()).toMatchObject({
    ok: false,
    message: expect.stringContaining('Redis cannot be reached for 2 min') as string,
  });
  standing.reach(true);
  expect((await standing.checkRedis()).ok).toBe(true);
});

it('the bot tells of each machine whether it is there, what comes, and what is free', async () => {
  const folder = folderOfTest();
  const store = openTestStore(join(folder, 'hubgram.db'), createTestClock());
  onTestFinished(() => store.close());
  const eventLoop = watchEventLoop();
  onTestFinished(() => eventLoop.close());
  const [nas, old] = [joinHost(store, 'nas'), joinHost(store, 'old')];
  store.hosts.noteSeen(nas, { version: '1', freeBytes: 5e9, totalBytes: 9e9 });
  store.chats.upsertChat({ chatId: 1, kind: 'private', title: 'Ann' });
  const { id } = store.models.createModel({ chatId: 1, name: 'org/far', hostId: nas });
  store.models.moveModel(id, 'pending', 'downloading');
  const received = new Map([
    [1, 70],
    [nas, 30],
  ]);
  const measure = createMeasure({
    store,
    queue: { bytesPerSecond: () => 0, bytesReceived: () => 100, isHeld: () => false },
    copies: { room: async () => ({ freeBytes: 1e9, totalBytes: 2e9 }) },
    hosts: {
      isThere: (hostId) => hostId !== old,
      of: (hostId) => {
        const bytes = received.get(hostId);
        // As where Redis was taken out of the configuration.
        if (bytes === undefined) throw new Error('It cannot be reached.');
        return { bytesReceived: () => bytes } as never;
      },
    },
    refusals: { counts: () => ({}) as never },
    hubBudget: () => ({}),
    counts: createCounts(),
    eventLoop,
    health: async () => ({ ok: true, checks: {} }),
    minFreeBytes: () => 0,
    databaseFile: join(folder, 'hubgram.db'),
    version: '1',
    log: silentLog,
  });
  const text = formatMetrics(await measure());
  const told = text.split('\n').filter((line) => line.startsWith('hubgram_host_'));
  expect(told).toEqual([
    'hubgram_host_up{host="this machine"} 1',
    'hubgram_host_up{host="nas"} 1',
    'hubgram_host_up{host="old"} 0',
    'hubgram_host_downloading_models{host="this machine"} 0',
    'hubgram_host_downloading_models{host="nas"} 1',
    'hubgram_host_downloading_models{host="old"} 0',
    'hubgram_host_received_bytes_total{host="this machine"} 70',
    'hubgram_host_received_bytes_total{host="nas"} 30',
    'hubgram_host_disk_size_bytes{host="this machine"} 2000000000',
    'hubgram_host_disk_size_bytes{host="nas"} 9000000000',
    'hubgram_host_disk_free_bytes{host="this machine"} 1000000000',
    'hubgram_host_disk_free_bytes{host="nas"} 5000000000',
  ]);
  expect(valueIn(text, 'hubgram_received_bytes_total')).toBe(100);
});
