/** A process of its own: the program as app/parts.ts builds it, save that it speaks as often as it likes and fetches nothing. There are
 * places for all: none begins because another chat's has ended. */
import { join } from 'node:path';
import { createBot } from '../../src/bot/bot.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createAdding } from '../../src/library/adding/add.ts';
import { createLog } from '../../src/log/log.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createScheduler } from '../../src/schedule/scheduler.ts';
import { openStore } from '../../src/store/store.ts';
import type { Copies } from '../../src/copies/copies.ts';

const [folder = '', token = '', apiRoot = '', endpoint = ''] = process.argv.slice(2);
const userAgent = 'hubgram/bench';
const timezone = 'UTC';
const clock = systemClock;
const log = createLog({ level: 'warn', readable: false });
for (const stray of ['uncaughtException', 'unhandledRejection'])
  process.on(stray, (error: unknown) => log.error({ err: error }, stray));

const store = openStore(join(folder, 'hubgram.db'), { clock });
/** No byte ever comes: what changes then is what updates have changed. */
const copies: Copies = {
  start: (_job, signal) => ({
    done: new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    }),
    setLimit: () => undefined,
    state: () => ({
      phase: 'receiving',
      bytesTotal: 1000,
      bytesReady: 0,
      bytesReceived: 0,
      filesTotal: 1,
      filesDone: 0,
      lastByteAt: clock.monotonic(),
      connections: 0,
    }),
  }),
  missingFiles: async () => 0,
  sweepPartials: async () => undefined,
  missingBytes: async () => 0,
  freeBytes: async () => 1e12,
  removeSnapshot: async () => 0,
  removeArrived: async () => 0,
  takeOver: async () => undefined,
  close: async () => undefined,
};
const source = createHub({ endpoint, userAgent, clock });
const queue = createQueue(
  { store, source, copies, clock, log, random: () => 0 },
  { concurrency: () => 1000, maxRetries: () => 0, minFreeBytes: () => 0, maxTotalBytes: () => undefined },
);
const schedules = createScheduler({ store, clock, log, timezone, onChange: () => queue.wake() });
const hubHosts = [new URL(endpoint).host];
const limits = { openLookUps: 1e6, addsPerHour: 1e6, modelsPerPerson: 1e6 };
const adding = createAdding({ store, source, queue, hubHosts, spaceFor: queue.spaceFor, limits, clock, log });
const defaultSchedule = undefined;
const ownerLink = { take: () => false };
const budget = { allows: () => true, spend: () => undefined, hold: () => undefined };
const bot = createBot(
  { token, apiRoot },
  { store, queue, adding, schedules, timezone, defaultSchedule, hubHosts, ownerLink, budget, clock, log },
);
queue.start();
schedules.start();
adding.start();
store.waitBriefly();
store.flushApart();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await bot.run(stop.signal, () => process.stdout.write('ready\n'));
process.exit();
