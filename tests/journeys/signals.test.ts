import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { KEEPS_NO_SOURCES, openWorld, type World } from '../helpers/world.ts';

let world: World;
afterEach(async () => {
  await world?.close();
});

/** Sends a process, itself unless told, a signal at the moment when it loads a file of its own, and keeps it from hearing it later. */
const signalAt = (file: string, signal: string, pid = 'process.pid') => {
  const hooks = `import { registerHooks } from 'node:module';
    ${KEEPS_NO_SOURCES}
    let isSent = false;
    registerHooks({ load: (url, context, next) => {
      if (!isSent && url.endsWith('/${file}')) { isSent = true; process.kill(${pid}, '${signal}'); }
      return next(url, context);
    } });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}` };
};

// Not by a clock: the moment is when `main.ts` begins to load the rest, half a second before it could do anything.
it.each([
  ['SIGTERM', 'app.ts'],
  ['SIGINT', 'app.ts'],
  ['SIGHUP', 'app.ts'],
])('%s while %s is loaded ends the bot with 0, and nothing was begun', async (signal, file) => {
  world = await openWorld({ isFirstStart: true });
  const bot = world.start(signalAt(file, signal));
  expect(await bot.exited).toBe(0);
  expect(bot.output()).toBe('');
  expect(existsSync(world.dataDir)).toBe(false);
  expect(world.telegram.calls).toEqual([]);
});

it('SIGTERM while the bot is loaded, when downloads may go on already, ends it with 0, and Telegram was not asked', async () => {
  world = await openWorld();
  const bot = world.start(signalAt('bot.ts', 'SIGTERM'));
  expect(await bot.exited).toBe(0);
  expect(bot.output()).not.toContain('is running');
  expect(world.telegram.calls).toEqual([]);
});

/** As npm does, which hands on the Ctrl-C that the terminal has sent to both: a signal comes once more when it has been heard. */
const AGAIN = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    "process.once('SIGINT', () => setImmediate(() => process.kill(process.pid, 'SIGINT')));",
  )}`,
};

it('a Ctrl-C that npm hands on as well is one: the bot ends as it was told to', async () => {
  world = await openWorld();
  const bot = world.start(AGAIN);
  await bot.printed('is running');
  expect(await bot.kill('SIGINT')).toBe(0);
  expect(bot.output()).toContain('hubgram stops, as it was told to');
});

it('a terminal that closes ends the bot as it ends when it is told to', async () => {
  world = await openWorld();
  const bot = world.start();
  await bot.printed('is running');
  expect(await bot.kill('SIGHUP')).toBe(0);
  expect(bot.output()).toContain('hubgram stops, as it was told to');
});

it('Ctrl-C ends a doctor that waits for an answer', async () => {
  world = await openWorld();
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const asked = once(silent, 'connection');
  const { port } = silent.address() as AddressInfo;
  const doctor = world.start({ ...AGAIN, TELEGRAM_API_ROOT: `http://127.0.0.1:${port}` }, ['doctor']);
  const [socket] = (await asked) as [Socket];
  expect(await doctor.kill('SIGINT')).toBe(1);
  expect(doctor.output()).toBe('');
  socket.destroy();
  silent.close();
});

/** Processes with numbers of their own, as in a container. */
const CONTAINER = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;
const ENTRYPOINT = join(import.meta.dirname, '../../deploy/entrypoint.sh');
const [command, ...words] = CONTAINER;
const hasContainers = spawnSync(command, [...words, 'true']).status === 0;

// Needs `unshare` and the right to use it.
describe.skipIf(!hasContainers)('as the first process of a container', () => {
  it.each([
    ['main.ts', 'before anything listens'],
    ['bot.ts', 'while the bot is loaded'],
  ])('SIGTERM when %s is asked for, %s, ends it with 0', async (file) => {
    world = await openWorld();
    const env = signalAt(file, 'SIGTERM', '1');
    const bot = world.start(env, [], [...CONTAINER, ENTRYPOINT]);
    expect(await bot.exited).toBe(0);
    expect(world.telegram.calls).toEqual([]);
  });

  it('the exit code is the program’s own', async () => {
    world = await openWorld();
    const bot = world.start({}, ['--no-such-flag'], [...CONTAINER, ENTRYPOINT]);
    expect(await bot.exited).toBe(2);
  });
});
