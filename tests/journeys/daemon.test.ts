import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { processStart } from '../../src/lib/process-start.ts';
import { commandsOf, type Ran } from '../helpers/commands.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

let world: World;
let pidFile: string;
let logFile: string;
beforeEach(async () => {
  world = await openWorld({
    hub: { repos: [defineRepo({ id: 'sample/small', files: [{ path: 'model.safetensors', size: 1000 }] })] },
  });
  pidFile = join(world.dataDir, 'hubgram.pid');
  logFile = join(world.dataDir, 'logs/hubgram.log');
});
afterEach(async () => {
  for (const pid of new Set([pidIn(pidFile), pidIn(join(world.dataDir, 'playground/hubgram.pid'))])) {
    if (pid !== undefined && isAlive(pid)) await killed(pid);
  }
  await world.close();
});

const pidIn = (path: string): number | undefined =>
  existsSync(path) ? Number(readFileSync(path, 'utf8').trim()) : undefined;

const isAlive = (pid: number): boolean => processStart(pid) !== undefined;

const killed = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isAlive(pid)).toBe(false);
};

/** Runs a command to its end, as a program. */
const run = async (flags: string | readonly string[], env: Record<string, string> = {}): Promise<Ran> => {
  const { exited, output } = world.start(env, typeof flags === 'string' ? flags.split(' ') : flags);
  return { code: await exited, output: output() };
};

/** The same without a program: how each is run by one, the first test shows. */
const look = (words: string, env?: Record<string, string>): Promise<Ran> => commandsOf(world)(words, env);

/** Something else that runs, which nobody may end but this test. */
const stranger = async (): Promise<number> => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(child, 'spawn');
  onTestFinished(() => void child.kill('SIGKILL'));
  return child.pid ?? 0;
};

it('starts in the background, tells how it is to its owner alone, does its work, and stops when it is told to', async () => {
  rmSync(world.dataDir, { recursive: true });
  expect(await run('status')).toEqual({ code: 3, output: 'hubgram does not run.\n' });
  writeFileSync(join(world.folder, 'own.yaml'), 'max_retries: 3\n');
  const started = await run('--config own.yaml start');
  expect(started.code).toBe(0);
  const pid = pidIn(pidFile) ?? 0;
  expect(started.output).toContain(`is running as @hubgram_bot. Models go to ${world.cacheDir}`);
  expect(started.output).toContain(`It runs in the background, process ${pid}.`);
  expect(started.output).toContain('Its end: npm start -- stop --config own.yaml\n');
  expect(isAlive(pid)).toBe(true);
  // What is told in the data folder is for its owner alone.
  expect(statSync(join(world.dataDir, 'hubgram.sock')).mode & 0o777).toBe(0o600);
  expect(statSync(join(world.dataDir, 'logs')).mode & 0o777).toBe(0o700);
  expect(statSync(join(world.dataDir, 'logs/start.log')).mode & 0o777).toBe(0o600);

  world.telegram.say(ANN, ANN, '/add sample/small');
  await world.sees(ANN, 'sample/small · completed');

  const status = await run('status');
  expect(status.code).toBe(0);
  expect(status.output).toMatch(
    new RegExp(
      `^hubgram \\S+ runs as @\\w+\\.\nProcess: {2}${pid}, since \\S+ \\S+ UTC \\(.+\\)\nHealth: {3}well\nQueue: {4}nothing to do\n`,
    ),
  );
  const { code, output } = await look('status --json');
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ running: true, ok: true, pid, health: { ok: true } });

  expect(await run('start')).toEqual({
    code: 4,
    output: expect.stringMatching(
      new RegExp(`^hubgram runs already: process ${pid}, since .+ UTC\\. “npm start -- stop” ends it\\.\n$`),
    ) as string,
  });

  expect(await run('stop')).toEqual({
    code: 0,
    output: `Stopping hubgram, process ${pid} …\nhubgram has ended.\n`,
  });
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(pidFile)).toBe(false);
  expect(existsSync(join(world.dataDir, 'hubgram.sock'))).toBe(false);
  expect(await look('stop')).toEqual({ code: 0, output: 'hubgram does not run.\n' });
});

// What runs in the background was begun with --foreground, by the program that has started it.
it('HUBGRAM_FOREGROUND keeps a start in the foreground: it is known and stopped as well, and ends with 0', async () => {
  const bot = world.start({ HUBGRAM_FOREGROUND: 'true' }, ['start']);
  await bot.printed('is running as');
  expect(pidIn(pidFile)).toBe(bot.child.pid);
  expect((await look('status')).code).toBe(0);
  expect((await look('stop')).code).toBe(0);
  expect(await bot.exited).toBe(0);
});

it('after a kill it does not run, and starts and stops beside what that one left, whatever has its number by then', async () => {
  await run('start');
  const first = pidIn(pidFile) ?? 0;
  await killed(first);
  expect(existsSync(pidFile)).toBe(true);
  // The system takes its lock back when the last of its threads is gone.
  await expect.poll(() => look('status --json')).toEqual({ code: 3, output: '{"running":false}\n' });
  expect((await run('start')).code).toBe(0);
  expect(pidIn(pidFile)).not.toBe(first);
  expect((await look('status')).code).toBe(0);
  const other = await stranger();
  writeFileSync(pidFile, `${other}\n`);
  expect((await look('stop')).code).toBe(0);
  expect(isAlive(other)).toBe(true);
  // It is not its own number any more, so it is not its to remove.
  expect(pidIn(pidFile)).toBe(other);
  rmSync(pidFile);
});

it('a number that is left, and that the system has given to something else, is not believed: nothing is sent to it', async () => {
  const other = await stranger();
  writeFileSync(pidFile, `${other}\n`);
  // What a killed one leaves beside its lock names the number, too.
  const holder = { pid: other, host: hostname(), since: '2026-11-28T20:15:00.000Z', start: 'x:1' };
  writeFileSync(join(world.dataDir, 'hubgram.lock.json'), JSON.stringify(holder));
  writeFileSync(join(world.dataDir, 'hubgram.lock'), '');
  expect((await look('status')).code).toBe(3);
  expect(await look('stop')).toEqual({
    code: 0,
    output: `hubgram does not run. ${pidFile} named process ${other}, which is none of ours or has ended; nothing was sent to it, and the file is gone.\n`,
  });
  expect(isAlive(other)).toBe(true);
  expect(existsSync(pidFile)).toBe(false);
});

it('of two starts at once one wins, and the other says so; another one has no place on its cache, and the playground has its own', async () => {
  const ran = await Promise.all([run('start'), run('start')]);
  expect(new Set(ran.map(({ code }) => code))).toEqual(new Set([0, 4]));
  const pid = pidIn(pidFile);
  // In the moment between taking the folder and saying so, the winner has no name.
  expect(ran.find(({ code }) => code === 4)?.output).toMatch(new RegExp(`process ${pid}\\b|it has not said which`));
  expect((await look('status')).code).toBe(0);

  const elsewhere = join(world.folder, 'elsewhere');
  const refused = await run('start', { HUBGRAM_DATA_DIR: elsewhere });
  expect(refused.code).toBe(4);
  expect(refused.output).toContain(`Another hubgram uses the cache ${world.cacheDir}: process ${pid} on`);
  expect(existsSync(join(elsewhere, 'hubgram.pid'))).toBe(false);

  // Without a token, in the background, beside a real bot.
  const env = { BOT_TOKEN: '', HUBGRAM_PLAYGROUND_PORT: '0' };
  const { code, output } = await run('start', env);
  expect(code).toBe(0);
  const page = /The playground is open: (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1] ?? '';
  expect((await fetch(page)).status).toBe(200);
  expect((await look('status', env)).output).toContain(`Page:     ${page}`);
  expect((await look('stop', env)).code).toBe(0);
  expect((await look('status')).code).toBe(0);
});

describe('a start that does not come up says why, with the exit code that it has in the foreground:', () => {
  it('a mistake in the configuration', async () => {
    rmSync(world.dataDir, { recursive: true });
    const { code, output } = await run('start', { HUBGRAM_CONNECTIONS: 'many' });
    expect(code).toBe(2);
    expect(output).toContain('HUBGRAM_CONNECTIONS is “many”');
    expect(existsSync(world.dataDir)).toBe(false);
  });

  it('a refused token', async () => {
    const token = '4200000001:AAWrong-wrong-wrong-wrong-wrong-wrong-w';
    const { code, output } = await run('start', { BOT_TOKEN: token });
    expect(code).toBe(3);
    expect(output).toBe(
      'Telegram refused the bot token. Get the right one from @BotFather and set BOT_TOKEN.\nSo hubgram does not run.\n',
    );
    expect((await look('status')).code).toBe(3);
    // Besides that, the log says that it was started.
    const logged = readFileSync(logFile, 'utf8').trim().split('\n');
    expect(logged.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ msg: 'hubgram starts' }),
    ]);
    for (const file of ['start.log', 'hubgram.log'])
      expect(readFileSync(join(world.dataDir, 'logs', file), 'utf8')).not.toContain('AAWrong');
  });

  it('a program that dies without a word of its own', async () => {
    const fault = `if (process.argv.includes('--foreground')) { process.stderr.write('Out of memory\\n'); process.exit(77); }`;
    const { code, output } = await run('start', {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
    });
    expect({ code, output }).toEqual({ code: 77, output: 'Out of memory\nSo hubgram does not run.\n' });
  });

  it('a place for its number that will not do', async () => {
    const file = join(world.folder, 'notes.txt');
    writeFileSync(file, 'Not a number.\n');
    const { code, output } = await run('start', { HUBGRAM_PID_FILE: file });
    expect(code).toBe(2);
    expect(output).toContain(`HUBGRAM_PID_FILE is ${file}, and something else lies there, which is left as it is.`);
    expect(readFileSync(file, 'utf8')).toBe('Not a number.\n');
  });
});

it('its log is shown from the end, and followed until Ctrl-C; the link of the first owner is printed, and written nowhere; HUBGRAM_PID_FILE says where its number lies, whatever number lies there before, and it goes with it', async () => {
  const none = await look('logs');
  expect(none).toEqual({
    code: 0,
    output: `There is nothing in the log yet: ${logFile}\n`,
  });
  mkdirSync(join(world.dataDir, 'logs'), { recursive: true });
  writeFileSync(logFile, '{"n":1}\n{"n":2}\n');
  expect(await look('logs')).toEqual({ code: 0, output: '{"n":1}\n{"n":2}\n' });
  expect(await look('logs --tail 1')).toEqual({ code: 0, output: '{"n":2}\n' });
  const following = world.start({}, ['logs', '--tail', '1', '--follow']);
  await following.printed('{"n":2}');
  // A start warns of secrets that others may read.
  writeFileSync(join(world.folder, 'hubgram.yaml'), 'hf_token: hf_abcdefghijklmnop\n', { mode: 0o644 });
  pidFile = join(world.folder, 'run.pid');
  const other = await stranger();
  writeFileSync(pidFile, `${other}\n`);
  const env = { HUBGRAM_PID_FILE: pidFile };
  const { code, output } = await run('start', { ...env, HUBGRAM_OWNERS: '' });
  expect(code).toBe(0);
  await following.printed('hubgram.yaml holds secrets');
  const link = /https:\/\/t\.me\/\w+\?start=claim_(\S+)/.exec(output)?.[1] ?? '';
  expect(link.length).toBeGreaterThan(10);
  for (const file of ['start.log', 'hubgram.log'])
    expect(readFileSync(join(world.dataDir, 'logs', file), 'utf8')).not.toContain(link);
  expect(await following.kill('SIGINT')).toBe(0);

  expect(readFileSync(pidFile, 'utf8')).toMatch(/^\d+\n$/);
  expect(pidIn(pidFile)).not.toBe(other);
  expect(existsSync(join(world.dataDir, 'hubgram.pid'))).toBe(false);
  // Whoever does not know of it finds it all the same: its number is for other programs.
  expect((await look('status')).code).toBe(0);
  expect((await look('stop', env)).code).toBe(0);
  expect(existsSync(pidFile)).toBe(false);
  expect(isAlive(other)).toBe(true);
});

it('a reader of the log that has enough is no fault', async () => {
  mkdirSync(join(world.dataDir, 'logs'), { recursive: true });
  writeFileSync(logFile, '{"n":1}\n');
  const reading = world.start({}, ['logs', '--follow']);
  await reading.printed('{"n":1}');
  reading.child.stdout?.destroy();
  appendFileSync(logFile, '{"n":2}\n');
  expect(await reading.exited).toBe(0);
});
