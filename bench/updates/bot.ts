/** A process of its own: the program as app/parts.ts builds it, save that it speaks as often as it likes and fetches nothing. There are
 * places for all: none begins because another chat's has ended. */
import { join } from 'node:path';
import { createBot } from '../../src/bot/bot.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/log/log.ts';
import { createScheduler } from '../../src/schedule/scheduler.ts';
import { openStore } from '../../src/store/store.ts';
import { madeUpCopies, receiving } from '../telegram/made-up-copies.ts';
import { madeUpParts } from '../telegram/made-up-parts.ts';
import { FILE_BYTES } from './scene.ts';

const [folder = '', token = '', apiRoot = '', endpoint = ''] = process.argv.slice(2);
const clock = systemClock;
const log = createLog({ level: 'warn', readable: false });
for (const stray of ['uncaughtException', 'unhandledRejection'])
  process.on(stray, (error: unknown) => log.error({ err: error }, stray));

const store = openStore(join(folder, 'hubgram.db'), { clock });
/** No byte ever comes: what changes then is what updates have changed. What is complete can be sent: every file is zeros. */
const made = madeUpCopies((_job, signal) => ({
  done: new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  }),
  setLimit: () => undefined,
  state: () => receiving(1000, 0, clock.monotonic()),
}));
const copies: typeof made = {
  ...made,
  filesThere: async ({ files }) => files.map(({ path }) => path),
  read: async ({ start, bytes }) => ({
    size: FILE_BYTES,
    content: Buffer.alloc(Math.max(0, Math.min(bytes, FILE_BYTES - start))).toString('base64'),
  }),
};
// All of it is to be handled, whoever sends it.
const heard = { text: '1000000', origin: 'environment', by: 'the bench' } as const;
const given = { updates_per_minute: heard };
const parts = madeUpParts({ store, copies, folder, endpoint, given, maxRetries: 0, random: () => 0, log });
const { queue, adding, importing, finding, verifying, checking, renewals, timezone } = parts;
const schedules = createScheduler({ store, clock, log, timezone, onChange: () => queue.wake() });
const budget = { allows: () => true, spend: () => undefined, hold: () => undefined };
const bot = createBot({ token, apiRoot }, { ...parts, schedules, budget });
for (const part of [queue, schedules, adding, importing, finding, verifying, checking, renewals]) part.start();
store.waitBriefly();
store.flushApart();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await bot.run(stop.signal, () => process.stdout.write('ready\n'));
process.exit();
