/**
 * What it costs that a copy is made on another machine, and what two of them bring:
 *
 *     node bench/hosts.ts [--rounds=5] [--mib=256] [--rate=2000000]
 *
 * The same copy is made by a call in this process and over Redis, in turn, and then on two hosts at once; all of it in this
 * process, so that the difference is what the queue costs. The Hub sends so many bytes a second on each of 16 connections: a machine
 * that is busy with hashing measures itself.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defineRepo, startSampleHub } from '../playground/hub/sample-hub.ts';
import { createCopies } from '../src/copies/copies.ts';
import type { CopyJob, Executor } from '../src/copies/executor.ts';
import { connect } from '../src/hosts/connection.ts';
import { openRemoteHost } from '../src/hosts/remote/remote-host.ts';
import { openServing } from '../src/hosts/serving/serve.ts';
import { systemClock as clock } from '../src/lib/clock.ts';
import { silentLog as log } from '../src/lib/log.ts';
import { createEgress } from '../src/lib/net/egress.ts';
import { openScope } from '../src/lib/scope.ts';
import { createHub } from '../src/sources/huggingface/hub.ts';
import { startRedis } from '../tests/helpers/redis.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    mib: { type: 'string', default: '256' },
    rate: { type: 'string', default: '2000000' },
  },
});
const size = Number(values.mib) * 2 ** 20;
const ID = 'sample/large';
const scope = openScope();
const redis = await startRedis();
scope.defer(redis.close);
const hub = await startSampleHub({
  repos: [defineRepo({ id: ID, files: [{ path: 'model.safetensors', size }] })],
  throttleBytesPerSecond: Number(values.rate),
});
scope.defer(hub.close);
const endpoint = { url: redis.path };
const never = new AbortController().signal;
const ignore = (): void => undefined;

const openCopies = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-bench-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  return scope.use(
    createCopies({
      sources: { hub: createHub({ endpoint: hub.url, userAgent: 'hubgram/bench', clock }) },
      egress: createEgress({ endpoints: ['http://127.0.0.1'], allowedHosts: [] }),
      cacheDir: join(folder, 'hub'),
      connections: 16,
      userAgent: 'hubgram/bench',
      stallTimeoutMs: () => 30_000,
      bandwidthLimit: () => undefined,
      minFreeBytes: () => 0,
      clock,
    }),
  );
};

/** The same machine, asked by a call and over Redis. */
const openHost = async (name: string): Promise<{ readonly here: Executor; readonly there: Executor }> => {
  const here = await openCopies();
  const machine = randomUUID();
  const serving = { name, endpoint, copies: here, machine, version: 'bench', bytesPerSecondMost: ignore, clock, log };
  scope.use(await openServing({ ...serving, bytesPerSecondMost: () => undefined }, never));
  const [quick, patient] = [connect(endpoint, false, ignore), connect(endpoint, true, ignore)];
  scope.defer(() => quick.disconnect());
  scope.defer(() => patient.disconnect());
  const remote = scope.use(openRemoteHost({ name, redis: quick, patient, clock, log }));
  while (remote.standing().kind !== 'there') await sleep(50);
  return { here, there: remote.executor };
};

const { id: commit, files } = hub.commitOf(ID);
const job: CopyJob = {
  source: 'hub',
  type: 'model',
  id: ID,
  commit,
  revision: 'main',
  files: files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() })),
};

const drop = (executor: Executor): Promise<number> =>
  executor.removeSnapshot({
    repoFolder: 'models--sample--large',
    commit,
    paths: job.files.map(({ path }) => path),
    etags: job.files.map(({ etag }) => etag),
  });

/** @returns MB per second, together */
const make = async (...executors: readonly Executor[]): Promise<number> => {
  const since = performance.now();
  await Promise.all(executors.map((executor) => executor.start(job, never).done));
  const ms = performance.now() - since;
  for (const executor of executors) await drop(executor);
  return (executors.length * size) / 1000 / ms;
};
const median = (all: readonly number[]): number =>
  all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0;
const text = (all: readonly number[]): string =>
  `${median(all).toFixed(1)} MB/s (${all.map((one) => one.toFixed(1)).join(', ')})`;

try {
  const [one, two] = [await openHost('one'), await openHost('two')];
  const [byCall, byQueue, both]: [number[], number[], number[]] = [[], [], []];
  await make(one.here);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    byCall.push(await make(one.here));
    byQueue.push(await make(one.there));
    both.push(await make(one.there, two.there));
  }
  console.log(`${values.mib} MiB, ${values.rounds} rounds`);
  console.log(`by a call:   ${text(byCall)}`);
  console.log(`over Redis:  ${text(byQueue)}, ${((median(byQueue) / median(byCall) - 1) * 100).toFixed(1)} %`);
  console.log(`on two:      ${text(both)} together`);
} finally {
  await scope.close();
}
