/**
 * How exactly a bandwidth limit is kept, beside aria2c, and prints a table:
 *
 *     node bench/limits.ts
 *
 * Bytes are counted on the loopback interface, ten times a second, so that both are measured by the same third party. Every
 * window of five seconds counts that begins a second or more after the limit was set. hubgram's limit changes while it runs;
 * aria2c is started anew for each.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningHub, startHub } from './transfer/measure.ts';
import { peersFor } from './transfer/peers.ts';
import { SCENARIOS } from './transfer/scenarios.ts';

const LIMITS = [40e6, 5e6, 80e6];
const LIMIT_S = 15;
const PER_SECOND = 10;
const WINDOW_S = 5;
const SETTLING_S = 1;

const scenario = SCENARIOS.find(({ name }) => name === 'A');
if (!scenario) throw new Error('no scenario A');
const work = join(import.meta.dirname, '../data/bench-limits');

/** Ethernet, IPv4, and TCP with its time stamps: with a low limit the packets are small, and a limit is one of content. */
const HEADERS_BYTES = 14 + 20 + 32;

const counted = (what: string): number => Number(readFileSync(`/sys/class/net/lo/statistics/rx_${what}`, 'utf8'));
const onLoopback = (): number => counted('bytes') - HEADERS_BYTES * counted('packets');

/** What came so far at each tenth of a second. */
const watch = async (seconds: number): Promise<number[]> => {
  const counts: number[] = [];
  const began = performance.now();
  for (let at = 0; at <= seconds * PER_SECOND; at += 1) {
    await sleep(Math.max(0, began + (at * 1000) / PER_SECOND - performance.now()));
    counts.push(onLoopback());
  }
  return counts;
};

/** Bytes per second in each window of so many seconds. */
const ratesOf = (counts: readonly number[], seconds: number): number[] => {
  const length = seconds * PER_SECOND;
  return counts.slice(length).map((count, index) => (count - (counts[index] ?? 0)) / seconds);
};

const rowOf = (name: string, limit: number, counts: readonly number[]): string => {
  const settled = counts.slice(SETTLING_S * PER_SECOND);
  const rates = ratesOf(settled, WINDOW_S);
  const [mean = 0] = ratesOf(settled, (settled.length - 1) / PER_SECOND);
  const off = (rate: number): string => `${((rate / limit - 1) * 100).toFixed(1)} %`;
  return `| ${name} | ${limit / 1e6} | ${off(mean)} | ${off(Math.min(...rates))} | ${off(Math.max(...rates))} |`;
};

const stop = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
};

const start = (command: readonly string[]): ChildProcess => {
  const [program = '', ...rest] = command;
  return spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
};

const freshFolder = (): string => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  return work;
};

const measureOurs = async (command: readonly string[]): Promise<string[]> => {
  const child = start([...command, ...[LIMIT_S, ...LIMITS].map(String)]);
  const counts = await watch(LIMITS.length * LIMIT_S);
  await stop(child);
  return LIMITS.map((limit, index) =>
    rowOf('hubgram', limit, counts.slice(index * LIMIT_S * PER_SECOND, (index + 1) * LIMIT_S * PER_SECOND)),
  );
};

const measureAria2c = async (command: readonly string[], limit: number): Promise<string> => {
  const [program = '', ...rest] = command;
  const child = start([program, `--max-overall-download-limit=${limit}`, ...rest]);
  const counts = await watch(LIMIT_S);
  await stop(child);
  return rowOf('aria2c', limit, counts);
};

const run = async (hub: RunningHub): Promise<void> => {
  const { peers } = peersFor(scenario);
  const ours = peers.find(({ isOurs }) => isOurs);
  const theirs = peers.find(({ name }) => name.startsWith('aria2c'));
  console.log('| | limit, MB/s | mean | slowest 5 s | fastest 5 s |');
  console.log('|---|---|---|---|---|');
  for (const row of await measureOurs(ours?.command(hub, freshFolder()) ?? [])) console.log(row);
  for (const limit of theirs ? LIMITS : [])
    console.log(await measureAria2c(theirs?.command(hub, freshFolder()) ?? [], limit));
};

const hub = await startHub(scenario.name, freshFolder());
try {
  await run(hub);
} finally {
  await hub.stop();
  rmSync(work, { recursive: true, force: true });
}
