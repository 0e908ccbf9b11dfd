import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { createMachines, type Machines } from '../helpers/machines.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { ANN, openWorld, type RunningProcess, type World } from '../helpers/world.ts';

/* The bot, and machines that join it, each a process of its own, with a real Redis between them. */

const ID = 'sample/large';
const SIZE = 8_000_000;
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'model.safetensors', size: SIZE },
    { path: 'config.json', content: '{}' },
  ],
});

describe.skipIf(redisServer === undefined)('machines that have joined', () => {
  let world: World;
  let redis: TestRedis;
  let machines: Machines;
  beforeEach(async () => {
    redis = await startRedis();
    world = await openWorld({ hub: { repos: [repo] } });
    machines = createMachines(world, world, redis);
  });
  afterEach(async () => {
    await world.close();
    await redis.close();
  });

  const say = (text: string): void => void world.telegram.say(ANN, ANN, text);
  const startBot = async (): Promise<RunningProcess> => {
    const bot = world.start({ ...ONE_CONNECTION, ...machines.env });
    await bot.printed('is running');
    return bot;
  };
  const hold = (bytes: number): (() => void) => world.hub.setFault({ kind: 'held', bytes, path: 'sample/large/model' });

  it('get models of their own; each is told once where it lies, whoever is killed meanwhile', async () => {
    let bot = await startBot();
    await machines.join('nas');
    await machines.join('gpu');
    const letGo = hold(SIZE / 2);
    say(`/add ${ID} on=nas`);
    await world.sees(ANN, /[3-9]\d %/);
    await bot.kill('SIGKILL');
    bot = await startBot();
    letGo();
    await world.sees(ANN, /^sample\/large on nas · completed/);
    await world.sees(ANN, 'verified and ready');
    await machines.isRightOn('nas', ID);
    expect(existsSync(join(machines.cacheOf('gpu'), 'models--sample--large'))).toBe(false);
    expect(existsSync(join(world.cacheDir, 'models--sample--large'))).toBe(false);
    // What was not noted when it was killed, and answers beside the files.
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + 2 ** 20);
    say(`/add ${ID} on=gpu`);
    await expect
      .poll(() => existsSync(join(machines.cacheOf('gpu'), 'models--sample--large', 'refs', 'main')), {
        timeout: 60_000,
      })
      .toBe(true);
    await machines.isRightOn('gpu', ID);
    const notices = world.shown(ANN).filter(({ text = '' }) => text.includes('verified and ready'));
    expect(notices.filter(({ text = '' }) => text.includes('on nas'))).toHaveLength(1);
  });

  it('go on to the end while the bot is stopped; what came meanwhile is counted once, and the end is told when it is back', async () => {
    const bot = await startBot();
    await machines.join('nas');
    const letGo = hold(SIZE / 2);
    say(`/add ${ID} on=nas`);
    await world.sees(ANN, /[3-9]\d %/);
    expect(await bot.kill('SIGTERM')).toBe(0);
    letGo();
    const ref = join(machines.cacheOf('nas'), 'models--sample--large', 'refs', 'main');
    await expect.poll(() => existsSync(ref), { timeout: 60_000 }).toBe(true);
    const sent = world.hub.bytesSent();
    await startBot();
    const card = await world.sees(ANN, /^sample\/large on nas · completed\n/);
    expect(card.text).toMatch(/\n8 MB\b/);
    expect(card.text).not.toContain('fetched');
    await world.sees(ANN, 'verified and ready');
    await machines.isRightOn('nas', ID);
    // The list of its files, and nothing of them.
    expect(world.hub.bytesSent()).toBeLessThan(sent + 2 ** 16);
    const notices = world.shown(ANN).filter(({ text = '' }) => text.includes('verified and ready'));
    expect(notices).toHaveLength(1);
  });

  it('are killed and come back by themselves: the code is not needed any more', async () => {
    await startBot();
    const first = await machines.join('nas');
    const letGo = hold(SIZE / 2);
    say(`/add ${ID} on=nas`);
    await world.sees(ANN, /[3-9]\d %/);
    // What comes is noted once a second; what was not is fetched again.
    await expect.poll(() => machines.partialBytes('nas'), { timeout: 60_000 }).toBeGreaterThan(SIZE / 2 - 2 ** 20);
    await first.kill('SIGKILL');
    const more = hold(SIZE / 4);
    letGo();
    await machines.start('nas');
    more();
    await world.sees(ANN, 'verified and ready');
    await machines.isRightOn('nas', ID);
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + 2 * 2 ** 20);
  });

  it('go on where Redis has forgotten all of it, its users too; one that starts then waits for the bot to name it again', async () => {
    const bot = await startBot();
    const nas = await machines.join('nas');
    const letGo = hold(SIZE / 2);
    say(`/add ${ID} on=nas`);
    await world.sees(ANN, /[3-9]\d %/);
    await redis.kill();
    await redis.forget();
    await redis.start();
    letGo();
    await world.sees(ANN, 'verified and ready');
    await machines.isRightOn('nas', ID);
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + 2 ** 20);

    await bot.kill('SIGKILL');
    await nas.kill('SIGKILL');
    await redis.kill();
    await redis.start();
    const again = world.start(machines.folders('nas'), ['host']);
    await again.printed('does not let this machine in (WRONGPASS): it forgets its users when it starts');
    await startBot();
    await again.printed('is the host nas.');
  });
});
