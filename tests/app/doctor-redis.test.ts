import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { diagnose } from '../../src/app/doctor/doctor.ts';
import type { Finding } from '../../src/app/doctor/finding.ts';
import { loadConfig } from '../../src/config/config.ts';
import { accessOf } from '../../src/hosts/wire/access.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { openStandIns, type StandIns } from '../helpers/stand-ins.ts';

let world: StandIns;
beforeEach(async () => {
  world = await openStandIns();
});
afterEach(() => world.close());

const findings = async (
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly ok: boolean; readonly findings: readonly Finding[] }> => {
  const read = () => loadConfig({ argv: words, env: { ...world.env, ...env }, cwd: world.folder });
  const { text } = await diagnose({ read, asJson: true, clock: systemClock });
  return JSON.parse(text) as { ok: boolean; findings: Finding[] };
};
const ofRedis = async (
  env: Readonly<Record<string, string>>,
  words: readonly string[] = ['host', 'doctor'],
): Promise<Finding | undefined> =>
  (await findings(words, { HUBGRAM_HOST_NAME: 'nas', ...env })).findings.find(({ about }) => about === 'Redis');
const redisWith = async (...users: string[]): Promise<TestRedis> => {
  const redis = await startRedis(users.flatMap((line) => ['--user', ...line.split(' ')]));
  onTestFinished(redis.close);
  return redis;
};

it('a host without a Redis is told all that it needs', async () => {
  expect(await ofRedis({})).toMatchObject({
    state: 'wrong',
    says: expect.stringMatching(
      /set HUBGRAM_REDIS_URL\.[^]*This machine has joined no bot yet: write \/hosts add nas/,
    ) as string,
  });
});

describe.skipIf(redisServer === undefined)('the doctor of a host', () => {
  it('looks at what it stands on, and at nothing of a bot', async () => {
    const redis = await redisWith(`hubgram-nas on >sesame ${accessOf('nas').join(' ')}`);
    mkdirSync(world.dataDir, { mode: 0o700 });
    const joined = { url: redis.path, name: 'nas', user: 'hubgram-nas', password: 'sesame' };
    writeFileSync(join(world.dataDir, 'redis.json'), JSON.stringify(joined), { mode: 0o600 });
    const { ok, findings: found } = await findings(['host', 'doctor'], {});
    expect(found.map(({ about }) => about)).toEqual([
      'Node',
      'Settings',
      'Proxies',
      'Redis',
      'Hub',
      'Clock',
      'Data folder',
      'Secrets',
      'Running',
      'Cache',
      'Disk',
      'Free space',
      'Service',
    ]);
    expect(found[3]).toEqual({
      about: 'Redis',
      state: 'fine',
      says: expect.stringMatching(
        new RegExp(`^${redis.path} lets this machine in as nas\\. It is Redis [\\d.]+ and holds [\\d.]+ [kM]B\\.$`),
      ) as string,
    });
    expect(found.at(-1)?.says).toContain('deploy/hubgram-host.service');
    expect(ok).toBe(true);
    expect(JSON.stringify(found)).not.toContain('sesame');
    chmodSync(join(world.dataDir, 'redis.json'), 0o644);
    const open = (await findings(['host', 'doctor'], {})).findings.find(({ about }) => about === 'Secrets');
    expect(open).toMatchObject({ state: 'wrong', says: 'Others may read redis.json.' });
  });

  it('says what Redis refuses', async () => {
    const redis = await redisWith('default off', 'hubgram-nas on >right ~other:* +@all', 'bot on >right ~* +@all');
    expect(await ofRedis({ HUBGRAM_REDIS_URL: redis.path })).toMatchObject({
      state: 'wrong',
      says: `It does not let hubgram in (NOAUTH): ${redis.path}.`,
    });
    const again = 'Write /hosts add nas to the bot, and run the line here that it answers with.';
    expect(await ofRedis({ HUBGRAM_REDIS_URL: `unix://hubgram-nas:wrong@${redis.path}` })).toMatchObject({
      state: 'wrong',
      says: `It does not let hubgram in (WRONGPASS): unix://${redis.path}.`,
      remedy: again,
    });
    expect(await ofRedis({ HUBGRAM_REDIS_URL: `unix://hubgram-nas:right@${redis.path}` })).toMatchObject({
      state: 'wrong',
      says: `unix://${redis.path} lets this machine in, and lets it touch nothing of the host nas.`,
      remedy: again,
    });
    await redis.kill();
    expect(await ofRedis({ HUBGRAM_REDIS_URL: `unix://bot:right@${redis.path}` })).toMatchObject({
      state: 'wrong',
      says: `It does not answer: unix://${redis.path}.`,
    });
  });
});

describe.skipIf(redisServer === undefined)('the doctor of a bot', () => {
  it('says nothing of Redis where there is none, and what a bot needs of it where there is one', async () => {
    expect(await ofRedis({ HUBGRAM_HOST_NAME: '' }, ['doctor'])).toMatchObject({ state: 'left_out' });
    const redis = await redisWith('default on nopass ~* &* +@all', 'few on >few ~* &* +@all -acl');
    const env = { HUBGRAM_HOST_NAME: '', HUBGRAM_REDIS_URL: redis.path };
    expect(await ofRedis(env, ['doctor'])).toMatchObject({
      state: 'fine',
      says: expect.stringMatching(/lets the bot in\. It is Redis [\d.]+ and holds/) as string,
    });
    const few = await ofRedis({ ...env, HUBGRAM_REDIS_URL: `unix://few:few@${redis.path}` }, ['doctor']);
    expect(few).toMatchObject({ state: 'warning', says: expect.stringContaining('lets it make no users') as string });
  });

  it('says that Redis throws away what it was given, and that it is nearly full', async () => {
    const forgetful = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
    onTestFinished(forgetful.close);
    const env = { HUBGRAM_HOST_NAME: '' };
    expect(await ofRedis({ ...env, HUBGRAM_REDIS_URL: forgetful.path }, ['doctor'])).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining('when it is full (maxmemory-policy allkeys-lru)') as string,
    });
    const full = await startRedis(['--maxmemory', '500kb']);
    onTestFinished(full.close);
    expect(await ofRedis({ ...env, HUBGRAM_REDIS_URL: full.path }, ['doctor'])).toMatchObject({
      state: 'warning',
      says: expect.stringContaining('of 512 kB: what does not fit is refused and tried again.') as string,
    });
  });
});
