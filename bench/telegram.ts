/**
 * Many chats at once, against a stand-in of Telegram with its limits on: is everything told in time, without earning a
 * 429? The same load goes to hubgram and to a plain bot with @grammyjs/transformer-throttler.
 *
 *     node bench/telegram.ts [--seconds=300] [--chats=200] [--groups=20] [--rate=3] [--only=hubgram|throttler]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defineRepo, startSampleHub } from '../playground/hub/sample-hub.ts';
import { type BotApi, startBotApi } from '../playground/telegram/bot-api.ts';
import { delaysOf, measure, type Measured } from './telegram/measure.ts';
import { type ChatUnderLoad, type Load, repoOf, SIZE, SOLO, SOLO_CHAT } from './telegram/plan.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    chats: { type: 'string', default: '200' },
    groups: { type: 'string', default: '20' },
    rate: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const SECONDS = Number(options.seconds);
const RATE = Number(options.rate);
const PRIVATE_PLACES = 3;
const GROUP_PLACES = 5;
/** While the places fill up: more at once is nobody's load. */
const ADDS_PER_SECOND = 5;
const SETTLE_MS = 20_000;
/** The one that is alone has the bot to itself so long. */
const SOLO_MS = 30_000;
const TAIL_MS = 15_000;

const personal: readonly ChatUnderLoad[] = Array.from({ length: Number(options.chats) }, (_, index) => ({
  chatId: 10_000 + index,
  userId: 10_000 + index,
  places: PRIVATE_PLACES,
}));
const groups: readonly ChatUnderLoad[] = Array.from({ length: Number(options.groups) }, (_, index) => ({
  chatId: -(10_000 + index),
  userId: 10_000 + index,
  places: GROUP_PLACES,
}));
const solo: ChatUnderLoad = { chatId: SOLO_CHAT, userId: SOLO_CHAT, places: 0 };
const chats = [...personal, ...groups, solo];
/** Whose turn it is, over and over: in each round a chat comes once for each of its places. */
const turns = Array.from({ length: GROUP_PLACES }, (_, place) => chats.filter(({ places }) => places > place)).flat();

interface Result extends Measured {
  readonly earned429s: number;
  readonly answers: Measured['solo'];
  readonly callsPerSecond: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

const fill = (telegram: BotApi): void => {
  for (const { userId } of [...personal, solo]) telegram.addUser({ id: userId, firstName: `Person ${userId}` });
  for (const { chatId, userId } of groups) {
    if (userId >= 10_000 + personal.length) telegram.addUser({ id: userId, firstName: `Person ${userId}` });
    telegram.addGroup({ id: chatId, title: `Group ${chatId}`, members: [userId], type: 'supergroup' });
  }
};

const usage = async (pid: number): Promise<{ cpuSeconds: number; rssMb: number }> => {
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const ticks = Number(stat[11]) + Number(stat[12]);
  return { cpuSeconds: ticks / 100, rssMb: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024 };
};

const startBot = async (script: string, load: Load): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'telegram', script)], {
    env: { PATH: process.env['PATH'] ?? '', LOAD: JSON.stringify(load) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return child;
};

const runLoad = async (script: string): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-bench-'));
  const telegram = await startBotApi({ limits: true });
  const hub = await startSampleHub();
  fill(telegram);
  const fillMs = (turns.length / ADDS_PER_SECOND) * 1000 + SETTLE_MS;
  const soloFrom = Date.now() + 3000;
  const begun = soloFrom + SOLO_MS;
  const from = begun + fillMs;
  const to = from + SECONDS * 1000;
  const load: Load = {
    apiRoot: telegram.apiRoot,
    token: telegram.token,
    hubUrl: hub.url,
    folder,
    chats,
    firstEndAt: from,
    endsPerSecond: RATE,
    soloEndAt: begun,
  };
  const ownerOf = new Map<number, number>();
  const add = (number: number): void => {
    const { chatId, userId } = turns[number % turns.length] as ChatUnderLoad;
    ownerOf.set(number, chatId);
    hub.addRepo(defineRepo({ id: repoOf(number), files: [{ path: 'model.safetensors', size: SIZE }] }));
    telegram.say(userId, chatId, `/add${chatId < 0 ? '@hubgram_bot' : ''} ${repoOf(number)}`);
  };
  const child = await startBot(script, load);
  const { pid = 0 } = child;
  try {
    hub.addRepo(defineRepo({ id: SOLO, files: [{ path: 'model.safetensors', size: SIZE }] }));
    telegram.say(solo.userId, solo.chatId, '/start');
    telegram.say(solo.userId, solo.chatId, `/add ${SOLO}`);
    await sleep(Math.max(0, begun - Date.now()));
    for (let number = 0; number < turns.length; number += 1) {
      add(number);
      await sleep(Math.max(0, begun + ((number + 1) / ADDS_PER_SECOND) * 1000 - Date.now()));
    }
    await sleep(Math.max(0, from - Date.now()));
    const before = { ...(await usage(pid)), calls: telegram.calls.length };
    const answers: Promise<number | undefined>[] = [];
    let next = turns.length;
    const ended: { number: number; chatId: number }[] = [];
    for (let tick = 0; tick < SECONDS * RATE; tick += 1) {
      await sleep(Math.max(0, from + (tick / RATE) * 1000 - Date.now()));
      // Where one has ended, the next one is asked for.
      ended.push({ number: tick, chatId: ownerOf.get(tick) ?? 0 });
      add(next);
      next += 1;
      if (tick % RATE === 0) answers.push(ask(telegram, chats[(tick * 7) % (chats.length - 1)] as ChatUnderLoad));
    }
    await sleep(Math.max(0, to + TAIL_MS - Date.now()));
    const after = { ...(await usage(pid)), calls: telegram.calls.length };
    return {
      ...measure(load, (chatId) => telegram.messages(chatId), { ended, from, to, soloFrom }),
      earned429s: telegram.earned429s(),
      answers: delaysOf(await Promise.all(answers)),
      callsPerSecond: (after.calls - before.calls) / (SECONDS + TAIL_MS / 1000),
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      rssMb: after.rssMb,
    };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await telegram.close();
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  }
};

/** @returns milliseconds until the answer; undefined if none came in half a minute */
const ask = async (telegram: BotApi, { chatId, userId }: ChatUnderLoad): Promise<number | undefined> => {
  const asked = telegram.say(userId, chatId, `/help${chatId < 0 ? '@hubgram_bot' : ''} queue`);
  const askedAt = Date.now();
  const isAnswer = (message: { message_id: number; text?: string }): boolean =>
    message.message_id > asked.message_id && message.text?.startsWith('Controlling downloads') === true;
  return new Promise((resolve) => {
    const end = (ms: number | undefined): void => {
      clearTimeout(timer);
      stop();
      resolve(ms);
    };
    const stop = telegram.onChange((change) => {
      if (change.kind !== 'message' || change.chat.id !== chatId) return;
      if (telegram.messages(chatId).some(isAnswer)) end(Date.now() - askedAt);
    });
    const timer = setTimeout(() => end(undefined), 30_000);
  });
};

const seconds = (ms: number): string => (Number.isNaN(ms) ? 'never' : `${(ms / 1000).toFixed(1)} s`);

const cell = ({ median, p99, worst, missing, count }: Measured['solo']): string =>
  `${seconds(median)} / ${seconds(p99)} / ${seconds(worst)}${missing > 0 ? `, ${missing} of ${count} missing` : ''}`;

const ROWS: readonly (readonly [string, (result: Result) => string])[] = [
  ['429s earned', (result) => String(result.earned429s)],
  ['final state drawn, private', (result) => cell(result.finals.private)],
  ['final state drawn, groups', (result) => cell(result.finals.groups)],
  ['notice told, private', (result) => cell(result.notices.private)],
  ['notice told, groups', (result) => cell(result.notices.groups)],
  ['answer to a command', (result) => cell(result.answers)],
  ['a card stood still, private', (result) => cell(result.stale.private)],
  ['a card stood still, groups', (result) => cell(result.stale.groups)],
  ['one download alone with the bot stood still', (result) => cell(result.solo)],
  ['calls a second', (result) => result.callsPerSecond.toFixed(1)],
  ['CPU seconds', (result) => result.cpuSeconds.toFixed(0)],
  ['peak RSS', (result) => `${result.rssMb.toFixed(0)} MB`],
];

const contenders = [
  ['hubgram', 'bot.ts'],
  ['throttler', 'naive.ts'],
] as const;
const results: [string, Result][] = [];
for (const [name, script] of contenders) {
  if (options.only === undefined || options.only === name) results.push([name, await runLoad(script)]);
}
console.log(
  `${personal.length} chats with ${PRIVATE_PLACES} downloads, ${groups.length} groups with ${GROUP_PLACES}, ${SECONDS} s, ${RATE} ends and ${RATE} adds a second; median / p99 / worst\n`,
);
console.log(`| | ${results.map(([name]) => name).join(' | ')} |`);
console.log(`|---|${results.map(() => '---|').join('')}`);
for (const [label, show] of ROWS) {
  console.log(`| ${label} | ${results.map(([, result]) => show(result)).join(' | ')} |`);
}
