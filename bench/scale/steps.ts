/**
 * A process of its own: what the program does by itself, over a database of a size: claims, and looks of the board. Telegram takes
 * everything at once here, and no download ever ends. Arguments: the folder of the database, and which of both. Prints its answer as JSON.
 */
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Api } from 'grammy';
import { startBoard } from '../../src/bot/board/board.ts';
import { onlyHere } from '../../src/copies/hosts.ts';
import { type Clock, systemClock, toIso } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { openStore } from '../../src/store/store.ts';
import { openQuotas } from '../../tests/helpers/quotas.ts';
import { madeUpCopies, receiving } from '../telegram/made-up-copies.ts';
import type { ClaimTimes, LookTimes } from './measured.ts';

const CLAIMS = 100;
const LOOKS = 200;
/** So often the board has to find nothing to draw, one look after the other, before it counts as at rest. */
const QUIET_LOOKS = 100;

const log = { ...silentLog, error: (...parts: unknown[]) => console.error(...parts) };
const [, , folder = '', which] = process.argv;
const store = openStore(join(folder, 'hubgram.db'), { clock: systemClock });
// As the program has it: the disk is waited for beside it.
store.flushApart();
/** Looks that follow each other are as far apart for the board as they would be. */
let ahead = 0;
const clock: Clock = { now: () => systemClock.now(), monotonic: () => systemClock.monotonic() + ahead };

const timed = async (times: number[], work: () => void | Promise<void>): Promise<void> => {
  const from = performance.now();
  await work();
  times.push(performance.now() - from);
};

/** Milliseconds of processor time for each: a machine that is busy says nothing by the clock. */
const each = async (times: number, work: () => Promise<void>): Promise<number> => {
  const before = process.cpuUsage();
  for (let at = 0; at < times; at += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
};

let places = 0;
const copies = madeUpCopies(({ files }, signal) => ({
  state: () => receiving(files.length, 0, clock.monotonic()),
  setLimit: () => undefined,
  done: new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  }),
}));
const queue = createQueue(
  {
    store,
    source: { inspect: () => Promise.reject(new Error('not asked')) },
    hosts: onlyHere(copies),
    quotas: openQuotas(store),
    apps: [],
    clock,
    log,
    random: Math.random,
  },
  { concurrency: () => places, maxRetries: () => 5, minFreeBytes: () => 0, maxTotalBytes: () => undefined },
);

let calls = 0;
const api = {
  sendMessage: async () => ({ message_id: 5_000_000 + (calls += 1) }),
  editMessageText: async () => ((calls += 1), true),
  deleteMessage: async () => true,
};

/** First all is drawn that the rows have made of the cards. */
const measureLooks = async (): Promise<LookTimes> => {
  const board = startBoard({
    store,
    queue,
    settings: createSettings(store, { given: {}, log }),
    finding: { pageOf: ({ id }) => id },
    verifying: { progress: () => undefined, awaits: () => [] },
    checking: { progress: () => undefined, isThere: () => true },
    apps: [],
    timezone: 'UTC',
    api: api as unknown as Api,
    budget: { allows: () => true, spend: () => undefined, hold: () => undefined },
    clock,
    log,
  });
  const look = async (): Promise<void> => {
    ahead += 3000;
    board.poke();
    for (let turn = 0; turn < 3; turn += 1) await breathe();
  };
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    const before = calls;
    await look();
    quiet = calls === before ? quiet + 1 : 0;
  }
  const drawn = calls;
  const looks: number[] = [];
  const lookCpuMs = await each(LOOKS, () => timed(looks, look));
  return { drawn, looks, lookCpuMs };
};

const measureClaims = async (): Promise<ClaimTimes> => {
  const [claims, turns]: [number[], number[]] = [[], []];
  store.config.setSystemConfig('paused_all', 'false');
  const claim = (): void => void store.models.claimNext(toIso(clock.now()), [1]);
  const claimCpuMs = await each(CLAIMS, () => timed(claims, claim));
  store.models.recoverInterrupted(toIso(clock.now()));
  queue.start();
  const turnCpuMs = await each(CLAIMS, async () => {
    await breathe();
    places += 1;
    await timed(turns, () => queue.wake());
  });
  return { claims, claimCpuMs, turns, turnCpuMs };
};

const answer = which === 'looks' ? await measureLooks() : await measureClaims();
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
