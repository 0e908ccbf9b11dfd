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
import type { StepTimes } from './measured.ts';

const CLAIMS = 100;
const LOOKS = 200;
/** So often the board has to find nothing to draw, one look after the other, before it counts as at rest. */
const QUIET_LOOKS = 100;

const log = { ...silentLog, error: (...parts: unknown[]) => console.error(...parts) };
const [, , folder = '', which] = process.argv;
const store = openStore(join(folder, 'hubgram.db'), { clock: systemClock });
/** Looks that follow each other are as far apart for the board as they would be. */
let ahead = 0;
const clock: Clock = { now: () => systemClock.now(), monotonic: () => systemClock.monotonic() + ahead };

const timed = (times: number[], work: () => void): void => {
  const from = performance.now();
  work();
  times.push(performance.now() - from);
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
const measureLooks = async (): Promise<StepTimes> => {
  const board = startBoard({
    store,
    queue,
    settings: createSettings(store, { given: {}, log }),
    verifying: { progress: () => undefined },
    checking: { progress: () => undefined },
    apps: [],
    timezone: 'UTC',
    api: api as unknown as Api,
    budget: { allows: () => true, spend: () => undefined, hold: () => undefined },
    clock,
    log,
  });
  const look = async (times: number[]): Promise<void> => {
    ahead += 3000;
    const from = performance.now();
    board.poke();
    for (let turn = 0; turn < 3; turn += 1) await breathe();
    times.push(performance.now() - from);
  };
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    const before = calls;
    await look([]);
    quiet = calls === before ? quiet + 1 : 0;
  }
  const drawn = calls;
  const looks: number[] = [];
  for (let at = 0; at < LOOKS; at += 1) await look(looks);
  return { looks, drawn, claims: [], turns: [] };
};

const measureClaims = async (): Promise<StepTimes> => {
  const [claims, turns]: [number[], number[]] = [[], []];
  store.config.setSystemConfig('paused_all', 'false');
  for (let at = 0; at < CLAIMS; at += 1) timed(claims, () => void store.models.claimNext(toIso(clock.now()), [1]));
  store.models.recoverInterrupted(toIso(clock.now()));
  queue.start();
  for (let at = 0; at < CLAIMS; at += 1) {
    await breathe();
    places += 1;
    timed(turns, () => queue.wake());
  }
  return { looks: [], drawn: 0, claims, turns };
};

const answer = which === 'looks' ? await measureLooks() : await measureClaims();
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
