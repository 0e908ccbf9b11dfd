/**
 * A dataset of very many tiny files through the whole bot: looked up, fetched, paused, cancelled, cut off by kill -9, looked
 * after, verified, brought to a newer commit, removed. Prints for each how long the program's event loop stood still at the longest, a
 * table for each size.
 *
 *     node bench/long.ts [--files=10000,30000,100000] [--stages=fetching,after] [--profile=<folder>]
 *
 * With `--stages=after` it is fetched at a stretch, and what comes then is measured; with `--stages=fetching` nothing comes then.
 * With `--profile` the bot is never killed but asked to end, and leaves what it did in that folder (Node's --cpu-prof).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type BotApi, startBotApi } from '../playground/telegram/bot-api.ts';
import { startWatchedBot, type WatchedBot } from './crowd/watched-bot.ts';
import { lookAtRows } from './storm/rows.ts';

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '10000,30000,100000' },
    stages: { type: 'string', default: 'fetching,after' },
    profile: { type: 'string' },
  },
});
const OWNER = 1001;
const NAME = 'long/list';
const LOOK_MS = 100;
/** After something has become of a model, until the bot has said so and cleaned up. */
const SETTLE_MS = 3000;
const LONGEST_MS = 900_000;

const startBot = (folder: string, telegram: BotApi, hubUrl: string): Promise<WatchedBot> =>
  startWatchedBot({
    folder,
    telegram,
    hubUrl,
    owners: [OWNER],
    profile: options.profile,
    env: { HUBGRAM_MIN_FREE_SPACE: '1MB', HUBGRAM_LOG_LEVEL: 'error' },
  });

const startHub = async (files: number): Promise<{ readonly url: string; readonly child: ChildProcess }> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'long/hub.ts'), String(files)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: line.toString().trim(), child };
};

/** What the rows say. */
const readerOf = (folder: string) => {
  const value = (sql: string): unknown => lookAtRows(join(folder, 'data'), (rows) => rows.value(sql));
  return {
    status: (): unknown => value('SELECT status FROM models WHERE enabled'),
    /** Of the copy that the model has: one that is listed only is none. */
    commitHeld: (): unknown =>
      value('SELECT commit_sha FROM copies JOIN models ON models.copy_id = copies.id WHERE enabled'),
    /** Of its bytes; written down every few seconds. */
    arrived: (): number =>
      Number(
        value('SELECT 1.0 * bytes_downloaded / max(1, total_bytes) FROM download_sessions ORDER BY id DESC LIMIT 1'),
      ),
    isVerified: (): boolean => value('SELECT state FROM verifications ORDER BY id DESC LIMIT 1') === 'done',
  };
};

const until = async (isSo: () => boolean): Promise<void> => {
  const by = performance.now() + LONGEST_MS;
  while (!isSo()) {
    if (performance.now() > by) throw new Error('It came to nothing.');
    await sleep(LOOK_MS);
  }
};

const cell = (number: number, unit: string): string => `${number.toFixed(0)} ${unit}`.padStart(10);

type Stage = readonly [what: string, work: () => Promise<void>];

interface Place {
  readonly folder: string;
  readonly files: number;
  readonly telegram: BotApi;
  readonly hub: Awaited<ReturnType<typeof startHub>>;
}

const run = async ({ folder, files, telegram, hub }: Place): Promise<void> => {
  const { status, commitHeld, arrived, isVerified } = readerOf(folder);
  let bot = await startBot(folder, telegram, hub.url);
  const say = (text: string): void => void telegram.say(OWNER, OWNER, text);
  const press = async (button: string): Promise<void> => {
    const message = await telegram.waitFor(() =>
      telegram
        .messages(OWNER)
        .findLast(({ reply_markup: markup }) =>
          markup?.inline_keyboard.flat().some(({ text }) => text.startsWith(button)),
        ),
    );
    const label = message.reply_markup?.inline_keyboard.flat().find(({ text }) => text.startsWith(button))?.text;
    telegram.press(OWNER, OWNER, message.message_id, label ?? button);
  };
  const restart = async (): Promise<void> => {
    await bot.end(options.profile === undefined ? 'SIGKILL' : 'SIGTERM');
    bot = await startBot(folder, telegram, hub.url);
    // A program that starts has nobody to answer yet.
    await bot.report();
  };
  /** A short list may have come before anybody could stop it. */
  const becomes = (what: string): Promise<void> => until(() => status() === what || status() === 'completed');
  const comes = (share: number): Promise<void> =>
    until(() => status() === 'completed' || (status() === 'downloading' && arrived() >= share));

  const fetching: readonly Stage[] = [
    ['looked up', async () => (say(`/add datasets/${NAME} later`), becomes('pending'))],
    ['a third fetched', async () => (say(`/download ${NAME}`), comes(0.3))],
    ['paused', async () => (say(`/pause ${NAME}`), becomes('paused'))],
    ['resumed, to the half', async () => (say(`/resume ${NAME}`), comes(0.5))],
    ['kill -9, to the end', async () => (await restart(), becomes('completed'))],
  ];
  const atOnce: Stage = ['fetched at a stretch', async () => (say(`/add datasets/${NAME} now`), becomes('completed'))];
  const after: readonly Stage[] = [
    ['kill -9, looked after', async () => (await restart(), sleep(files / 5))],
    ['verified', async () => (say(`/verify ${NAME}`), until(isVerified))],
    [
      'a newer commit',
      async () => {
        hub.child.kill('SIGUSR1');
        say(`/add datasets/${NAME} now`);
        await until(() => String(commitHeld()).startsWith('d'));
      },
    ],
    ['asked to remove', async () => (say(`/remove ${NAME}`), sleep(1000))],
    ['removed', async () => (await press('Files too'), until(() => status() === undefined))],
    ['with its files', async () => (await press('Free it now'), until(() => commitHeld() === undefined))],
    ['added anew, a third', async () => (await sleep(5000), say(`/add datasets/${NAME} now`), comes(0.3))],
    [
      'cancelled',
      async () => {
        if (status() === 'completed') return;
        say(`/cancel ${NAME}`);
        await press('Yes, cancel');
        await becomes('paused');
      },
    ],
  ];
  const isWanted = (part: string): boolean => options.stages.split(',').includes(part);
  const stages = [...(isWanted('fetching') ? fetching : [atOnce]), ...(isWanted('after') ? after : [])];
  await sleep(SETTLE_MS);
  const { rssMb: idleMb } = await bot.report();
  console.log(`${files} files`.padEnd(26), 'longest stall   its own work   99 % of waits  most memory    seconds');
  console.log('idle'.padEnd(26 + 36), cell(idleMb, 'MB'));
  try {
    for (const [what, work] of stages) {
      const from = performance.now();
      await work();
      const seconds = (performance.now() - from) / 1000;
      await sleep(SETTLE_MS);
      const { longestMs, longestWorkMs, p99Ms, mostMb } = await bot.report();
      const cells = [
        cell(longestMs, 'ms'),
        cell(longestWorkMs, 'ms'),
        cell(p99Ms, 'ms'),
        cell(mostMb, 'MB'),
        cell(seconds, 's'),
      ];
      console.log(what.padEnd(26), ...cells);
    }
  } finally {
    await bot.end('SIGTERM');
  }
};

const measure = async (files: number): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-long-'));
  const hub = await startHub(files);
  const telegram = await startBotApi();
  telegram.addUser({ id: OWNER, firstName: 'Owner', started: true });
  try {
    await run({ folder, files, telegram, hub });
  } finally {
    await telegram.close();
    hub.child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
};

for (const files of options.files.split(',')) await measure(Number(files));
