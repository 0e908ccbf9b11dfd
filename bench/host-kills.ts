/**
 * Kills a host, Redis and the bot again and again in the middle of one download on that host, and prints what had to be fetched
 * twice, and how soon it went on:
 *
 *     node bench/host-kills.ts [--kills=30] [--mib=2048] [--seed=1]
 *
 * Each is killed so often by `kill -9`, at a random moment of 0.2 to 2 s after bytes came; Redis starts every third time with
 * nothing. What came in the last second before a host was killed may be lost: what is written is noted once a second.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defineRepo } from '../playground/hub/sample-hub.ts';
import { createDice } from '../tests/helpers/dice.ts';
import { startRedis } from '../tests/helpers/redis.ts';
import { ANN, openWorld, type RunningProcess } from '../tests/helpers/world.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    mib: { type: 'string', default: '2048' },
    seed: { type: 'string', default: '1' },
  },
});
const size = Number(values.mib) * 2 ** 20;
const kills = Number(values.kills);
const dice = createDice(Number(values.seed));
const SAMPLE_MS = 20;
const WINDOW_MS = 1000;
/** A connection; slow enough that all kills fall into it. */
const THROTTLE = 300_000;

const repo = defineRepo({ id: 'sample/large', files: [{ path: 'model.safetensors', size }] });
const redis = await startRedis();
const world = await openWorld({ hub: { repos: [repo], throttleBytesPerSecond: THROTTLE } });
const sent: { at: number; bytes: number }[] = [];
const sampler = setInterval(() => sent.push({ at: performance.now(), bytes: world.hub.bytesSent() }), SAMPLE_MS);
const sentAt = (moment: number): number => sent.findLast(({ at }) => at <= moment)?.bytes ?? 0;

const startBot = async (): Promise<RunningProcess> => {
  const bot = world.start({ HUBGRAM_REDIS_URL: redis.path });
  await bot.printed('is running');
  return bot;
};
const hostEnv = {
  HUBGRAM_REDIS_URL: redis.path,
  HUBGRAM_HOST_NAME: 'nas',
  HUBGRAM_DATA_DIR: join(world.folder, 'nas'),
  HF_HUB_CACHE: join(world.folder, 'nas-hub'),
};
const startHost = (...flags: string[]): RunningProcess => world.start(hostEnv, ['host', ...flags]);
const bytesCome = async (): Promise<void> => {
  const before = world.hub.bytesSent();
  await world.hub.waitForRequest(() => world.hub.bytesSent() > before + 1000, 120_000);
};
const line = (name: string, times: readonly number[]): string => {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (part: number): string =>
    `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)} ms`;
  return `${name}: killed ${times.length} times; bytes again after ${at(0.5)} (median), ${at(1)} at most`;
};

try {
  let bot = await startBot();
  world.telegram.say(ANN, ANN, '/hosts add nas');
  const { text = '' } = await world.sees(ANN, /may join/);
  let host = startHost('--join', /--join ([0-9a-f]{32})/.exec(text)?.[1] ?? '');
  await host.printed('is the host nas.');
  world.telegram.say(ANN, ANN, '/add sample/large on=nas');
  const again: Record<'host' | 'redis' | 'bot', number[]> = { host: [], redis: [], bot: [] };
  let mayRepeat = 0;
  const killing: Record<keyof typeof again, (round: number) => Promise<void>> = {
    host: async () => {
      mayRepeat += world.hub.bytesSent() - sentAt(performance.now() - WINDOW_MS);
      await host.kill('SIGKILL');
      host = startHost();
    },
    redis: async (round) => {
      await redis.kill();
      if (round % 3 === 2) await redis.forget();
      await redis.start();
    },
    bot: async () => {
      await bot.kill('SIGKILL');
      bot = await startBot();
    },
  };
  const targets = Object.keys(killing) as (keyof typeof again)[];
  const turns = Array.from({ length: kills }, (_, round) => targets.map((target) => ({ round, target }))).flat();
  for (const { round, target } of turns) {
    await bytesCome();
    await sleep(200 + dice(1800));
    await killing[target](round);
    const since = performance.now();
    await bytesCome();
    again[target].push(performance.now() - since);
  }
  const isNotice = ({ text: said }: { text?: string }): boolean =>
    /, verified\b|verified and ready|could not/.test(said ?? '');
  await world.telegram.waitFor(() => world.shown(ANN).some(isNotice), 3_600_000);
  const { id, files } = world.hub.commitOf('sample/large');
  const hash = createHash('sha256');
  const path = join(hostEnv.HF_HUB_CACHE, 'models--sample--large/snapshots', id, 'model.safetensors');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const isRight = hash.digest('hex') === files[0]?.etag();
  for (const [name, times] of Object.entries(again)) console.log(line(name, times));
  const repeated = world.hub.bytesSent() - size;
  console.log(
    `${(repeated / 1e6).toFixed(1)} MB were sent more than once; ${(mayRepeat / 1e6).toFixed(1)} MB had come in the last second before a host was killed`,
  );
  console.log(`The file is ${isRight ? 'right' : 'WRONG'}; ${world.shown(ANN).filter(isNotice).length} notice`);
} finally {
  clearInterval(sampler);
  await world.close();
  await redis.close();
}
