import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { createMachines } from '../helpers/machines.ts';
import { redisServer, startRedis } from '../helpers/redis.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { createProcesses } from '../helpers/world.ts';

/* What is done of models on the machine that they lie on: a host as a process, with a real Redis between it and the bot. */

const ID = 'sample/model';
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'model.safetensors', size: 2_000_000 },
    { path: 'config.json', content: '{}' },
  ],
});

it.skipIf(redisServer === undefined)(
  'a model on another machine is looked into there, listed there when its rows are lost, and taken over without a byte',
  async () => {
    const redis = await startRedis();
    onTestFinished(redis.close);
    const world = await openAppWorld({ hub: { repos: [repo] }, clock: createRunningClock() });
    onTestFinished(() => world.close());
    const processes = createProcesses(world);
    onTestFinished(processes.end);
    const machines = createMachines(world, processes, redis);
    const { say, sees, hub } = world;
    const env = { ...ONE_CONNECTION, ...machines.env };
    const database = join(world.dataDir, 'hubgram.db');

    let bot = await world.start(env);
    await machines.join('nas');
    await bot.stop();
    await copyFile(database, `${database}.before`);
    bot = await world.start(env);
    say(`/add ${ID} on=nas`);
    await sees(ANN, /^sample\/model on nas · completed/);
    say(`/check ${ID} on nas`);
    await sees(ANN, /^sample\/model on nas · completed[^]*\nWhole: \d+ tensors? in 1 file\./);
    const sent = hub.bytesSent();
    // A backup from before: the machine is known, and nothing of the model.
    await bot.stop();
    for (const end of ['', '-wal', '-shm']) await rm(`${database}${end}`, { force: true });
    await copyFile(`${database}.before`, database);
    await world.start(env);
    say('/storage nas');
    await sees(ANN, /^Storage of nas · there\n[^]*\n2 MB in the cache are in no library, of 1 repository\./);
    say('/adopt');
    await sees(ANN, /^In the cache · 1 in no library[^]*\n1 sample\/model on nas · 2 MB in 2 files/);
    say(`/adopt ${ID} on nas`);
    await sees(ANN, /^sample\/model on nas · in this library\n2 files are right/);
    expect(hub.bytesSent() - sent).toBeLessThan(100_000);
  },
);
