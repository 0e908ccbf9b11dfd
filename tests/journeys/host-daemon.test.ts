import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { RemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { processStart } from '../../src/lib/process-start.ts';
import { openScope, type Scope } from '../../src/lib/scope.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { commandsOf, type Ran } from '../helpers/commands.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { openNas } from '../helpers/remote.ts';
import { openSystemd } from '../helpers/service-manager.ts';
import { findTool } from '../helpers/tools.ts';
import { openWorld, type RunningProcess, type World } from '../helpers/world.ts';

/* A host is started, asked, read and stopped as a bot is. */

const SIZE = 8_000_000;
const PATIENT = { timeout: 60_000, interval: 50 } as const;
const repo = defineRepo({ id: 'sample/model', files: [{ path: 'model.safetensors', size: SIZE }] });

let world: World;
let scope: Scope;
beforeEach(async () => {
  scope = openScope();
  world = await openWorld({ hub: { repos: [repo] } });
  scope.defer(world.close);
});
afterEach(async () => {
  const file = join(world.dataDir, 'hubgram.pid');
  if (existsSync(file)) await killed(Number(readFileSync(file, 'utf8')));
  await scope.close();
});

const isAlive = (pid: number): boolean => processStart(pid) !== undefined;

const killed = async (pid: number): Promise<void> => {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isAlive(pid)).toBe(false);
};

describe.skipIf(redisServer === undefined)('a host', () => {
  let redis: TestRedis;
  beforeEach(async () => {
    redis = await startRedis();
    scope.defer(redis.close);
  });

  const envOf = (env: Record<string, string> = {}): Record<string, string> => ({
    ...ONE_CONNECTION,
    HUBGRAM_REDIS_URL: redis.path,
    HUBGRAM_HOST_NAME: 'nas',
    ...env,
  });
  const start = (words: string, env?: Record<string, string>): RunningProcess =>
    world.start(envOf(env), words.split(' '));
  const run = async (words: string): Promise<Ran> => {
    const { exited, output } = start(words);
    return { code: await exited, output: output() };
  };
  /** The same without a program: how each is run by one, the first test shows. */
  const look = (words: string): Promise<Ran> => commandsOf(world)(words, envOf());
  const openBot = (): Promise<RemoteHost> => openNas(scope, redis.path);
  /** Has it fetch a model. */
  const fetchOn = (remote: RemoteHost): void => {
    const { id: commit, files } = world.hub.commitOf('sample/model');
    const wanted = files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
    const job = { key: 'c-1-g1', source: 'hub', type: 'model', id: 'sample/model', revision: 'main' } as const;
    remote.executor.start({ ...job, commit, files: wanted }, scope.signal).done.catch(() => undefined);
  };
  /** Half of a model has come, and no more comes. */
  const fetchHalf = async (): Promise<void> => {
    const remote = await openBot();
    const letGo = world.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: SIZE / 2 });
    scope.defer(letGo);
    fetchOn(remote);
    await expect.poll(async () => (await look('host status')).output, PATIENT).toMatch(/: [1-4](?:\.\d+)? MB of 8 MB/);
  };

  it('starts in the background, tells what it does, and stops when it is told to', async () => {
    expect(await run('host status')).toEqual({ code: 3, output: 'hubgram does not run.\n' });
    const started = await run('host start');
    expect(started.output).toContain(
      `is the host nas. Models go to ${world.cacheDir}\nIt runs in the background, process`,
    );
    expect(started.output).toContain(
      'How it is: npm start -- host status. What it logs: npm start -- host logs. Its end: npm start -- host stop\n',
    );
    expect(started.code).toBe(0);
    const idle = await run('host status');
    expect(idle.output).toMatch(
      /^hubgram \S+ is the host nas\.\nProcess: {2}\d+, since .+\nHealth: {3}well\nRuns: {5}nothing now\nDisk: {5}\S+ \wB of \S+ \wB free, in .+\nJoined: {3}not from this data folder\. Unless it has before, the bot does not know it: run the line of \/hosts add nas here, with its --join\n$/,
    );
    expect(idle.code).toBe(0);
    await fetchHalf();
    const told = JSON.parse((await look('host status --json')).output) as object;
    expect(told).toMatchObject({
      running: true,
      ok: true,
      queue: { downloading: 1, verifying: 0 },
      host: { name: 'nas', isRedisReached: true, runs: [{ kind: 'copy', what: 'sample/model', bytesTotal: SIZE }] },
    });
    const logged = await run('host logs --tail 3');
    expect(logged.output).toContain('Redis has let this host in: the bot is heard');
    expect(await run('host start')).toEqual({
      code: 4,
      output: expect.stringContaining('“npm start -- host stop” ends it.') as string,
    });
    expect(await run('host stop')).toEqual({
      code: 0,
      output: expect.stringMatching(/^Stopping hubgram, process \d+ …\nhubgram has ended\.\n$/) as string,
    });
    expect((await look('host status')).code).toBe(3);
  });

  it('says that Redis is lost, and that it is back; it is not taken for a bot, nor a bot for a host, where both have one folder', async () => {
    await run('host start');
    await redis.kill();
    const lost =
      /is the host nas; Redis cannot be reached since \S+ \S+ UTC, and its bot is not heard\. “npm start -- host doctor” looks why\.\n/;
    await expect.poll(async () => (await look('host status')).output, PATIENT).toMatch(lost);
    expect((await look('host status')).code).toBe(1);
    await redis.start();
    await expect.poll(async () => (await look('host status')).code, PATIENT).toBe(0);

    const no = `No bot runs in ${world.dataDir}: what runs there is the host nas. “npm start -- host status” is about that;`;
    expect(await look('status')).toEqual({ code: 3, output: expect.stringContaining(no) as string });
    expect(await look('stop')).toEqual({ code: 1, output: expect.stringContaining(no) as string });
    expect((await look('host stop')).code).toBe(0);
    const bot = start('--foreground');
    await bot.printed('is running as');
    expect(await look('host stop')).toEqual({
      code: 1,
      output: expect.stringContaining(`No host runs in ${world.dataDir}: what runs there is the bot.`) as string,
    });
    expect((await look('stop')).code).toBe(0);
    expect(await bot.exited).toBe(0);
  });

  it('says that its Hub does not answer, and tells the bot', async () => {
    // Nobody listens on this port: it is kept for what has none (RFC 6335, 6).
    const { exited } = start('host start', { HF_ENDPOINT: 'http://127.0.0.1:1' });
    expect(await exited).toBe(0);
    const remote = await openBot();
    fetchOn(remote);
    await expect
      .poll(async () => (await look('host status')).output, PATIENT)
      .toMatch(/\nHub: {6}no answer since \S+ /);
    const silentSince = (): number | undefined => {
      const now = remote.standing();
      return now.kind === 'there' ? now.presence.hubSilentSince : undefined;
    };
    await expect.poll(silentSince, PATIENT).toBeGreaterThan(0);
    expect(remote.standing()).toMatchObject({ presence: { hubAsked: '127.0.0.1:1' } });
  });

  // Needs the program by which systemd is told.
  it.skipIf(findTool('systemd-notify') === undefined)(
    'tells systemd that it is up when Redis has let it in, what it does, that it is not stuck, and that it ends',
    async () => {
      const systemd = await openSystemd();
      const host = start('host', { NOTIFY_SOCKET: systemd.socket, WATCHDOG_USEC: '1000000' });
      await systemd.hears('READY=1');
      expect(host.output()).toContain('is the host nas');
      await systemd.hears('STATUS=nothing to do');
      await systemd.hears('WATCHDOG=1');
      expect(await host.kill('SIGTERM')).toBe(0);
      await systemd.hears('STOPPING=1');
    },
  );
});

it('on a machine where nothing was set says all that it needs at once', async () => {
  const host = world.start({ HOSTNAME: '' }, ['host', 'start']);
  expect(await host.exited).toBe(2);
  expect(host.output()).toContain('A host is told what to do by Redis: set HUBGRAM_REDIS_URL. Expected:');
  expect(host.output()).toMatch(/\nSo hubgram does not run\.\n$/);
  expect(host.output()).toMatch(
    /This machine has joined no bot yet: write \/hosts add \S+ to your bot, in your own chat\. It answers with the whole line to run here/,
  );
  // Nothing was made before that was known but what a start in the background writes of its own.
  expect(existsSync(join(world.dataDir, 'hubgram.lock'))).toBe(false);
});
