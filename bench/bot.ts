/**
 * Downloads through the whole bot, and how fast it answers meanwhile; prints a table:
 *
 *     node bench/bot.ts [--scenario=A,C,D] [--connections=16]
 *
 * The bot runs as `npm start` runs it, against a stand-in of Telegram without limits and the bench's Hub. From `/add` to
 * the notice; all the while somebody asks `/help`, again as soon as it was answered, and at rest before that.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type BotApi, startBotApi } from '../playground/telegram/bot-api.ts';
import { AS_STARTED } from './as-started.ts';
import { startHub } from './transfer/measure.ts';
import { type Scenario, SCENARIOS } from './transfer/scenarios.ts';

const OWNER = 1001;
/** They ask in turn, each in a chat of their own and less than once a second: what a chat hears counts against what it hears next. */
const ASKERS = Array.from({ length: 20 }, (_, at) => 1002 + at);
const PAUSE_MS = 100;
const IDLE_QUESTIONS = 30;
const LONGEST_MS = 300_000;

const { values } = parseArgs({
  options: { scenario: { type: 'string', default: 'A,B,C,D' }, connections: { type: 'string', default: '16' } },
});
const work = join(import.meta.dirname, '../data/bench');

/** Of a process: memory in MB, and CPU seconds so far. */
const look = (pid: number): { rss: number; peak: number; cpuS: number } => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / 1e6;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return { rss: read('VmRSS'), peak: read('VmHWM'), cpuS: (Number(fields[11]) + Number(fields[12])) / 100 };
};

const percentile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((left, right) => left - right)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ??
  0;

/** How long the bot takes to answer this person, in milliseconds. */
const askOnce = async (telegram: BotApi, asker: number): Promise<number> => {
  const began = performance.now();
  const { message_id: asked } = telegram.say(asker, asker, '/help');
  const isAnswer = ({ message_id: id, text }: { message_id: number; text?: string }): boolean =>
    id > asked && text?.startsWith('What I understand') === true;
  await telegram.waitFor(() => telegram.messages(asker).findLast(isAnswer), LONGEST_MS);
  return performance.now() - began;
};

const run = async (scenario: Scenario): Promise<string> => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const hub = await startHub(scenario.name, work);
  const telegram = await startBotApi();
  telegram.addUser({ id: OWNER, firstName: 'Owner' });
  for (const id of ASKERS) telegram.addUser({ id, firstName: `Asker ${id}` });
  const bot = spawn(process.execPath, [...AS_STARTED.flags, join(import.meta.dirname, '../src/start.mjs')], {
    cwd: work,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...AS_STARTED.env,
      PATH: process.env['PATH'],
      HOME: work,
      BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      HF_ENDPOINT: hub.endpoint,
      HF_HUB_CACHE: join(work, 'hub'),
      HUBGRAM_DATA_DIR: join(work, 'data'),
      HUBGRAM_OWNERS: [OWNER, ...ASKERS].join(','),
      HUBGRAM_CONNECTIONS: values.connections,
      HUBGRAM_MIN_FREE_SPACE: '1MB',
      HUBGRAM_LOG_LEVEL: 'warn',
    },
  });
  const pid = bot.pid ?? 0;
  let asked = 0;
  const askNext = async (): Promise<number> => {
    await sleep(PAUSE_MS);
    return askOnce(telegram, ASKERS[(asked += 1) % ASKERS.length] ?? OWNER);
  };
  try {
    await once(bot.stdout, 'data');
    const idleMs: number[] = [];
    for (let at = 0; at < IDLE_QUESTIONS; at += 1) idleMs.push(await askNext());
    await sleep(1000);
    const idle = look(pid);
    const began = performance.now();
    telegram.say(OWNER, OWNER, `/add ${hub.id} quantize=all now`);
    const busyMs: number[] = [];
    const notice = telegram.waitFor(
      () => telegram.messages(OWNER).find(({ text }) => /, verified\b|could not/.test(text ?? '')),
      LONGEST_MS,
    );
    let tookMs: number | undefined;
    const done = notice.then(({ text }) => {
      tookMs = performance.now() - began;
      if (!/, verified\b/.test(text ?? '')) throw new Error(text);
    });
    done.catch(() => undefined);
    while (tookMs === undefined) {
      busyMs.push(await Promise.race([askNext(), done.then(() => 0)]));
    }
    await done;
    const answers = busyMs.filter((ms) => ms > 0);
    const after = look(pid);
    const bytes = hub.files.reduce((sum, { size }) => sum + size, 0);
    const cells = [
      `${scenario.name}: ${scenario.title}`,
      (tookMs / 1000).toFixed(2),
      (bytes / 1e3 / tookMs).toFixed(0),
      (((after.cpuS - idle.cpuS) / bytes) * 1e9).toFixed(2),
      idle.rss.toFixed(0),
      (after.peak - idle.rss).toFixed(0),
      [0.5, 0.99].map((share) => percentile(idleMs, share).toFixed(0)).join(' / '),
      [0.5, 0.99, 1].map((share) => percentile(answers, share).toFixed(0)).join(' / '),
      String(answers.length),
    ];
    return `| ${cells.join(' | ')} |`;
  } finally {
    const ended = once(bot, 'exit');
    bot.kill('SIGTERM');
    await ended;
    await telegram.close();
    await hub.stop();
  }
};

console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}\n`);
console.log(
  `| whole bot, ${values.connections} connections | s | MB/s | CPU s/GB | idle MB | above idle | answers at rest ms, p50 / p99 | during p50 / p99 / max | answers |`,
);
console.log('|---|---|---|---|---|---|---|---|---|');
try {
  for (const scenario of SCENARIOS.filter(({ name, tls }) => !tls && values.scenario.split(',').includes(name))) {
    console.log(await run(scenario));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
