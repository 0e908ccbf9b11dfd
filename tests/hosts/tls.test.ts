import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { redisFinding } from '../../src/app/doctor/redis.ts';
import { loadConfig } from '../../src/config/config.ts';
import { connect } from '../../src/hosts/connection.ts';
import { reachRedis } from '../../src/hosts/reach.ts';
import { openScope, type Scope } from '../../src/lib/scope.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { createMachines } from '../helpers/machines.ts';
import { type Listens, redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { createProcesses, type Processes } from '../helpers/world.ts';

/* Redis with TLS, and a certificate that only those know who are told whom to trust. */

const fileOf = (name: string): string => join(import.meta.dirname, 'certificates', `${name}.pem`);
const CA = fileOf('ca');
/** Somebody else’s, who has signed nothing here. */
const STRANGER = join(import.meta.dirname, '../transfer/loopback.pem');
const read = (path: string): string => readFileSync(path, 'utf8');

describe.skipIf(redisServer === undefined)('Redis with TLS', () => {
  let scope: Scope;
  beforeEach(() => {
    scope = openScope();
  });
  afterEach(async () => {
    await scope.close();
  });
  const start = async (listens: Listens): Promise<TestRedis> => {
    const redis = await startRedis([], listens);
    scope.defer(redis.close);
    return redis;
  };
  /** The bot in this process, and what machines are started by. */
  const openOne = async (): Promise<{ readonly world: AppWorld; readonly processes: Processes }> => {
    const repo = defineRepo({ id: 'sample/model', files: [{ path: 'model.safetensors', size: 1000 }] });
    const world = await openAppWorld({ hub: { repos: [repo] }, clock: createRunningClock() });
    scope.defer(world.close);
    const processes = createProcesses(world);
    scope.defer(processes.end);
    return { world, processes };
  };

  it('leads to a machine that joins by it, and gets a model', async () => {
    const redis = await start({ certificate: fileOf('redis') });
    const { world, processes } = await openOne();
    const env = { HUBGRAM_REDIS_URL: `rediss://127.0.0.1:${redis.port}`, HUBGRAM_REDIS_CA: CA };
    await world.start(env);
    const machines = createMachines(world, processes, redis, env);
    await machines.join('nas');
    world.say('/add sample/model on=nas');
    await world.sees(ANN, 'sample/model on nas · completed');
    await machines.isRightOn('nas', 'sample/model');
    expect(
      await redisFinding(loadConfig({ argv: [], env: { ...world.env, ...env }, cwd: world.folder })),
    ).toMatchObject({ state: 'fine' });
  });

  const RIGHT = { certificate: fileOf('redis') };
  it.each<{ what: string; listens: Listens; scheme: string; ca?: string; says: RegExp }>([
    {
      what: 'another signer',
      listens: RIGHT,
      scheme: 'rediss',
      ca: STRANGER,
      says: /not signed by the one in HUBGRAM_RE/,
    },
    {
      what: 'no signer',
      listens: RIGHT,
      scheme: 'rediss',
      says: /Nobody whom this machine knows.*Set HUBGRAM_REDIS_CA/,
    },
    { what: 'a late date', listens: { certificate: fileOf('expired') }, scheme: 'rediss', ca: CA, says: /has expired/ },
    {
      what: 'another name',
      listens: { certificate: fileOf('elsewhere') },
      scheme: 'rediss',
      ca: CA,
      says: /another name/,
    },
    {
      what: 'a port without TLS',
      listens: 'plain',
      scheme: 'rediss',
      ca: CA,
      says: /begin the address with redis:\/\//,
    },
    { what: 'TLS unasked', listens: RIGHT, scheme: 'redis', says: /begins with rediss:\/\/ instead of redis:\/\// },
  ])('is not reached because of $what, and a sentence says so', async ({ listens, scheme, ca, says }) => {
    const redis = await start(listens);
    const reach = await reachRedis({ url: `${scheme}://127.0.0.1:${redis.port}`, ca: ca && read(ca) });
    expect(reach).toMatchObject({ kind: 'away', trouble: { says: expect.stringMatching(says) as string } });
  });

  it('is told of a socket that fails twice, as those with TLS do, and goes on, also where it is one more of the same', async () => {
    const redis = await start(RIGHT);
    const heard: string[] = [];
    const first = connect({ url: `rediss://127.0.0.1:${redis.port}`, ca: read(CA) }, true, ({ message }) =>
      heard.push(message),
    );
    scope.defer(() => first.disconnect());
    const second = first.duplicate();
    second.on('error', ({ message }) => heard.push(message));
    scope.defer(() => second.disconnect());
    for (const one of [first, second]) {
      expect(await one.ping()).toBe('PONG');
      const { stream } = one;
      stream.emit('error', new Error('the certificate'));
      stream.emit('error', new Error('the alert'));
      stream.destroy();
      expect(await one.ping()).toBe('PONG');
    }
    expect(heard).toEqual(['the certificate', 'the certificate']);
  });

  it('is not trusted: a host says so and ends, the bot says so to whoever adds a machine, and goes on', async () => {
    const redis = await start({ certificate: fileOf('redis') });
    const { world, processes } = await openOne();
    const env = { HUBGRAM_REDIS_URL: `rediss://127.0.0.1:${redis.port}`, HUBGRAM_REDIS_CA: STRANGER };
    const own = { HUBGRAM_DATA_DIR: join(world.folder, 'nas'), HF_HUB_CACHE: join(world.folder, 'nas-hub') };
    const host = processes.start({ ...env, ...own, HUBGRAM_HOST_NAME: 'nas' }, ['host']);
    const joining = processes.start(
      {
        ...env,
        ...own,
        HUBGRAM_DATA_DIR: join(world.folder, 'two'),
        HF_HUB_CACHE: join(world.folder, 'two-hub'),
        HUBGRAM_HOST_NAME: 'two',
      },
      ['host', '--join', '0123456789abcdef0123456789abcdef'],
    );
    const SAYS = 'The certificate of Redis was not signed by the one in HUBGRAM_REDIS_CA.';
    expect(await host.exited).toBe(2);
    expect(host.output()).toContain(`Redis at rediss://127.0.0.1:${redis.port} cannot be reached. ${SAYS}`);
    expect(await joining.exited).toBe(2);
    expect(joining.output()).toContain(SAYS);
    await world.start(env);
    world.say('/hosts add nas');
    await world.sees(ANN, SAYS);
    await expect.poll(world.logged).toContain(SAYS);
    world.say('/add sample/model');
    await world.sees(ANN, 'sample/model · completed');
    const config = loadConfig({ argv: [], env: { ...world.env, ...env }, cwd: world.folder });
    expect(await redisFinding(config)).toMatchObject({
      state: 'wrong',
      remedy: expect.stringContaining(SAYS) as string,
    });
  });
});
