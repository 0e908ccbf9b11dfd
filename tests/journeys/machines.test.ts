import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { ANN, openWorld, type RunningProcess, type World } from '../helpers/world.ts';

/* What is done of models on the machine that they lie on: the bot and a host as processes, with a real Redis between them. */

const ID = 'sample/model';
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'model.safetensors', size: 2_000_000 },
    { path: 'config.json', content: '{}' },
  ],
});

describe.skipIf(redisServer === undefined)('a model on another machine', () => {
  let world: World;
  let redis: TestRedis;
  beforeEach(async () => {
    redis = await startRedis();
    world = await openWorld({ hub: { repos: [repo] } });
  });
  afterEach(async () => {
    await world.close();
    await redis.close();
  });

  const say = (text: string): void => void world.telegram.say(ANN, ANN, text);
  const startBot = async (): Promise<RunningProcess> => {
    const bot = world.start({ ...ONE_CONNECTION, HUBGRAM_REDIS_URL: redis.path });
    await bot.printed('is running');
    return bot;
  };
  const startHost = async (flags: readonly string[] = []): Promise<void> => {
    const own = { HUBGRAM_DATA_DIR: join(world.folder, 'nas'), HF_HUB_CACHE: join(world.folder, 'nas-hub') };
    const env = { HUBGRAM_REDIS_URL: redis.path, HUBGRAM_HOST_NAME: 'nas' };
    await world.start({ ...ONE_CONNECTION, ...own, ...env }, ['host', ...flags]).printed('is the host nas.');
  };
  const database = (): string => join(world.dataDir, 'hubgram.db');

  it('is looked into there, listed there when its rows are lost, and taken over without a byte', async () => {
    let bot = await startBot();
    say('/hosts add nas');
    const { text = '' } = await world.sees(ANN, /^nas .*may join/);
    await startHost(['--join', /--join ([0-9a-f]{32})/.exec(text)?.[1] ?? '']);
    await world.sees(ANN, /^nas · has joined/);
    expect(await bot.kill('SIGTERM')).toBe(0);
    await copyFile(database(), `${database()}.before`);
    bot = await startBot();
    say(`/add ${ID} on=nas`);
    await world.sees(ANN, /^sample\/model on nas · completed/);
    say(`/check ${ID} on nas`);
    await world.sees(ANN, /^sample\/model on nas · completed[^]*\nWhole: \d+ tensors? in 1 file\./);
    const sent = world.hub.bytesSent();
    // A backup from before: the machine is known, and nothing of the model.
    expect(await bot.kill('SIGTERM')).toBe(0);
    for (const end of ['', '-wal', '-shm']) await rm(`${database()}${end}`, { force: true });
    await copyFile(`${database()}.before`, database());
    await startBot();
    say('/storage nas');
    await world.sees(ANN, /^Storage of nas · there\n[^]*\n2 MB in the cache are in no library, of 1 repository\./);
    say('/adopt');
    await world.sees(ANN, /^In the cache · 1 in no library[^]*\n1 sample\/model on nas · 2 MB in 2 files/);
    say(`/adopt ${ID} on nas`);
    await world.sees(ANN, /^sample\/model on nas · in this library\n2 files are right/);
    expect(world.hub.bytesSent() - sent).toBeLessThan(100_000);
  });
});
