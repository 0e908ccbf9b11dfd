/**
 * How long a program takes from its start to its first request to the Hub; prints a table:
 *
 *     node bench/start.ts [--pairs=10]
 *
 * The downloader of the bench, and the bot as `npm start` runs it, with a download that waits; beside them curl, which
 * has nothing to load, Node with nothing to do, and `hf` where it is installed. They take turns. Processor time is that of all
 * threads until the request is there: on a busy machine it says more than the clock does.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BotApi, startBotApi } from '../playground/telegram/bot-api.ts';
import { AS_STARTED } from './as-started.ts';
import { median } from './transfer/figures.ts';
import { startHub } from './transfer/measure.ts';

const OWNER = 1001;
const LONGEST_MS = 60_000;

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '10' } } });
const work = join(import.meta.dirname, '../data/bench');
const COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/hubgram');
/** As src/start.mjs has it. */
const OWN_SOURCES = join(import.meta.dirname, '../src/own-sources.mjs');
const NODE = [process.execPath, ...AS_STARTED.flags];

/** Milliseconds that all threads of a process have run so far (`/proc/[pid]/schedstat`, in ns). */
const ranMs = (pid: number): number => {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
};

/** Tells of the first request, and answers nothing. */
const startListener = async () => {
  let heard: (() => void) | undefined;
  const server = createServer(() => heard?.()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: (): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      heard = resolve;
      return promise;
    },
    close: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};

type Listener = Awaited<ReturnType<typeof startListener>>;

interface Started {
  readonly wallMs: number;
  readonly cpuMs: number;
}

interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const kill = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
};

const startOnce = async ({ command, env }: Program, listener: Listener): Promise<Started> => {
  const [file = '', ...rest] = command;
  const heard = listener.next();
  const began = performance.now();
  const child = spawn(file, rest, { cwd: work, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new AbortController();
  const early = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error(`${file} has ended and asked nothing`);
  });
  early.catch(() => undefined);
  await Promise.race([heard, early]);
  const started = { wallMs: performance.now() - began, cpuMs: ranMs(child.pid ?? 0) };
  ended.abort();
  await kill(child);
  return started;
};

/** Asks as soon as Node runs it: what no program on Node can be quicker than. */
const oneLine = (endpoint: string): string => `require('node:http').get(${JSON.stringify(endpoint)})`;

const botEnv = (telegram: BotApi, endpoint: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: work,
  BOT_TOKEN: telegram.token,
  TELEGRAM_API_ROOT: telegram.apiRoot,
  HF_ENDPOINT: endpoint,
  HF_HUB_CACHE: join(work, 'hub'),
  HUBGRAM_DATA_DIR: join(work, 'data'),
  HUBGRAM_OWNERS: String(OWNER),
  HUBGRAM_MIN_FREE_SPACE: '1MB',
  HUBGRAM_LOG_LEVEL: 'warn',
});

const BOT = [...NODE, join(import.meta.dirname, '../src/start.mjs')];

/** Leaves a data folder in which a download waits: the bot is killed in the middle of it. */
const leaveDownload = async (telegram: BotApi): Promise<void> => {
  const hub = await startHub('D', work);
  const bot = spawn(BOT[0] ?? '', BOT.slice(1), {
    cwd: work,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: botEnv(telegram, hub.endpoint),
  });
  try {
    await once(bot.stdout, 'data');
    telegram.say(OWNER, OWNER, `/add ${hub.id} quantize=all now`);
    const isUnderWay = ({ text }: { text?: string }): boolean => /MB\/s/.test(text ?? '');
    await telegram.waitFor(() => telegram.messages(OWNER).find(isUnderWay), LONGEST_MS);
  } finally {
    await kill(bot);
    await hub.stop();
  }
};

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

const programs = (telegram: BotApi, endpoint: string): Program[] => {
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE };
  const hf = { ...env, HF_ENDPOINT: endpoint, HF_HOME: join(work, 'hf') };
  return [
    {
      name: 'the downloader',
      command: [...NODE, '--import', OWN_SOURCES, join(import.meta.dirname, 'transfer/hubgram.ts'), endpoint, work],
      env,
    },
    { name: 'the bot, a download waits', command: BOT, env: botEnv(telegram, endpoint) },
    { name: 'Node with one line', command: [process.execPath, '-e', oneLine(endpoint)], env },
    ...(isThere('curl') ? [{ name: 'curl', command: ['curl', '-sS', endpoint], env }] : []),
    ...(isThere('hf') ? [{ name: 'hf download', command: ['hf', 'download', 'bench/model'], env: hf }] : []),
  ];
};

const row = (name: string, started: readonly Started[]): string => {
  const wall = started.map(({ wallMs }) => wallMs);
  const cells = [median(wall), Math.min(...wall), median(started.map(({ cpuMs }) => cpuMs))];
  return `| ${[name, ...cells.map((ms) => ms.toFixed(0)), started.length].join(' | ')} |`;
};

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const telegram = await startBotApi();
telegram.addUser({ id: OWNER, firstName: 'Owner' });
const listener = await startListener();
try {
  await leaveDownload(telegram);
  const results = new Map<Program, Started[]>(programs(telegram, listener.endpoint).map((one) => [one, []]));
  // The first one of each fills the caches of Node and of the kernel, and does not count.
  for (const one of results.keys()) await startOnce(one, listener);
  for (let pair = 0; pair < Number(values.pairs); pair += 1)
    for (const [one, started] of results) started.push(await startOnce(one, listener));
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}; medians`);
  console.log('\n| from its start to its first request | ms | least ms | processor ms | runs |\n|---|---|---|---|---|');
  for (const [{ name }, started] of results) console.log(row(name, started));
} finally {
  listener.close();
  await telegram.close();
  rmSync(work, { recursive: true, force: true });
}
