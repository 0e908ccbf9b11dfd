/**
 * Twenty hosts with fifty models each that only pretend to transfer, and go away and come back: the queue on a real database, without
 * Redis and without a byte. Prints how long a claim takes, how long what `/queue` and the cards ask takes meanwhile, and the longest
 * stall of the event loop.
 *
 *     node bench/hosts-crowd.ts [--hosts=20] [--models=50] [--places=3] [--others=5000] [--seconds=120] [--redis] [--profile=<folder>]
 *
 * `--others`: so many models more wait for a schedule, as a library has them. `--redis`: over a real Redis, with the whole bot as a process
 * and a stand-in of Telegram with its limits on; prints what Redis takes, how long answers take, and what Telegram refused. Twelve people ask of
 * whom nothing downloads: what is late there is late by what the others do. With `--profile`, where the bot's time went is left in that folder.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Executor } from '../src/copies/executor.ts';
import { systemClock as clock } from '../src/lib/clock.ts';
import { silentLog as log } from '../src/lib/log.ts';
import { queueView } from '../src/library/lists.ts';
import { createQueue } from '../src/queue/queue.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { joinHost, testHosts } from '../tests/helpers/hosts.ts';
import { openQuotas } from '../tests/helpers/quotas.ts';
import { pretending } from './hosts-crowd/pretend.ts';
import { madeUpCopies } from './telegram/made-up-copies.ts';

const { values: options } = parseArgs({
  options: {
    hosts: { type: 'string', default: '20' },
    models: { type: 'string', default: '50' },
    places: { type: 'string', default: '3' },
    others: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '120' },
    redis: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const [HOSTS, MODELS, PLACES, OTHERS, SECONDS] = [
  Number(options.hosts),
  Number(options.models),
  Number(options.places),
  Number(options.others),
  Number(options.seconds),
];
const CHATS = [1, 2, 3, 4, 5];
const SIZE = 1_000_000_000;
if (options.redis) {
  const { crowdOverRedis } = await import('./hosts-crowd/over-redis.ts');
  process.exit(
    (await crowdOverRedis({ hosts: HOSTS, models: MODELS, places: PLACES, seconds: SECONDS, profile: options.profile }))
      ? 0
      : 1,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'hubgram-hosts-crowd-'));
const claims: number[] = [];
const answers: number[] = [];

const timed = <T>(into: number[], work: () => T): T => {
  const since = performance.now();
  try {
    return work();
  } finally {
    into.push(performance.now() - since);
  }
};

const pretend = pretending(({ commit }) => `/cache/${commit}`);

const addTo = (store: Store, hostId: number, at: number, scheduled = false): void => {
  const chatId = CHATS[at % CHATS.length] ?? 1;
  const etag = `${hostId}x${at}`.replace('x', 'a').padStart(40, '0');
  store.models.createModel({
    chatId,
    name: `org/model-${at}`,
    hostId,
    commitSha: 'c'.repeat(40),
    sizeBytes: SIZE,
    files: [{ path: 'model.safetensors', size: SIZE, etag }],
    ...(scheduled ? { scheduled, statusReason: 'schedule' as const } : {}),
  });
};

const at = (sorted: readonly number[], part: number): string =>
  `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(2)} ms`;
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const row = (what: string, times: readonly number[]): void => {
  const sorted = times.toSorted((one, other) => one - other);
  print(
    `${what.padEnd(34)}${at(sorted, 0.5).padStart(12)}${at(sorted, 0.95).padStart(12)}${at(sorted, 1).padStart(12)}`,
  );
};

const real = openStore(join(folder, 'hubgram.db'), { clock });
const claimNext: Store['models']['claimNext'] = (...asked) => timed(claims, () => real.models.claimNext(...asked));
const store: Store = { ...real, models: { ...real.models, claimNext } };
for (const chatId of CHATS) store.chats.upsertChat({ chatId, kind: 'private', title: `Chat ${chatId}` });
const ids = Array.from({ length: HOSTS }, (_, index) => joinHost(store, `host-${index}`));
const executors = new Map<number, Executor>([1, ...ids].map((id) => [id, madeUpCopies(pretend)]));
const hosts = testHosts(executors);
store.atomically(() => {
  for (const id of ids) {
    for (let index = 0; index < MODELS; index += 1) addTo(store, id, index);
  }
  for (let index = 0; index < OTHERS; index += 1) addTo(store, 1, MODELS + index, true);
});
const quotas = openQuotas(store);
const queue = createQueue(
  {
    store,
    source: { inspect: () => Promise.reject(new Error('not asked')) },
    hosts,
    quotas,
    apps: [],
    clock,
    log,
    random: Math.random,
  },
  { concurrency: () => PLACES, maxRetries: () => 5, minFreeBytes: () => 0, maxTotalBytes: () => undefined },
);

const wanted = HOSTS * MODELS;
const loop = monitorEventLoopDelay({ resolution: 10 });
const since = performance.now();
let turn = 0;
queue.start();
loop.enable();
while (store.models.countByStatus('completed') < wanted && performance.now() - since < SECONDS * 1000) {
  await sleep(100);
  turn += 1;
  timed(answers, () => queueView({ store, queue }, CHATS[turn % CHATS.length] ?? 1, 50));
  // One after the other is away for two seconds.
  if (turn % 20 === 0) hosts.away.clear();
  if (turn % 20 === 0) hosts.away.add(ids[(turn / 20) % HOSTS] ?? 0);
}
loop.disable();
const seconds = (performance.now() - since) / 1000;
const completed = store.models.countByStatus('completed');
await queue.close();
store.close();
rmSync(folder, { recursive: true, force: true });

print(
  `${HOSTS} hosts × ${MODELS} models, ${PLACES} at once on each, ${OTHERS} others wait: ${completed} complete in ${seconds.toFixed(0)} s`,
);
print(''.padEnd(34) + 'median'.padStart(12) + '95 %'.padStart(12) + 'longest'.padStart(12));
row(`claims (${claims.length})`, claims);
row(`what /queue asks (${answers.length})`, answers);
print(`longest stall of the event loop: ${(loop.max / 1e6).toFixed(0)} ms`);
process.exitCode = completed === wanted ? 0 : 1;
