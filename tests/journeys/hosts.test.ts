import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { createMachines, type Machines } from '../helpers/machines.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { ANN, openWorld, type RunningProcess, type World } from '../helpers/world.ts';

/* The bot, and machines that have joined it, each a process of its own, with a real Redis between them: one after the other is ended. */

const SIZE = 8_000_000;
const NAMES = ['killed', 'stopped', 'back', 'forgotten'] as const;
type Name = (typeof NAMES)[number];
const repos = NAMES.map((name) =>
  defineRepo({
    id: `sample/${name}`,
    files: [
      { path: 'model.safetensors', size: SIZE, seed: name },
      { path: 'config.json', content: '{}' },
    ],
  }),
);
const PATIENT = { timeout: 60_000 } as const;

describe.skipIf(redisServer === undefined)('machines that have joined', () => {
  let world: World;
  let redis: TestRedis;
  let machines: Machines;
  let bot: RunningProcess;
  let nas: RunningProcess;
  beforeAll(async () => {
    redis = await startRedis();
    world = await openWorld({ hub: { repos } });
    machines = createMachines(world, world, redis);
    await startBot();
    nas = await machines.join('nas');
  });
  afterAll(async () => {
    await world?.close();
    await redis?.close();
  });

  const startBot = async (): Promise<void> => {
    bot = world.start({ ...ONE_CONNECTION, ...machines.env });
    await bot.printed('is running');
  };
  const hold = (name: Name, bytes: number): (() => void) =>
    world.hub.setFault({ kind: 'held', bytes, path: `sample/${name}/model` });
  const add = (name: Name, host: string): void => void world.telegram.say(ANN, ANN, `/add sample/${name} on=${host}`);
  const folderIn = (cacheDir: string, name: Name): string => join(cacheDir, `models--sample--${name}`);
  const notices = (name: Name): number =>
    world
      .shown(ANN)
      .filter(({ text = '' }) => text.startsWith(`sample/${name} on nas`) && text.includes('verified and ready'))
      .length;
  /** It has been told once that it is there, and it is. */
  const isReady = async (name: Name): Promise<void> => {
    await world.telegram.waitFor(() => notices(name) > 0);
    await machines.isRightOn('nas', `sample/${name}`);
    expect(notices(name)).toBe(1);
  };
  /** Half of it is there, and no more comes. @returns lets the rest come */
  const beginOnNas = async (name: Name): Promise<() => void> => {
    const letGo = hold(name, SIZE / 2);
    add(name, 'nas');
    await world.sees(ANN, new RegExp(`^sample/${name} on nas · downloading\\n.*[3-9]\\d %`));
    return letGo;
  };

  it('get models of their own; each is told once where it lies, whoever is killed meanwhile', async () => {
    const before = world.hub.bytesSent();
    const gpu = await machines.join('gpu');
    const letGo = await beginOnNas('killed');
    await bot.kill('SIGKILL');
    await startBot();
    letGo();
    await world.sees(ANN, /^sample\/killed on nas · completed/);
    await isReady('killed');
    expect(existsSync(folderIn(machines.cacheOf('gpu'), 'killed'))).toBe(false);
    expect(existsSync(folderIn(world.cacheDir, 'killed'))).toBe(false);
    // What was not noted when it was killed, and answers beside the files.
    expect(world.hub.bytesSent() - before).toBeLessThan(SIZE + 2 ** 20);
    add('killed', 'gpu');
    const ref = join(folderIn(machines.cacheOf('gpu'), 'killed'), 'refs', 'main');
    await expect.poll(() => existsSync(ref), PATIENT).toBe(true);
    await machines.isRightOn('gpu', 'sample/killed');
    expect(notices('killed')).toBe(1);
    expect(await gpu.kill('SIGTERM')).toBe(0);
  });

  it('go on to the end while the bot is stopped; what came meanwhile is counted once, and the end is told when it is back', async () => {
    const letGo = await beginOnNas('stopped');
    expect(await bot.kill('SIGTERM')).toBe(0);
    letGo();
    const ref = join(folderIn(machines.cacheOf('nas'), 'stopped'), 'refs', 'main');
    await expect.poll(() => existsSync(ref), PATIENT).toBe(true);
    const sent = world.hub.bytesSent();
    await startBot();
    const card = await world.sees(ANN, /^sample\/stopped on nas · completed\n/);
    expect(card.text).toMatch(/\n8 MB\b/);
    expect(card.text).not.toContain('fetched');
    await isReady('stopped');
    // The list of its files, and nothing of them.
    expect(world.hub.bytesSent()).toBeLessThan(sent + 2 ** 16);
  });

  it('are killed and come back by themselves: the code is not needed any more', async () => {
    const before = world.hub.bytesSent();
    const letGo = await beginOnNas('back');
    // What comes is noted once a second; what was not is fetched again.
    await expect.poll(() => machines.partialBytes('nas'), PATIENT).toBeGreaterThan(SIZE / 2 - 2 ** 20);
    await nas.kill('SIGKILL');
    const more = hold('back', SIZE / 4);
    letGo();
    nas = await machines.start('nas');
    more();
    await isReady('back');
    expect(world.hub.bytesSent() - before).toBeLessThan(SIZE + 2 * 2 ** 20);
  });

  it('go on where Redis has forgotten all of it, its users too; one that starts then waits for the bot to name it again', async () => {
    const before = world.hub.bytesSent();
    const letGo = await beginOnNas('forgotten');
    await redis.kill();
    await redis.forget();
    await redis.start();
    letGo();
    await isReady('forgotten');
    expect(world.hub.bytesSent() - before).toBeLessThan(SIZE + 2 ** 20);

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
