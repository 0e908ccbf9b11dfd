import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

/** What nearly every worker loads, and with it most of `src` and `playground`; the last one makes the database that tests begin with. */
const LOADED = [
  'src/app/app.ts',
  'src/app/host.ts',
  'playground/hub/sample-hub.ts',
  'playground/telegram/bot-api.ts',
  'tests/helpers/database.ts',
];

/** Node never lets go of what a file was that is there no more; and while one waits for changes, vitest gives each test another address in each run. */
const KEPT_MOST = 20_000;

/** Lets go of all that Node has kept in a folder, when that has become too much. */
export const emptyIfFull = async (folder: string, most = KEPT_MOST): Promise<void> => {
  const kept = await readdir(folder, { recursive: true }).catch(() => []);
  if (kept.length > most) await rm(folder, { recursive: true, force: true });
};

/** @param flags V8 takes what was kept only under the flags under which it was made */
const load = async (flags: readonly string[], env: NodeJS.ProcessEnv): Promise<void> => {
  const urls = LOADED.map((file) => new URL(`../../${file}`, import.meta.url).href);
  const program = `for (const url of ${JSON.stringify(urls)}) await import(url);`;
  await promisify(execFile)(process.execPath, [...flags, '--input-type=module', '--eval', program], { env });
};

/**
 * Before the first run of tests: all workers, and the programs that their first tests start, would translate and compile the same sources at
 * the same time, each for itself. Two processes do, one with the workers' flags and one with those of programs, and Node keeps what they made.
 */
export const setup = async ({ config }: TestProject): Promise<void> => {
  const folder = config.env['NODE_COMPILE_CACHE'];
  // A run within a test: who has begun that uses the folder.
  if (folder === undefined || folder === process.env['NODE_COMPILE_CACHE']) return;
  await emptyIfFull(folder);
  if (existsSync(folder)) return;
  const env = { ...process.env, NODE_COMPILE_CACHE: folder };
  await Promise.all([load([], env), load(config.execArgv, env)]);
};
