/** The same over a real Redis: the whole bot as a process, against a stand-in of Telegram with its limits on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startSampleHub } from '../../playground/hub/sample-hub.ts';
import { startBotApi } from '../../playground/telegram/bot-api.ts';
import { THIS_HOST } from '../../src/domain/hosts/host.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { joinHost } from '../../tests/helpers/hosts.ts';
import { startRedis } from '../../tests/helpers/redis.ts';
import { startWatchedBot } from '../crowd/watched-bot.ts';
import { delaysOf } from '../telegram/measure.ts';
import { type Asked, askAll, type Question } from './asking.ts';

export interface Crowd {
  readonly hosts: number;
  /** Of each. */
  readonly models: number;
  /** At once on each. */
  readonly places: number;
  /** At most. */
  readonly seconds: number;
  /** Where the bot's time went is left in this folder. */
  readonly profile: string | undefined;
}

/** Whose models they are: their cards change all the time. */
const OWNERS = [1001, 1002, 1003, 1004, 1005];
/** Nothing of theirs is downloaded: whatever is late is late by what the others do. */
const OTHERS = Array.from({ length: 10 }, (_, index) => 2001 + index);
/** The same, who add a model that all of the others have as well. */
const ADDING = [3001, 3002];
/** What people take for at once. */
const IN_TIME_MS = 100;
const SIZE = 1_000_000_000;
/** Of each of the others, complete. */
const THERE = 100;

/** Then the bot has loaded what it needs, and heard of all machines. */
const STARTED_MS = 5000;

const nameOf = (index: number): string => `host-${index}`;

const QUESTIONS: readonly Question[] = [
  { text: '/hosts', answer: /host-0/ },
  { text: '/library', answer: /./ },
  { text: '/queue', answer: /./ },
  { text: '/status', answer: /./ },
  { text: '/storage host-3', answer: /./ },
  { text: '/model org/there-3', answer: /./ },
];

/** Its card comes when the Hub has answered, and with the board's next look at the rows, four times a second. */
const OF_THE_HUB: readonly Question[] = [{ text: '/add sample/tiny-llama', answer: /./ }];

const addPerson = (store: Store, userId: number): void => {
  store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
  store.users.setRole(userId, 'owner');
  store.chats.upsertChat({ chatId: userId, kind: 'private', title: `Person ${userId}` });
};

const addModel = (store: Store, chatId: number, name: string, [hostId, at]: readonly [number, number]): number => {
  const etag = at.toString(16).padStart(40, '0');
  const files = [{ path: 'model.safetensors', size: SIZE, etag }];
  return store.models.createModel({ chatId, name, hostId, commitSha: 'c'.repeat(40), sizeBytes: SIZE, files }).id;
};

/** Models that wait, each with its card, and some that are there. */
const fill = (store: Store, { hosts, models }: Crowd): void => {
  for (const userId of [...OWNERS, ...OTHERS, ...ADDING]) addPerson(store, userId);
  const ids = Array.from({ length: hosts }, (_, host) => joinHost(store, nameOf(host)));
  for (const chatId of OTHERS)
    for (let at = 0; at < THERE; at += 1) {
      const id = addModel(store, chatId, `org/there-${at}`, [ids[at % hosts] ?? 0, hosts * models + at]);
      store.models.moveModel(id, 'pending', 'downloading');
      store.models.moveModel(id, 'downloading', 'completed');
    }
  for (let at = 0; at < hosts * models; at += 1) {
    const chatId = OWNERS[at % OWNERS.length] ?? 0;
    const modelId = addModel(store, chatId, `org/model-${at % models}`, [ids[Math.floor(at / models)] ?? 0, at]);
    store.cards.putCard({ modelId, chatId, threadId: null, messageId: null, replyTo: null });
  }
};

const startHosts = async (url: string, hosts: number): Promise<ChildProcess> => {
  const names = Array.from({ length: hosts }, (_, index) => nameOf(index));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hosts.ts'), url, ...names], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // They stand for other machines: what they work is not to be missing to the bot.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return child;
};

const memoryOf = async (redis: Redis): Promise<{ readonly used: number; readonly rss: number }> => {
  const info = await redis.info('memory');
  const read = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return { used: read('used_memory_peak'), rss: read('used_memory_rss') };
};

const ms = (value: number): string => `${value.toFixed(0)} ms`.padStart(9);

/** @returns whether all were answered, 99 of 100 of them in time */
const tellAnswers = (what: string, asked: readonly Asked[]): boolean => {
  const row = (name: string, of: readonly Asked[]): boolean => {
    const [felt, inBot] = [delaysOf(of.map((one) => one.felt)), delaysOf(of.map((one) => one.inBot))];
    const missing = felt.missing > 0 ? `  ${felt.missing} never answered` : '';
    const times = [felt.median, felt.p99, felt.worst, inBot.median, inBot.p99, inBot.worst].map(ms).join('');
    console.log(`${`${name} (${of.length})`.padEnd(44)}${times}${missing}`);
    return felt.missing === 0 && felt.p99 <= IN_TIME_MS;
  };
  const held = row(what, asked);
  for (const [question, of] of Map.groupBy(asked, (one) => one.question)) row(`  ${question}`, of);
  return held;
};

/** All processes of it, and their end. */
const openCrowd = async (crowd: Crowd) => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-hosts-crowd-'));
  mkdirSync(join(folder, 'data'), { recursive: true });
  const database = join(folder, 'data', 'hubgram.db');
  const store = openStore(database, { clock });
  store.atomically(() => fill(store, crowd));
  store.close();
  const redis = await startRedis();
  const client = new Redis(redis.path);
  const telegram = await startBotApi({ limits: true });
  for (const id of [...OWNERS, ...OTHERS, ...ADDING])
    telegram.addUser({ id, firstName: `Person ${id}`, started: true });
  const hub = await startSampleHub();
  const hosts = await startHosts(redis.path, crowd.hosts);
  return {
    database,
    client,
    telegram,
    startBot: () =>
      startWatchedBot({
        folder,
        telegram,
        hubUrl: hub.url,
        owners: OWNERS,
        profile: crowd.profile,
        env: {
          HUBGRAM_LOG_LEVEL: 'error',
          HUBGRAM_REDIS_URL: redis.path,
          HUBGRAM_CONCURRENT_DOWNLOADS: String(crowd.places),
        },
      }),
    close: async () => {
      hosts.kill('SIGKILL');
      client.disconnect();
      await redis.close();
      await telegram.close();
      await hub.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** @returns how many are complete, once all are or time is up */
const untilComplete = async (database: string, wanted: number, seconds: number): Promise<number> => {
  const rows = openStore(database, { clock });
  const until = performance.now() + seconds * 1000;
  try {
    for (;;) {
      const there = rows.hosts.countByHost().filter(({ hostId }) => hostId !== THIS_HOST);
      const completed = there.reduce((sum, { complete }) => sum + complete, 0) - OTHERS.length * THERE;
      if (completed >= wanted || performance.now() > until) return completed;
      await sleep(500);
    }
  } finally {
    rows.close();
  }
};

/** @returns whether all came in time, answers too, Redis stayed below 100 MB, and Telegram had nothing to refuse */
export const crowdOverRedis = async (crowd: Crowd): Promise<boolean> => {
  const { database, client, telegram, startBot, close } = await openCrowd(crowd);
  const wanted = crowd.hosts * crowd.models;
  const since = performance.now();
  const bot = await startBot();
  try {
    await sleep(STARTED_MS);
    const start = await bot.report();
    const over = new AbortController();
    const ask = (people: readonly number[], questions: readonly Question[]): Promise<readonly Asked[]> =>
      askAll(
        telegram,
        people.map((userId) => ({ userId, questions })),
        over.signal,
      );
    const asked = Promise.all([ask(OTHERS, QUESTIONS), ask(OWNERS, QUESTIONS.slice(0, 1)), ask(ADDING, OF_THE_HUB)]);
    const completed = await untilComplete(database, wanted, crowd.seconds);
    const took = (performance.now() - since) / 1000;
    const { longestMs, longestWorkMs, rssMb, peakMb } = await bot.report();
    over.abort();
    const [others, owners, adding] = await asked;
    const memory = await memoryOf(client);
    console.log(
      `${crowd.hosts} hosts × ${crowd.models} models over Redis, ${crowd.places} at once on each: ${completed} complete in ${took.toFixed(0)} s`,
    );
    console.log(
      `Redis: ${(memory.used / 1e6).toFixed(1)} MB used at most, ${(memory.rss / 1e6).toFixed(1)} MB of memory`,
    );
    console.log(`Telegram: ${telegram.calls.length} calls, ${telegram.earned429s()} times 429`);
    console.log(`the bot: ${rssMb.toFixed(0)} MB, ${peakMb.toFixed(0)} MB at most`);
    console.log(`${'its event loop stands still'.padEnd(44)}  at most     work`);
    console.log(`${'  while it starts'.padEnd(44)}${ms(start.longestMs)}${ms(start.longestWorkMs)}`);
    console.log(`${'  then'.padEnd(44)}${ms(longestMs)}${ms(longestWorkMs)}`);
    console.log(`${'answers'.padEnd(44)}   median     99 %  longest   in the bot: the same`);
    const inTime = tellAnswers('in chats of their own', others);
    tellAnswers('in chats whose cards change', owners);
    tellAnswers('after the Hub has answered', adding);
    console.log(`99 of 100 answers within ${IN_TIME_MS} ms: ${inTime ? 'holds' : 'does not hold'}`);
    return completed === wanted && memory.used < 100e6 && telegram.earned429s() === 0 && inTime;
  } finally {
    await bot.end(crowd.profile === undefined ? 'SIGKILL' : 'SIGTERM');
    await close();
  }
};
