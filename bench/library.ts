/**
 * A chat with thousands of models: the whole bot as a process, five owners with a library each who list, filter, search, sort,
 * page and look. Prints for each question how long its answer took from being asked to being taken by Telegram, the longest
 * answer in characters and buttons, and the longest stall of the program's event loop.
 *
 *     node bench/library.ts [--models=5000] [--rounds=10] [--profile=<folder>]
 *
 * With `--profile`, where the program's time went is left in that folder (`.cpuprofile`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/lib/clock.ts';
import { type BotApi, startBotApi } from '../playground/telegram/bot-api.ts';
import type { SimMessage } from '../playground/telegram/wire.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { startCrowdHub } from './crowd/hub.ts';
import { startWatchedBot } from './crowd/watched-bot.ts';
import { delaysOf } from './telegram/measure.ts';

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '10' },
    profile: { type: 'string' },
  },
});
const MODELS = Number(options.models);
const OWNERS = [1001, 1002, 1003, 1004, 1005];
/** Slower than Telegram's one message a second, so that no owner waits for a turn of their own. */
const ASK_EVERY_MS = 1500;
const ANSWER_MS = 60_000;

/** What is written, or what is tapped in the list that came last. */
const QUESTIONS = [
  '/library',
  'tap: More ›',
  'tap: Filter',
  '/library completed',
  '/library image smallest',
  '/library #tenth',
  '/library llama',
  '/library zzz-nothing',
  '/model llama-2',
  '/queue',
  '/history',
  '/categories',
] as const;

const folder = mkdtempSync(join(tmpdir(), 'hubgram-library-'));

const putModel = (store: Store, chatId: number, at: number): void => {
  const { id } = store.models.createModel({
    chatId,
    name: `org-${at % 500}/${at % 7 === 0 ? 'llama' : 'model'}-x${'x'.repeat(at % 60)}-${at}`,
    sizeBytes: 1000 + at,
    commitSha: 'c'.repeat(40),
    category: at % 2 ? 'text' : 'image',
    enabled: at % 3 === 0,
    files: [{ path: 'model.safetensors', size: 1000, etag: at.toString(16).padStart(40, '0') }],
  });
  if (at % 10 === 0) store.models.setTags(id, ['tenth', `tag ${at % 50}`]);
  if (at % 3 === 0) return;
  store.models.moveModel(id, 'pending', 'downloading');
  store.models.moveModel(id, 'downloading', 'completed');
};

const fill = (): void => {
  const store = openStore(join(folder, 'data', 'hubgram.db'), { clock: systemClock });
  // Notices of downloads that end would take the turn of answers: a chat has one message a second.
  store.config.setSystemConfig('paused_all', 'true');
  for (const userId of OWNERS) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, 'owner');
    store.chats.upsertChat({ chatId: userId, kind: 'private', title: `Person ${userId}` });
    store.chats.updateChatActivity(userId);
    store.atomically(() => {
      for (let at = 0; at < MODELS; at += 1) putModel(store, userId, at);
    });
  }
  store.close();
};

const lastList = (telegram: BotApi, owner: number): SimMessage | undefined =>
  telegram
    .messages(owner)
    .findLast(({ from, reply_markup: keyboard }) => from?.is_bot === true && keyboard !== undefined);

/** How often the bot has written or changed something in a chat. */
const changesIn = (telegram: BotApi, owner: number): number =>
  telegram
    .messages(owner)
    .filter(({ from }) => from?.is_bot === true)
    .reduce((sum, { history }) => sum + history.length + 1, 0);

/** @returns milliseconds; undefined if no answer came in time */
const ask = async (telegram: BotApi, owner: number, question: string): Promise<number | undefined> => {
  const before = changesIn(telegram, owner);
  const from = performance.now();
  const [, label] = /^tap: (.*)$/.exec(question) ?? [];
  if (label === undefined) telegram.say(owner, owner, question);
  else telegram.press(owner, owner, lastList(telegram, owner)?.message_id ?? 0, label);
  try {
    await telegram.waitFor(() => changesIn(telegram, owner) > before, ANSWER_MS);
    return performance.now() - from;
  } catch {
    return undefined;
  }
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const row = (what: string, cells: readonly string[]): void =>
  print([what.padEnd(26), ...cells.map((cell) => cell.padStart(10))].join(''));

const measure = async (telegram: BotApi): Promise<void> => {
  const times = new Map<string, (number | undefined)[]>();
  const round = async (owner: number): Promise<void> => {
    for (const question of QUESTIONS) {
      const [ms] = await Promise.all([ask(telegram, owner, question), sleep(ASK_EVERY_MS)]);
      times.set(question, [...(times.get(question) ?? []), ms]);
    }
  };
  const several = async (owner: number, index: number): Promise<void> => {
    await sleep((index * ASK_EVERY_MS) / OWNERS.length);
    for (let at = 0; at < Number(options.rounds); at += 1) await round(owner);
  };
  await Promise.all(OWNERS.map(several));
  row('', ['median', '99 %', 'worst', 'missing']);
  for (const [question, samples] of times) {
    const { median, p99, worst, missing } = delaysOf(samples);
    row(question, [...[median, p99, worst].map((ms) => `${ms.toFixed(0)} ms`), String(missing)]);
  }
};

const tellLongest = (telegram: BotApi): void => {
  const said = OWNERS.flatMap((owner) => telegram.messages(owner)).filter(({ from }) => from?.is_bot === true);
  const characters = Math.max(...said.map(({ text = '' }) => text.length));
  const buttons = Math.max(...said.map(({ reply_markup: keyboard }) => keyboard?.inline_keyboard.flat().length ?? 0));
  print(`longest answer: ${characters} characters, ${buttons} buttons`);
};

fill();
const telegram = await startBotApi({ limits: true });
for (const id of OWNERS) telegram.addUser({ id, firstName: `Person ${id}`, started: true });
const hub = await startCrowdHub();
const env = { HUBGRAM_LOG_LEVEL: 'fatal', HUBGRAM_CONCURRENT_DOWNLOADS: '1' };
try {
  const bot = await startWatchedBot({
    folder,
    telegram,
    hubUrl: hub.url,
    owners: OWNERS,
    profile: options.profile,
    env,
  });
  try {
    await sleep(3000);
    await bot.report();
    print(
      `${OWNERS.length} libraries of ${MODELS} models each, ${options.rounds} rounds of ${QUESTIONS.length} questions`,
    );
    await measure(telegram);
    const { longestMs, longestWorkMs, rssMb } = await bot.report();
    print(`longest stall ${longestMs.toFixed(0)} ms, own work ${longestWorkMs.toFixed(0)} ms, ${rssMb.toFixed(0)} MB`);
    tellLongest(telegram);
  } finally {
    await bot.end('SIGTERM');
  }
} finally {
  await telegram.close();
  hub.close();
  rmSync(folder, { recursive: true, force: true });
}
