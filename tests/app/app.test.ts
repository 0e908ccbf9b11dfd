import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { openApp } from '../../src/app/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { openTestStore } from '../helpers/database.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { watchTimers } from '../helpers/timers.ts';

const repos = ['one', 'two', 'three'].map((name) =>
  defineRepo({
    id: `sample/${name}`,
    files: [
      { path: 'config.json', content: `{"model_type":"gpt2","name":"${name}"}` },
      { path: 'model.safetensors', size: 2_000_000, seed: name },
    ],
  }),
);

const worlds: AppWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const open = async (...options: Parameters<typeof openAppWorld>): Promise<AppWorld> => {
  const world = await openAppWorld(...options);
  worlds.push(world);
  return world;
};

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 10, 21, 12);

it('adds a model that waits for a schedule, and completes it when the clock is moved there', async () => {
  const clock = createRunningClock(NOON);
  const world = await open({ clock, hub: { repos } });
  const { app, ready, stop } = await world.start();
  expect(ready).toMatchObject({ username: 'hubgram_bot', cacheDir: world.cacheDir, ownerLink: undefined });
  world.say('/schedule add daily 14:00 until 18:00');
  await world.sees(ANN, 'Next: today 14:00');
  world.say('/add sample/one');
  await world.sees(ANN, 'sample/one · pending\nStarts today 14:00 (');
  expect(await app.health()).toEqual({
    ok: true,
    checks: {
      telegram: { ok: true, message: 'It is polled.' },
      database: { ok: true, message: 'It can be written to.' },
      disk: { ok: true, message: expect.stringMatching(/^[\d.]+ [GT]B are free for models\.$/) },
      queue: { ok: true, message: 'Nothing is stuck.' },
    },
  });
  expect(readdirSync(world.cacheDir)).not.toContain('models--sample--one');
  clock.pass(2 * HOUR_MS);
  await world.sees(ANN, /sample\/one · completed\n[^]*2 files verified/);
  await world.sees(ANN, 'verified and ready');
  expect(readdirSync(world.cacheDir)).toContain('models--sample--one');
  world.say('/activity');
  await world.sees(ANN, /^Activity\nhubgram downloaded sample\/one for .*\n[^]*\nhubgram started · today 12:00/);
  renameSync(world.cacheDir, `${world.cacheDir}.away`);
  expect(await app.health()).toMatchObject({ ok: false, checks: { disk: { ok: false }, queue: { ok: true } } });
  renameSync(`${world.cacheDir}.away`, world.cacheDir);
  expect(await app.health()).toMatchObject({ ok: true });
  await stop();
});

it('says in /status that the Hub does not answer, until it does', async () => {
  const world = await open({ hub: { repos } });
  const { stop } = await world.start();
  const letGo = world.hub.setFault({ kind: 'status', status: 503, host: 'hub' });
  world.say('/add sample/one');
  await expect.poll(world.logged).toContain('The Hub does not answer: what needs it is tried again');
  world.say('/status');
  await world.sees(
    ANN,
    /^Status · the Hub does not answer\nNothing that it was asked since today [\d:]+ was answered\. /,
  );
  letGo();
  world.say('/add sample/one now');
  await expect.poll(world.logged).toContain('The Hub answers again');
  await stop();
});

/** What of this process is open: files and sockets where the system says so, and what keeps it alive. */
const openNow = () => ({
  files: existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0,
  // Not what the test runner has under way itself.
  handles: process.getActiveResourcesInfo().filter((type) => !/^(?:Timeout|FSReq)/.test(type)),
});

/** What is open and was not before. What an earlier test had open may be closed by now. */
const openedSince = (before: ReturnType<typeof openNow>) => {
  const known = [...before.handles];
  const now = openNow();
  const handles = now.handles.filter((type) => {
    const at = known.indexOf(type);
    return at < 0 || known.splice(at, 1).length === 0;
  });
  return { files: Math.max(0, now.files - before.files), handles };
};

describe('one process', () => {
  it('has nothing open that it had not before, however often it opens and closes the app', async () => {
    let before = openNow();
    const timers = watchTimers();
    for (const { id } of repos) {
      const world = await openAppWorld({ hub: { repos }, hasOwnHasher: true });
      const { stop } = await world.start({ HUBGRAM_HTTP_PORT: '0' });
      world.say(`/add ${id}`);
      await world.sees(ANN, `${id} · completed`);
      await stop();
      // Node tells of a timer that was taken back a moment later.
      await expect.poll(timers.left).toEqual([]);
      await world.close();
      expect(openedSince(before)).toEqual({ files: 0, handles: [] });
      before = openNow();
    }
    timers.close();
  });

  it('holds two apps at once, each with its own folders, and a second one on the same folders is told so', async () => {
    const [left, right] = [await open({ hub: { repos } }), await open({ hub: { repos } })];
    await left.start();
    const { stop } = await right.start();
    const held = (what: string) => ({ name: 'AppError', code: 'held', message: expect.stringContaining(what) });
    await expect(left.start()).rejects.toMatchObject(
      held(`the data folder ${left.dataDir}: process ${process.pid} on `),
    );
    const elsewhere = { HUBGRAM_DATA_DIR: join(left.folder, 'elsewhere') };
    await expect(left.start(elsewhere)).rejects.toMatchObject(held(`the cache ${left.cacheDir}: process `));
    left.say('/add sample/one');
    right.say('/add sample/two');
    await left.sees(ANN, 'sample/one · completed');
    await stop();
    await right.start();
    await right.sees(ANN, 'sample/two · completed');
    expect(left.logged()).not.toContain('"level":"error"');
  });
});

describe('what an owner has set', () => {
  const DEFAULT_CACHE = { HF_HUB_CACHE: '' };
  /** As a chat does it, while nothing runs. */
  const set = ({ dataDir, clock }: AppWorld, key: string, value: string): void => {
    const store = openTestStore(join(dataDir, 'hubgram.db'), clock);
    store.config.setSystemConfig(key, value);
    store.close();
  };

  it('decides where models go from the next start; what lies elsewhere stays there', async () => {
    const world = await open({ hub: { repos } });
    const first = await world.start(DEFAULT_CACHE);
    const usual = join(world.folder, '.cache/huggingface/hub');
    expect(first.ready.cacheDir).toBe(usual);
    world.say('/add sample/one');
    await world.sees(ANN, 'sample/one · completed');
    await first.stop();
    const wanted = join(world.folder, 'elsewhere');
    set(world, 'download_directory', wanted);
    const second = await world.start(DEFAULT_CACHE);
    expect(second.ready.cacheDir).toBe(wanted);
    world.say('/add sample/two');
    await world.sees(ANN, 'sample/two · completed');
    expect(readdirSync(wanted)).toContain('models--sample--two');
    expect(readdirSync(usual)).toContain('models--sample--one');
    await second.stop();
  });

  it('holds at once while it runs: what is logged, and how many models come at the same time', async () => {
    const world = await open({ hub: { repos } });
    const { stop } = await world.start();
    world.say('/config set log_level warn');
    await world.sees(ANN, 'log_level is warn now. It was info.');
    const letGo = world.hub.setFault({ kind: 'held', bytes: 1000, path: 'model.safetensors' });
    world.say('/config set concurrent_downloads 1');
    await world.sees(ANN, 'concurrent_downloads is 1 now. It was 2.');
    for (const name of ['one', 'two', 'three']) world.say(`/add sample/${name}`);
    await world.sees(ANN, / · downloading/);
    for (const name of ['one', 'two', 'three'])
      await world.sees(ANN, new RegExp(`sample/${name} · (?:downloading|pending)`));
    const running = (): number => world.shown(ANN).filter(({ text = '' }) => text.includes(' · downloading')).length;
    expect(running()).toBe(1);
    world.say('/config set concurrent_downloads 3');
    await world.waitFor(() => running() === 3);
    letGo();
    for (const name of ['one', 'two', 'three']) await world.sees(ANN, `sample/${name} · completed`);
    await stop();
    expect(world.logged()).not.toContain('A download is complete');
  });

  it('says how much is logged, and stands back where the environment has said something', async () => {
    const world = await open({ hub: { repos } });
    const run = async (name: string, env: Record<string, string> = {}): Promise<string> => {
      const before = world.logged().length;
      const { ready, stop } = await world.start(env);
      // `StandIns.env` says it.
      expect(ready.cacheDir).toBe(world.cacheDir);
      world.say(`/add sample/${name}`);
      await world.sees(ANN, `sample/${name} · completed`);
      await stop();
      return world.logged().slice(before);
    };
    expect(await run('one')).toContain('A download is complete');
    set(world, 'log_level', 'warn');
    set(world, 'download_directory', join(world.folder, 'elsewhere'));
    expect(await run('two')).not.toContain('A download is complete');
    expect(await run('three', { HUBGRAM_LOG_LEVEL: 'info' })).toContain('A download is complete');
  });
});

describe('an app', () => {
  it('that never ran is not healthy, and closes', async () => {
    const config = loadConfig({
      argv: [],
      env: { HOME: '/nowhere', BOT_TOKEN: `1:${'A'.repeat(35)}` },
      cwd: '/nowhere',
    });
    const app = openApp(config, { clock: systemClock, log: silentLog });
    expect((await app.health()).ok).toBe(false);
    await app.close();
    await app.close();
  });

  it('tells once that all sources are loaded, before it is ready', async () => {
    const world = await open();
    const config = loadConfig({ argv: [], env: world.env, cwd: world.folder });
    const told: string[] = [];
    const app = openApp(config, { clock: systemClock, log: silentLog, onLoaded: () => told.push('loaded') });
    const { promise: isReady, resolve } = Promise.withResolvers<void>();
    const ended = app.run(new AbortController().signal, () => {
      told.push('ready');
      resolve();
    });
    await isReady;
    await app.close();
    await ended;
    expect(told).toEqual(['loaded', 'ready']);
  });

  it('whose data folder is a file says which setting names it', async () => {
    const world = await open();
    const file = join(world.folder, 'file');
    writeFileSync(file, '');
    for (const folder of [file, join(file, 'below')]) {
      const config = loadConfig({ argv: [], env: { ...world.env, HUBGRAM_DATA_DIR: folder }, cwd: world.folder });
      const app = openApp(config, { clock: systemClock, log: silentLog });
      await expect(app.run(new AbortController().signal)).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringMatching(
          /\n- HUBGRAM_DATA_DIR: \S+ is no folder, and none can be made there \((?:EEXIST|ENOTDIR)\)\./,
        ),
      });
      await app.close();
    }
  });

  it('whose token Telegram refuses says so, and leaves its folders to the next one', async () => {
    const world = await open();
    const refused = world.start({ BOT_TOKEN: `1:${'A'.repeat(35)}` });
    await expect(refused).rejects.toMatchObject({ name: 'AppError', code: 'refused_token' });
    const { app } = await world.start();
    await app.close();
  });
});
