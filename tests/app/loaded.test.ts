import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const APP = join(import.meta.dirname, '../../src/app');

/** Tells the packages that are loaded with a file. */
const TELLS = `
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({
  load: (url, context, next) => {
    const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\/(?!.*node_modules)/.exec(url) ?? [];
    if (name) loaded.add(name);
    return next(url, context);
  },
});
await import(process.argv[1]);
console.log(JSON.stringify([...loaded]));`;

const packagesOf = async (file: string): Promise<string[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    TELLS,
    join(APP, file),
  ]);
  return JSON.parse(stdout) as string[];
};

it('who is alone loads nothing that speaks to Redis, and a host nothing that speaks to Telegram', async () => {
  const bot = await packagesOf('app.ts');
  expect(bot).toContain('grammy');
  expect(bot.filter((name) => ['bullmq', 'ioredis'].includes(name))).toEqual([]);
  const host = await packagesOf('host.ts');
  expect(host).toContain('bullmq');
  expect(host.filter((name) => /grammy/.test(name))).toEqual([]);
});
