import { existsSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;
afterEach(async () => {
  await world?.close();
});

/** Sends the process a signal at the moment when it asks for a file of its own, and keeps it from hearing it later. */
const signalAt = (file: string, signal: string): string => {
  const hooks = `import { registerHooks } from 'node:module';
    let isSent = false;
    registerHooks({ resolve: (name, context, next) => {
      if (!isSent && name.endsWith('/${file}')) { isSent = true; process.kill(process.pid, '${signal}'); }
      return next(name, context);
    } });`;
  return `--import=data:text/javascript,${encodeURIComponent(hooks)}`;
};

// Not by a clock: the moment is when `main.ts` begins to load the rest, half a second before it could do anything.
it.each([
  ['SIGTERM', 'app.ts'],
  ['SIGINT', 'app.ts'],
  ['SIGTERM', 'bot.ts'],
])('%s while %s is loaded ends the bot with 0, and nothing was begun', async (signal, file) => {
  world = await openWorld();
  const bot = world.start({ NODE_OPTIONS: signalAt(file, signal) });
  expect(await bot.exited).toBe(0);
  expect(bot.output()).toBe('');
  expect(existsSync(world.dataDir)).toBe(false);
  expect(world.telegram.calls).toEqual([]);
});
