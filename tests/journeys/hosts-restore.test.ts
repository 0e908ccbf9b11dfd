import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { restore } from '../../src/app/restore.ts';
import { loadConfig } from '../../src/config/config.ts';
import { namesOf } from '../../src/hosts/wire/names.ts';
import { silentLog } from '../../src/lib/log.ts';
import { ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { createMachines } from '../helpers/machines.ts';
import { redisServer, startRedis } from '../helpers/redis.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { createProcesses } from '../helpers/world.ts';

/* The bot comes back with the database of last night, and its machines with all that they have done since. */

const SIZE = 4_000_000;
const PATIENT = { timeout: 60_000, interval: 20 } as const;
const repos = ['under-way', 'removed', 'added', 'begun'].map((name) =>
  defineRepo({ id: `sample/${name}`, files: [{ path: 'model.safetensors', size: SIZE, seed: name }] }),
);

it.skipIf(redisServer === undefined)(
  'restored from a backup the bot knows what its machines still do for it, stops what nobody wants, and finds again what lies there',
  async () => {
    const redis = await startRedis();
    onTestFinished(redis.close);
    // Its clock can be moved; those of the machines go on as they do.
    const world = await openAppWorld({ hub: { repos }, clock: createRunningClock() });
    onTestFinished(() => world.close());
    const processes = createProcesses(world);
    onTestFinished(processes.end);
    const machines = createMachines(world, processes, redis);
    const { telegram, hub, say, sees } = world;
    const env = { ...ONE_CONNECTION, ...machines.env };
    const hold = (name: string): (() => void) =>
      hub.setFault({ kind: 'held', bytes: SIZE / 2, path: `sample/${name}/model` });
    const told = (about: string): number =>
      world
        .shown(ANN)
        .reduce(
          (sum, { text = '' }) =>
            sum + [...text.matchAll(new RegExp(`^${about} · completed(?: · |\\n.*, verified\\b)`, 'gm'))].length,
          0,
        );

    const before = processes.start(env);
    await before.printed('is running');
    // What is held shall keep nothing else from coming.
    await machines.join('nas', { HUBGRAM_CONNECTIONS: '4' });
    say('/add sample/removed on=nas');
    await sees(ANN, /^sample\/removed on nas · completed/);
    const finish = hold('under-way');
    say('/add sample/under-way on=nas');
    const card = await sees(ANN, /^sample\/under-way on nas · downloading\n.*[3-9]\d %/);
    say('/backup');
    const { document } = await telegram.waitFor(() => world.shown(ANN).find((message) => message.document));

    // What happens then the backup does not know.
    say('/add sample/added on=nas');
    await sees(ANN, /^sample\/added on nas · completed/);
    say('/remove sample/removed on nas');
    const question = await sees(ANN, /^Remove sample\/removed on nas\?/);
    telegram.press(ANN, ANN, question.message_id, 'Files too · 4 MB');
    const removed = await sees(ANN, 'are free within the hour');
    telegram.press(ANN, ANN, removed.message_id, 'Free it now');
    await sees(ANN, '4 MB are free now');
    const gpu = await machines.join('gpu');
    say('/add sample/added on=gpu');
    await sees(ANN, /^sample\/added on gpu · completed/);
    const stay = hold('begun');
    say('/add sample/begun on=nas');
    await sees(ANN, /^sample\/begun on nas · downloading\n.*[3-9]\d %/);
    await before.kill('SIGKILL');
    finish();
    const nas = new Redis(redis.path);
    onTestFinished(() => nas.disconnect());
    // Its end lies in Redis until somebody asks.
    await expect.poll(() => nas.zcard(`hubgram:${namesOf('nas').runs}:completed`), PATIENT).toBe(1);
    await machines.isRightOn('nas', 'sample/under-way');
    const backup = join(world.dataDir, 'backups', document?.file_name ?? '');
    const config = loadConfig({ argv: [], env: world.env, cwd: world.folder });
    await restore(config, { file: backup, cwd: world.folder, clock: world.clock, log: silentLog });

    await world.start(env);
    const shows = (text: RegExp): Promise<unknown> =>
      telegram.waitFor(() =>
        world.shown(ANN).some(({ message_id: id, text: now = '' }) => id === card.message_id && text.test(now)),
      );
    await shows(/^sample\/under-way on nas · completed/);
    await telegram.waitFor(() => told('sample/under-way on nas') === 1);
    // It was complete when the backup was made, and its files have gone since.
    await sees(ANN, /^sample\/removed on nas[^]*(?:gone|missing)/);
    say('/library');
    const library = await sees(ANN, /^Library/);
    expect(library.text).not.toMatch(/added|begun/);
    // What no row knows is stopped once it is clear that nobody asks for it again.
    const wishes = (): Promise<string[]> => nas.hkeys(namesOf('nas').wishes);
    expect(await wishes()).toHaveLength(1);
    world.clock.pass(61_000);
    await expect.poll(wishes, PATIENT).toEqual([]);
    expect(await machines.partialBytes('nas')).toBeGreaterThan(0);
    stay();

    // All that lies there is found, and nothing of it fetched again.
    for (const name of ['added', 'begun']) {
      const { message_id: asked } = telegram.say(ANN, ANN, `/add sample/${name} on=nas`);
      await telegram.waitFor(() =>
        world
          .shown(ANN)
          .some(({ message_id: id, text = '' }) => id > asked && text.startsWith(`sample/${name} on nas · completed`)),
      );
      await machines.isRightOn('nas', `sample/${name}`);
    }
    // A machine that came since is none of its machines: it joins once more.
    await gpu.kill('SIGTERM');
    await machines.join('gpu');
    const { message_id: asked } = telegram.say(ANN, ANN, '/add sample/added on=gpu');
    await telegram.waitFor(() =>
      world
        .shown(ANN)
        .some(({ message_id: id, text = '' }) => id > asked && text.startsWith('sample/added on gpu · completed')),
    );
    // Five were fetched; several connections ask for the ends of each other's ranges, and no more than that.
    expect(hub.bytesSent()).toBeLessThan(5.9 * SIZE);
    expect(await machines.leftOn('nas')).toEqual([]);
    await telegram.waitFor(() => told('sample/begun on nas') === 1);
  },
);
