import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KEEPS_NO_SOURCES } from '../helpers/world.ts';

const SRC = join(import.meta.dirname, '../../src');

/** Tells on its last line what is loaded when the process ends. */
const TELLS = `
import { registerHooks } from 'node:module';
${KEEPS_NO_SOURCES}
const told = { loaded: [], asked: [] };
registerHooks({
  resolve: (specifier, context, next) => (told.asked.push(specifier), next(specifier, context)),
  load: (url, context, next) => (told.loaded.push(url), next(url, context)),
});
process.on('exit', () => console.log('\\n' + JSON.stringify(told)));`;
const TELLING = ['--import', `data:text/javascript,${encodeURIComponent(TELLS)}`];

interface Told {
  /** The modules that it loads. */
  readonly loaded: readonly string[];
  /** What Node itself has to find: a hook that finds something itself, and came later, asks no earlier one. */
  readonly asked: readonly string[];
}

/** What a run of Node does. @param words behind `node` */
const toldBy = async (...words: string[]): Promise<Told> => {
  const { stdout } = await promisify(execFile)(process.execPath, [...TELLING, ...words]);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Told;
};

const loadedWith = async (file: string): Promise<readonly string[]> =>
  (await toldBy('--input-type=module', '--eval', `await import(${JSON.stringify(join(SRC, file))})`)).loaded;

/** What of these modules lies in packages. */
const packagesOf = (modules: readonly string[]): string[] => [
  ...new Set(modules.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1] ?? [])),
];

/** And what in this folder of the sources. */
const inFolder = (modules: readonly string[], folder: string): string[] =>
  modules.flatMap((url) => (url.includes(`/src/${folder}/`) ? url.slice(url.indexOf('/src/') + 5) : []));

it('who is alone loads nothing that speaks to Redis, and a host nothing that speaks to Telegram', async () => {
  const bot = packagesOf(await loadedWith('app/parts.ts'));
  expect(bot).toContain('grammy');
  expect(bot.filter((name) => ['bullmq', 'ioredis'].includes(name))).toEqual([]);
  const host = packagesOf(await loadedWith('app/host.ts'));
  expect(host).toContain('bullmq');
  expect(host.filter((name) => /grammy/.test(name))).toEqual([]);
});

describe('before a download that waits can ask for its first bytes', () => {
  it('nothing is loaded of what people see and say', async () => {
    const modules = await loadedWith('app/app.ts');
    expect(packagesOf(modules).toSorted()).toEqual([
      '@huggingface/tasks',
      'better-sqlite3',
      'croner',
      'p-queue',
      'zod',
    ]);
    expect(inFolder(modules, 'bot').filter((file) => !file.startsWith('bot/telegram/'))).toEqual([]);
    expect(inFolder(modules, 'library')).toEqual(['library/watching/hub-reach.ts']);
    expect([...inFolder(modules, 'api'), ...inFolder(modules, 'ops/health')]).toEqual([]);
    // Imported, it brings undici with it (`lib/net/node-http`).
    expect(modules).toContain('node:net');
    expect(modules).not.toContain('node:http');
    // A third of a millisecond each, on a machine of 2025.
    expect(modules.filter((url) => url.startsWith('file:')).length).toBeLessThan(600);
  });

  it('neither commands of the command line nor the languages of zod are, and Node looks for packages, and for none of the sources', async () => {
    const { loaded: modules, asked } = await toldBy(join(SRC, 'start.mjs'), '--version');
    expect(packagesOf(modules)).toContain('zod');
    expect(modules.filter((url) => url.includes('/zod/v4/locales/')).map((url) => url.split('/').at(-1))).toEqual([
      'en.js',
    ]);
    expect(inFolder(modules, 'app/daemon')).not.toContain('app/daemon/commands.ts');
    expect(asked).toContain('zod');
    expect(asked.filter((specifier) => specifier.endsWith('.ts'))).toEqual([]);
  });
});
