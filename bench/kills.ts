/**
 * Kills the bot again and again in the middle of one download, and prints what had to be fetched twice:
 *
 *     node bench/kills.ts [--kills=30] [--mib=2048] [--seed=1]
 *
 * Each kill is `kill -9` at a random moment of 0.2 to 2 s after bytes began to come. What came in the last second before a
 * kill may be lost: what is written is noted once a second.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defineRepo } from '../playground/hub/sample-hub.ts';
import { ANN, openWorld } from '../tests/helpers/world.ts';
import { createDice } from '../tests/helpers/dice.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    mib: { type: 'string', default: '2048' },
    seed: { type: 'string', default: '1' },
  },
});
const size = Number(values.mib) * 2 ** 20;
const dice = createDice(Number(values.seed));
const SAMPLE_MS = 20;
const WINDOW_MS = 1000;
const CONNECTIONS = 16;
/** Slow enough that all kills fall into it. */
const THROTTLE = 2_000_000;

const repo = defineRepo({ id: 'sample/large', files: [{ path: 'model.safetensors', size }] });
const world = await openWorld({ hub: { repos: [repo], throttleBytesPerSecond: THROTTLE } });
/** What the hub had sent at each moment. */
const sent: { at: number; bytes: number }[] = [];
const sampler = setInterval(() => sent.push({ at: performance.now(), bytes: world.hub.bytesSent() }), SAMPLE_MS);
const sentAt = (moment: number): number => sent.findLast(({ at }) => at <= moment)?.bytes ?? 0;

try {
  let bot = world.start();
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/large');
  let mayRepeat = 0;
  let kills = 0;
  for (; kills < Number(values.kills); kills += 1) {
    const before = world.hub.bytesSent();
    await world.hub.waitForRequest(() => world.hub.bytesSent() > before, 60_000);
    await sleep(200 + dice(1800));
    const now = performance.now();
    mayRepeat += world.hub.bytesSent() - sentAt(now - WINDOW_MS);
    await bot.kill('SIGKILL');
    bot = world.start();
  }
  const isNotice = ({ text }: { text?: string }): boolean => /, verified\b|could not/.test(text ?? '');
  await world.telegram.waitFor(() => world.shown(ANN).some(isNotice), 600_000);
  const { id, files } = world.hub.commitOf('sample/large');
  const hash = createHash('sha256');
  const path = join(world.cacheDir, 'models--sample--large/snapshots', id, 'model.safetensors');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const isRight = hash.digest('hex') === files[0]?.etag();
  const again = world.hub.bytesSent() - size;
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`${kills} kills in one download of ${values.mib} MiB over ${CONNECTIONS} connections`);
  console.log(`hash right: ${isRight}; notices: ${world.shown(ANN).filter(isNotice).length}`);
  console.log(`sent again: ${mb(again)}; what came in the last second before each kill: ${mb(mayRepeat)}`);
  if (!isRight || again > mayRepeat) process.exitCode = 1;
} finally {
  clearInterval(sampler);
  await world.close();
}
