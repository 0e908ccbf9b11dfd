/** The same over a real Redis: the whole bot as a process, against a stand-in of Telegram with its limits on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startSampleHub } from '../../playground/hub/sample-hub.ts';
import { type BotApi, startBotApi } from '../../playground/telegram/bot-api.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { joinHost } from '../../tests/helpers/hosts.ts';
import { startRedis } from '../../tests/helpers/redis.ts';
import { startWatchedBot } from '../crowd/watched-bot.ts';
import { delaysOf } from '../telegram/measure.ts';

export interface Crowd {
  readonly hosts: number;
  /** Of each. */
  readonly models: number;
  /** At once on each. */
  readonly places: number;
  /** At most. */
  readonly seconds: number;
}

const OWNERS = [1001, 1002, 1003, 1004, 1005];
const SIZE = 1_000_000_000;
/** Slower than Telegram's one message a second, so that nobody waits for a turn of their own. */
const ASK_EVERY_MS = 3000;
const NEVER_MS = 60_000;

const nameOf = (index: number): string => `host-${index}`;

/** Models that wait, each with its card. */
const fill = (store: Store, { hosts, models }: Crowd): void => {
  for (const userId of OWNERS) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, 'owner');
    store.chats.upsertChat({ chatId: userId, kind: 'private', title: `Person ${userId}` });
  }
  for (let host = 0; host < hosts; host += 1) {
    const hostId = joinHost(store, nameOf(host));
    for (let at = 0; at < models; at += 1) {
      const chatId = OWNERS[(host * models + at) % OWNERS.length] ?? 0;
      const etag = (host * models + at).toString(16).padStart(40, '0');
      const { id: modelId } = store.models.createModel({
        chatId,
        name: `org/model-${at}`,
        hostId,
        commitSha: 'c'.repeat(40),
        sizeBytes: SIZE,
        files: [{ path: 'model.safetensors', size: SIZE, etag }],
      });
      store.cards.putCard({ modelId, chatId, threadId: null, messageId: null, replyTo: null });
    }
  }
};

/** @returns milliseconds until the bot's next message; undefined: none came in time */
const ask = async (telegram: BotApi, owner: number): Promise<number | undefined> => {
  const since = performance.now();
  const { message_id: asked } = telegram.say(owner, owner, '/hosts');
  const isAnswer = ({ message_id: id, text = '', from }: ReturnType<BotApi['messages']>[number]): boolean =>
    id > asked && from?.is_bot === true && text.includes('host-');
  try {
    await telegram.waitFor(() => telegram.messages(owner).some(isAnswer), NEVER_MS);
    return performance.now() - since;
  } catch {
    return undefined;
  }
};

const startHosts = async (url: string, hosts: number): Promise<ChildProcess> => {
  const names = Array.from({ length: hosts }, (_, index) => nameOf(index));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hosts.ts'), url, ...names], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return child;
};

const memoryOf = async (redis: Redis): Promise<{ readonly used: number; readonly rss: number }> => {
  const info = await redis.info('memory');
  const read = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return { used: read('used_memory_peak'), rss: read('used_memory_rss') };
};

/** @returns whether all came in time, Redis stayed below 100 MB, and Telegram had nothing to refuse */
export const crowdOverRedis = async (crowd: Crowd): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-hosts-crowd-'));
  mkdirSync(join(folder, 'data'), { recursive: true });
  const database = join(folder, 'data', 'hubgram.db');
  const store = openStore(database, { clock });
  store.atomically(() => fill(store, crowd));
  store.close();
  const redis = await startRedis();
  const client = new Redis(redis.path);
  const telegram = await startBotApi({ limits: true });
  for (const id of OWNERS) telegram.addUser({ id, firstName: `Person ${id}`, started: true });
  const hub = await startSampleHub();
  const hosts = await startHosts(redis.path, crowd.hosts);
  const env = {
    HUBGRAM_LOG_LEVEL: 'error',
    HUBGRAM_REDIS_URL: redis.path,
    HUBGRAM_CONCURRENT_DOWNLOADS: String(crowd.places),
  };
  const since = performance.now();
  const bot = await startWatchedBot({ folder, telegram, hubUrl: hub.url, owners: OWNERS, profile: undefined, env });
  const wanted = crowd.hosts * crowd.models;
  const answers: Promise<number | undefined>[] = [];
  let completed = 0;
  try {
    const rows = openStore(database, { clock });
    for (let turn = 0; completed < wanted && performance.now() - since < crowd.seconds * 1000; turn += 1) {
      answers.push(ask(telegram, OWNERS[turn % OWNERS.length] ?? 0));
      await sleep(ASK_EVERY_MS / OWNERS.length);
      completed = rows.models.countByStatus('completed');
    }
    rows.close();
    const took = (performance.now() - since) / 1000;
    const { longestMs, longestWorkMs, rssMb } = await bot.report();
    const { median, p99, worst, missing, count } = delaysOf(await Promise.all(answers));
    const memory = await memoryOf(client);
    const ms = (value: number): string => `${value.toFixed(0)} ms`;
    console.log(
      `${crowd.hosts} hosts × ${crowd.models} models over Redis, ${crowd.places} at once on each: ${completed} complete in ${took.toFixed(0)} s`,
    );
    console.log(
      `Redis: ${(memory.used / 1e6).toFixed(1)} MB used at most, ${(memory.rss / 1e6).toFixed(1)} MB of memory`,
    );
    console.log(`Telegram: ${telegram.calls.length} calls, ${telegram.earned429s()} times 429`);
    console.log(
      `answers to /hosts (${count}, ${missing} missing): ${ms(median)} median, ${ms(p99)} 99 %, ${ms(worst)} longest`,
    );
    console.log(
      `the bot: ${rssMb.toFixed(0)} MB, event loop still for ${ms(longestMs)} at most, ${ms(longestWorkMs)} of work of its own`,
    );
    return completed === wanted && memory.used < 100e6 && telegram.earned429s() === 0 && missing === 0;
  } finally {
    await bot.end('SIGKILL');
    hosts.kill('SIGKILL');
    client.disconnect();
    await redis.close();
    await telegram.close();
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
