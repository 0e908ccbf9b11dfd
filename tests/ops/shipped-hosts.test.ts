import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../../src/config/settings.ts';
import { connect } from '../../src/hosts/connection.ts';
import { redisServer } from '../helpers/redis.ts';
import { findTool } from '../helpers/tools.ts';

/* What is shipped for several machines: the unit of a host, and the file for compose. */

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const folderOfTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-shipped-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

const settingsOf = (unit: string): string[] => unit.split('\n').filter((line) => /^[A-Z]\w+=/.test(line));

it('the unit of a host is that of the bot, but for what it is and what it starts', () => {
  const [bot, host] = ['hubgram', 'hubgram-host'].map((name) => settingsOf(read(`deploy/${name}.service`)));
  expect(host?.filter((line) => bot?.includes(line) !== true)).toEqual([
    'Description=hubgram: a machine on which a bot elsewhere keeps Hugging Face models',
    'Documentation=file:///opt/hubgram/docs/hosts.md',
    'ExecStart=/usr/bin/node --min-semi-space-size=8 --max-semi-space-size=8 /opt/hubgram/src/start.mjs host',
    'RestartPreventExitStatus=2 4',
  ]);
  expect(host).toHaveLength(bot?.length ?? 0);
});

const systemd = findTool('systemd-analyze');

it.skipIf(systemd === undefined)('systemd understands the unit of a host, and counts it as safe as the other', () => {
  const unit = join(folderOfTest(), 'hubgram-host.service');
  const text = read('deploy/hubgram-host.service');
  writeFileSync(unit, text.replace('ExecStart=/usr/bin/node ', `ExecStart=${process.execPath} `));
  const verified = spawnSync(systemd ?? '', ['verify', '--man=no', unit], { encoding: 'utf8' });
  expect([verified.status, verified.stdout + verified.stderr]).toEqual([0, '']);
  const { stdout } = spawnSync(systemd ?? '', ['security', '--offline=true', '--no-pager', unit], { encoding: 'utf8' });
  const [, exposure] = /Overall exposure level for hubgram-host\.service: ([\d.]+)/.exec(stdout) ?? [];
  expect(Number(exposure)).toBeGreaterThan(0);
  expect(Number(exposure)).toBeLessThanOrEqual(1.5);
});

const Healthcheck = z.object({ test: z.tuple([z.literal('CMD-SHELL'), z.string()]) });

const Service = z.object({
  healthcheck: Healthcheck.optional(),
  image: z.string(),
  restart: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  mem_limit: z.string(),
  pids_limit: z.int(),
});

const compose = () =>
  z
    .strictObject({
      name: z.literal('hubgram'),
      services: z.strictObject({
        redis: Service,
        hubgram: z.strictObject({
          extends: z.strictObject({ file: z.literal('compose.yaml'), service: z.literal('hubgram') }),
          environment: z.record(z.string(), z.string()),
          secrets: z.array(z.string()),
          depends_on: z.strictObject({ redis: z.strictObject({ condition: z.literal('service_healthy') }) }),
        }),
        host: Service,
      }),
      volumes: z.record(z.string(), z.null()),
      secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith('secrets/') })),
    })
    .parse(parse(read('deploy/compose.hosts.yaml')));

it('what the compose file for several machines speaks of is there', () => {
  const { services, volumes, secrets } = compose();
  const { redis, hubgram, host } = services;
  const bot = (
    parse(read('deploy/compose.yaml')) as { services: { hubgram: { volumes: string[]; secrets: string[] } } }
  ).services.hubgram;
  const named = [redis, host, bot].flatMap((service) => service.volumes.filter((volume) => /^\w/.test(volume)));
  expect(new Set(named.map((volume) => volume.split(':')[0]))).toEqual(new Set(Object.keys(volumes)));
  expect(new Set([...redis.secrets, ...hubgram.secrets, ...bot.secrets])).toEqual(new Set(Object.keys(secrets)));
  const known = Object.values(SETTINGS).flatMap(({ name }) => [name, `${name}_FILE`]);
  expect(known).toEqual(expect.arrayContaining(Object.keys({ ...hubgram.environment, ...host.environment })));
  expect(redis.image).toMatch(/^redis:\d+\.\d+\.\d+$/);
  const [, inImage = '[]'] = /^CMD (.+)$/m.exec(read('Dockerfile')) ?? [];
  expect(host.command).toEqual([...(JSON.parse(inImage) as string[]), 'host']);
  expect(read('.gitignore').split('\n')).toContain('deploy/hubgram-host.env');
});

it.skipIf(redisServer === undefined)(
  'its Redis starts as it says, and knows its users and its password after a restart',
  async () => {
    const folder = folderOfTest();
    writeFileSync(join(folder, 'password'), 'of-the-bot');
    const [shell = '', flag = '', script = ''] = compose().services.redis.command;
    // Compose takes a single dollar for a variable of its own.
    expect(script.replaceAll('$$', '')).not.toContain('$');
    expect(script).not.toContain('\n');
    const here = `${script.replaceAll('$$', '$').replaceAll('/run/secrets/redis_password', join(folder, 'password')).replaceAll('/data', folder)} --dir ${folder} --port 0 --unixsocket ${folder}/redis.sock`;
    const start = () => spawn(shell, [flag, here], { stdio: 'ignore' });
    // Who may not read it would have made a Redis that lets in anybody, for good.
    const refused = spawnSync(shell, [flag, here.replaceAll(join(folder, 'password'), join(folder, 'none'))], {
      encoding: 'utf8',
    });
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/\nsecrets\/redis_password is empty, or user id 999 may not read it/),
    ]);
    const place = { url: `${folder}/redis.sock`, user: 'default', password: 'of-the-bot' };
    const ask = async (...words: [string, ...string[]]): Promise<unknown> => {
      const redis = connect(place, true, () => undefined);
      try {
        return await redis.call(...words);
      } finally {
        redis.disconnect();
      }
    };
    const [, healthcheck = ''] = compose().services.redis.healthcheck?.test ?? [];
    const isHealthy = (): boolean => {
      const asked = healthcheck
        .replaceAll('$$', '$')
        .replaceAll('/run/secrets/redis_password', join(folder, 'password'))
        .replaceAll('redis-cli', `redis-cli -s ${folder}/redis.sock`);
      return spawnSync('/bin/sh', ['-c', asked], { stdio: 'ignore' }).status === 0;
    };
    for (const round of [1, 2, 3]) {
      // Another one in the file is the one that counts.
      if (round === 3) writeFileSync(join(folder, 'password'), (place.password = 'another'));
      const server = start();
      const ended = once(server, 'exit');
      try {
        expect(await ask('CONFIG', 'GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
        expect(await ask('CONFIG', 'GET', 'appendonly')).toEqual(['appendonly', 'yes']);
        // Less than the container has, with what it needs beside its keys.
        expect(await ask('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', String(384 * 2 ** 20)]);
        expect(compose().services.redis.mem_limit).toBe('512m');
        expect(isHealthy()).toBe(true);
        if (round === 1) await ask('ACL', 'SETUSER', 'hubgram-nas', 'on', '>x');
        if (round === 1) await ask('ACL', 'SAVE');
        expect(await ask('ACL', 'USERS')).toEqual(['default', 'hubgram-nas']);
        const anybody = connect({ url: place.url }, false, () => undefined);
        await expect(anybody.ping()).rejects.toThrow(/NOAUTH/);
        anybody.disconnect();
      } finally {
        server.kill('SIGTERM');
        await ended;
      }
      expect(isHealthy()).toBe(false);
      expect(existsSync(join(folder, 'users.acl'))).toBe(true);
    }
  },
);
