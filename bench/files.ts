/**
 * Has the bot send one file of 49 MB as a document twice, and prints what that took: memory of its process, and bytes that went up:
 *
 *     node bench/files.ts [--mb=49]
 *
 * The bot is a process of its own; the stand-ins of Telegram and the Hub are in this one. Linux only: `/proc` tells the memory.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defineRepo } from '../playground/hub/sample-hub.ts';
import { ANN, openWorld } from '../tests/helpers/world.ts';

const { values } = parseArgs({ options: { mb: { type: 'string', default: '49' } } });
const size = Number(values.mb) * 1_000_000;
const SAMPLE_MS = 10;
/** What the download has left behind is collected by then, or stays. */
const REST_MS = 10_000;
const WAIT_MS = 300_000;

const repo = defineRepo({ id: 'sample/large', files: [{ path: 'model.safetensors', size }] });
const world = await openWorld({ hub: { repos: [repo] } });

const rssOf = (pid: number | undefined): number => {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
};

const shown = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const sends = () => world.telegram.calls.filter(({ method, status }) => method === 'sendDocument' && status === 200);

try {
  const bot = world.start();
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/large');
  await world.telegram.waitFor(
    () => world.shown(ANN).some(({ text }) => text?.includes(', verified') === true),
    WAIT_MS,
  );
  for (const nth of [1, 2]) {
    await sleep(REST_MS);
    const before = rssOf(bot.child.pid);
    let most = before;
    const sampler = setInterval(() => {
      most = Math.max(most, rssOf(bot.child.pid));
    }, SAMPLE_MS);
    const began = performance.now();
    world.telegram.say(ANN, ANN, '/file sample/large model');
    await world.telegram.waitFor(() => sends().length === nth, WAIT_MS);
    clearInterval(sampler);
    const document = sends().at(-1)?.payload['document'];
    const went = typeof document === 'string' && !document.startsWith('attach:') ? 'its id, no bytes' : shown(size);
    const took = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`request ${nth}: ${went} in ${took} s; memory ${shown(before)}, at most ${shown(most - before)} more`);
  }
} finally {
  await world.close();
}
