import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type AppWorld, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { createMachines, type Machines } from '../helpers/machines.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { createProcesses, type Processes } from '../helpers/world.ts';

/* What people do to models on two machines that have joined: each machine is a process of its own, with a real Redis between. */

const SIZE = 8_000_000;
/** Lists, headers and answers that are sent beside the bytes of files. */
const BESIDE = 300_000;
const NAMES = ['one', 'two', 'three', 'four', 'five', 'nightly', 'left', 'right'] as const;
type Name = (typeof NAMES)[number];
const repos = NAMES.map((name) =>
  defineRepo({ id: `sample/${name}`, files: [{ path: 'model.safetensors', size: SIZE, seed: name }] }),
);
const PATIENT = { timeout: 60_000, interval: 20 } as const;

describe.skipIf(redisServer === undefined)('two machines', () => {
  let redis: TestRedis;
  let world: AppWorld;
  let processes: Processes;
  let machines: Machines;
  beforeAll(async () => {
    redis = await startRedis();
    // Its clock can be moved; those of the machines go on as they do.
    world = await openAppWorld({ hub: { repos }, clock: createRunningClock() });
    processes = createProcesses(world);
    machines = createMachines(world, processes, redis);
    await world.start({ ...ONE_CONNECTION, ...machines.env, HUBGRAM_CONCURRENT_DOWNLOADS: '1' });
    await machines.join('nas');
    await machines.join('gpu');
  });
  afterAll(async () => {
    await processes?.end();
    await world?.close();
    await redis?.close();
  });

  const say = (text: string): void => void world.say(text);
  const press = ({ message_id: id }: SimMessage, button: string): void => {
    world.telegram.press(ANN, ANN, id, button);
  };
  const shows = ({ message_id: asked }: SimMessage, text: RegExp): Promise<SimMessage> =>
    world.waitFor(() => world.shown(ANN).find(({ message_id: id, text: now = '' }) => id === asked && text.test(now)));
  const hold = (name: Name, bytes = SIZE / 2): (() => void) =>
    world.hub.setFault({ kind: 'held', bytes, path: `sample/${name}/model` });
  /** Counts what the Hub sends from now on. */
  const sending = (): (() => number) => {
    const before = world.hub.bytesSent();
    return () => world.hub.bytesSent() - before;
  };
  /** HH:MM, UTC, so many minutes from now. */
  const clockIn = (minutes: number): string =>
    new Date(world.clock.now() + minutes * 60_000).toISOString().slice(11, 16);
  /** How often it was told that this is ready, by itself or among others. */
  const toldReady = (about: string): number => {
    const told = new RegExp(`^${about} · completed(?: · |\\n.*, verified\\b)`, 'gm');
    return world.shown(ANN).reduce((sum, { text = '' }) => sum + [...text.matchAll(told)].length, 0);
  };

  it('have the same model: the one that is paused keeps what has come while the other gets all of it, and goes on from there', async () => {
    const sent = sending();
    const letGo = hold('one');
    say('/add sample/one on=nas');
    const card = await world.sees(ANN, /^sample\/one on nas · downloading\n.*[3-9]\d %/);
    press(card, 'Pause');
    await shows(card, /^sample\/one on nas · paused\n[\d.]+ MB of 8 MB kept/);
    const kept = await machines.partialBytes('nas');
    expect(kept).toBeGreaterThan(SIZE / 4);
    letGo();
    say('/add sample/one on=gpu');
    await world.sees(ANN, /^sample\/one on gpu · completed/);
    await machines.isRightOn('gpu', 'sample/one');
    expect(await machines.partialBytes('nas')).toBe(kept);
    press(card, 'Resume');
    await shows(card, /^sample\/one on nas · completed/);
    await machines.isRightOn('nas', 'sample/one');
    expect(sent()).toBeLessThan(2 * SIZE + BESIDE);
    for (const host of ['nas', 'gpu']) await world.waitFor(() => toldReady(`sample/one on ${host}`) === 1);
  });

  it('lose what was cancelled on one of them: nothing of it stays there, and what the other has does', async () => {
    say('/add sample/two on=gpu');
    await world.sees(ANN, /^sample\/two on gpu · completed/);
    const letGo = hold('two');
    say('/add sample/two on=nas');
    const card = await world.sees(ANN, /^sample\/two on nas · downloading\n.*[3-9]\d %/);
    press(card, 'Cancel');
    press(await world.sees(ANN, 'would be dropped'), 'Yes, cancel');
    await shows(card, /^sample\/two on nas · cancelled\nNothing of it was kept/);
    await expect.poll(() => machines.leftOn('nas'), PATIENT).toEqual([]);
    await machines.isRightOn('gpu', 'sample/two');
    letGo();
    press(card, 'Download again');
    await shows(card, /^sample\/two on nas · completed/);
    await machines.isRightOn('nas', 'sample/two');
    await world.waitFor(() => toldReady('sample/two on nas') === 1);
  });

  it('each have their own places: on the one that is full the urgent one is next, and on the other it begins at once', async () => {
    const letGo = hold('three');
    say('/add sample/three on=nas');
    await world.sees(ANN, /^sample\/three on nas · downloading\n.*[3-9]\d %/);
    say('/add sample/four on=nas');
    await world.sees(ANN, /^sample\/four on nas · pending/);
    say('/add sample/five on=nas priority=high');
    await world.sees(ANN, /^sample\/five on nas · pending\nNext/);
    say('/add sample/four on=gpu');
    await world.sees(ANN, /^sample\/four on gpu · completed/);
    const before = world.hub.requests.length;
    letGo();
    await world.sees(ANN, /^sample\/three on nas · completed\n8 MB in \d+ s/);
    await world.sees(ANN, /^sample\/four on nas · completed/);
    await world.sees(ANN, /^sample\/five on nas · completed/);
    const fetched = world.hub.requests
      .slice(before)
      .flatMap(({ host, file }) => (host === 'cdn' && file ? [file] : []));
    const order = [...new Set(fetched.map((file) => file.split('/')[1]))].filter((name) => name !== 'three');
    expect(order).toEqual(['five', 'four']);
    for (const name of ['three', 'four', 'five']) await machines.isRightOn('nas', `sample/${name}`);
    for (const about of ['three on nas', 'four on nas', 'five on nas', 'four on gpu'])
      await world.waitFor(() => toldReady(`sample/${about}`) === 1);
  });

  it('keep to a schedule: what runs there stops when its time is over, keeps what has come, and goes on the next day', async () => {
    const sent = sending();
    const letGo = hold('nightly');
    say(`/schedule add daily ${clockIn(30)} until ${clockIn(90)} name=night`);
    await world.sees(ANN, 'night · #1 · on');
    say('/add sample/nightly on=nas');
    const card = await world.sees(ANN, /^sample\/nightly on nas · pending\nStarts/);
    expect(await machines.leftOn('nas')).toEqual([]);
    world.clock.pass(31 * 60_000);
    await world.sees(ANN, /^sample\/nightly on nas · downloading\n.*[3-9]\d %/);
    world.clock.pass(60 * 60_000);
    await world.sees(ANN, /^sample\/nightly on nas · pending\nIts time is over for now\.[^]*\d+ % is there/);
    await world.sees(ANN, /^Schedule night · time is over\n0 done · 1 left for next time\n/);
    const kept = await machines.partialBytes('nas');
    expect(kept).toBeGreaterThan(SIZE / 4);
    letGo();
    // The next minute finds nothing to do for it.
    world.clock.pass(60_000);
    say('/hosts nas');
    await world.sees(ANN, /^nas · there\n/);
    expect(await machines.partialBytes('nas')).toBe(kept);
    world.clock.pass(23 * 3_600_000);
    await shows(card, /^sample\/nightly on nas · completed/);
    await machines.isRightOn('nas', 'sample/nightly');
    expect(sent()).toBeLessThan(SIZE + BESIDE);
    say('/schedule disable night');
    await world.sees(ANN, 'night is off.');
  });

  it('keep to its limit together, each to its half; a machine with a lower limit of its own keeps to that', async () => {
    const [TOGETHER, OWN] = [6_000_000, 2_000_000];
    await machines.join('slow', { HUBGRAM_BANDWIDTH_LIMIT: String(OWN) });
    const letGo = (['left', 'right'] as const).map((name) => hold(name, 1));
    say(`/schedule add daily ${clockIn(-5)} until ${clockIn(90)} name=now max=2 limit=${TOGETHER}`);
    await world.sees(ANN, /\bnow\b[^]*Open since/);
    say('/add sample/left on=nas');
    say('/add sample/right on=slow');
    const cards = await Promise.all(
      ['left on nas', 'right on slow'].map((name) => world.sees(ANN, new RegExp(`^sample/${name} · downloading`))),
    );
    await world.hub.waitForRequest(({ file, bytesSent }) => file?.startsWith('sample/left') === true && bytesSent > 0);
    await world.hub.waitForRequest(({ file, bytesSent }) => file?.startsWith('sample/right') === true && bytesSent > 0);
    const since = performance.now();
    for (const go of letGo) go();
    const secondsOf = async ({ message_id: asked }: SimMessage): Promise<number> => {
      await world.waitFor(() =>
        world.shown(ANN).some(({ message_id: id, text = '' }) => id === asked && text.includes('· completed')),
      );
      return (performance.now() - since) / 1000;
    };
    const [nas = 0, slow = 0] = await Promise.all(cards.map(secondsOf));
    // However slow this machine is, neither was faster than it might be.
    expect(SIZE / nas).toBeLessThan((TOGETHER / 2) * 1.1);
    expect(SIZE / slow).toBeLessThan(OWN * 1.1);
    await machines.isRightOn('nas', 'sample/left');
    await machines.isRightOn('slow', 'sample/right');
  });
});
