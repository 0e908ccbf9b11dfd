/**
 * A storm: the bot is killed again and again while the Hub and Telegram are in trouble and people add, pause, resume, cancel
 * and try again models of all kinds. Then the weather clears, what was asked for comes to its end or fails for good, which is
 * told; then that is mended too, and everything is held against what was promised. At last a wrong byte and a partial file are
 * planted, which must be seen. Ends with code 1 if anything of it was broken.
 *
 *     node bench/storm.ts [--kills=200] [--seed=<random>]
 *
 * The seed decides what is asked for, which faults come and when; not how fast the machine is, so that two storms of one
 * seed are alike and not the same.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ANN, openWorld, type RunningProcess, type World } from '../tests/helpers/world.ts';
import { createDice, type Dice } from '../tests/helpers/dice.ts';
import { checkAsked, checkFailures } from './storm/asked.ts';
import { checkDisk, checkPlants } from './storm/disk.ts';
import { changeFaults, endFaults, onlyLastingFaults } from './storm/faults.ts';
import { CHATS, createPeople, GROUP, PEOPLE, type People } from './storm/people.ts';
import { openRecord, type StormRecord } from './storm/record.ts';
import { lookAtRows, type Rows, underWay, waitedFor } from './storm/rows.ts';
import { checkTelling, type Kill } from './storm/telling.ts';

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(randomInt(1, 2 ** 31)) },
  },
});
const KILLS = Number(options.kills);
const SEED = Number(options.seed);
/** Models on their way at any time. */
const AHEAD = 14;
/** On a slow machine the bot hardly lives long enough to hear: then people wait. */
const UNHEARD_MOST = 40;
const THROTTLE = 600_000;
/** However slow the machine is: no storm and no end of one takes longer. */
const STORM_MS = 60_000 + KILLS * 8000;
const CALM_MS = 600_000;

const ENV = {
  HUBGRAM_OWNERS: PEOPLE.join(','),
  HUBGRAM_LOG_LEVEL: 'warn',
  HUBGRAM_TIMEOUT_SECONDS: '2',
  HUBGRAM_MAX_RETRIES: '2',
  HUBGRAM_CONCURRENT_DOWNLOADS: '3',
};

interface Storm {
  readonly world: World;
  readonly people: People;
  readonly dice: Dice;
  readonly env: Record<string, string>;
  readonly kills: Kill[];
  readonly breaches: string[];
  readonly record: StormRecord;
  bot: RunningProcess;
  /** Models that had failed before the Hub was mended. */
  failed: number;
  readonly end: AbortController;
}

/** Tries until it works: the database may be just being opened. */
const look = async <T>(work: () => T): Promise<T | undefined> => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/** People and faults, beside the kills and independent of them. */
const live = async ({ world, people, end }: Storm, dice: Dice): Promise<void> => {
  for (let turn = 0; !end.signal.aborted; turn += 1) {
    const waiting = (await look(() => waitedFor(world.dataDir))) ?? AHEAD;
    const unheard = world.telegram.pendingUpdates().length;
    if (waiting + unheard < AHEAD) people.add();
    if (unheard < UNHEARD_MOST) people.act();
    if (turn % 2 === 0) changeFaults(world, dice);
    await sleep(300 + dice(900));
  }
};

/** Resolves at the moment in which Telegram has taken one more message and has not answered yet, or after a while. */
const nextMessage = ({ world }: Storm, mostMs: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const stop = world.telegram.onChange((change) => {
      if (change.kind === 'message' && change.message.from.is_bot && !change.message.silent) done();
    });
    const timer = setTimeout(done, mostMs);
  });

const isRunning = async ({ bot }: Storm, mostMs: number): Promise<void> => {
  const until = performance.now() + mostMs;
  while (!bot.output().includes('is running') && bot.child.exitCode === null && performance.now() < until)
    await sleep(25);
};

/** Some moment: while it starts, while it works, or while Telegram answers it. */
const someMoment = async (storm: Storm): Promise<void> => {
  const { dice } = storm;
  if (dice(5) === 0) {
    await sleep(dice(1200));
    return;
  }
  await isRunning(storm, 8000);
  if (dice(3) === 0) await nextMessage(storm, 1500);
  await sleep(dice(4) === 0 ? dice(12) : dice(1500));
};

const killOnce = async (storm: Storm): Promise<void> => {
  const { world, bot, kills, breaches, record } = storm;
  bot.child.kill('SIGKILL');
  const ended = await bot.exited;
  if (ended !== 'SIGKILL') breaches.push(`the program ended by itself with ${ended}: ${bot.output().slice(-500)}`);
  record.take(bot.output(), kills.length);
  const ends = lookAtRows(world.dataDir, (rows) => rows.ends());
  const marked = ends.flatMap(({ id, messageId }) => (messageId === null ? [] : [[id, messageId] as const]));
  kills.push({ at: Date.now(), marked: new Map(marked) });
  storm.bot = world.start(storm.env);
};

const rage = async (storm: Storm): Promise<void> => {
  const until = performance.now() + STORM_MS;
  const living = live(storm, createDice(SEED ^ 0x5bd1e995));
  while (storm.kills.length < KILLS && performance.now() < until && !storm.end.signal.aborted) {
    await someMoment(storm);
    await killOnce(storm);
    if (storm.kills.length % 20 === 0) console.log(`${storm.kills.length} kills, ${storm.people.added.length} adds`);
  }
  storm.end.abort();
  await living;
};

const isDry = async ({ world, people }: Storm): Promise<boolean> => {
  const until = performance.now() + CALM_MS;
  while (performance.now() < until) {
    const asked = people.answerAll();
    const left = await look(() => underWay(world.dataDir));
    if (asked === 0 && world.telegram.pendingUpdates().length === 0 && left?.length === 0) return true;
    await sleep(500);
  }
  return false;
};

const integrity = ({ breaches }: Storm, rows: Rows): void => {
  const found = rows.value('PRAGMA integrity_check');
  if (found !== 'ok') breaches.push(`integrity_check: ${String(found)}`);
  if (rows.value('PRAGMA foreign_key_check') !== undefined) breaches.push('foreign_key_check found something');
  const handled = 'SELECT max(update_id) - min(update_id) + 1 - count(*) FROM handled_updates';
  if (rows.value(handled) !== 0) breaches.push(`${String(rows.value(handled))} updates were never handled`);
  const dropped = rows.value(
    "SELECT count(*) FROM outbox WHERE dropped_reason IS NOT NULL AND kind IN ('completed', 'failed')",
  );
  if (dropped !== 0) breaches.push(`${String(dropped)} notices were dropped`);
};

const comesToRest = async (storm: Storm): Promise<void> => {
  if (await isDry(storm)) return;
  const left = [...underWay(storm.world.dataDir), `${storm.people.answerAll()} questions`];
  storm.breaches.push(`still under way: ${left.join(', ')}`);
};

/**
 * The weather clears: everything comes to its end, or fails where the Hub stays broken; then that is mended too, and people go
 * on with what they had stopped or what had failed, to the end of that.
 */
const calm = async (storm: Storm): Promise<void> => {
  const { world, people, breaches } = storm;
  onlyLastingFaults(world);
  await comesToRest(storm);
  const failures = lookAtRows(world.dataDir, (rows) => {
    breaches.push(...checkAsked(world, people, rows));
    return checkFailures(rows);
  });
  breaches.push(...failures.breaches);
  storm.failed = failures.failed;
  endFaults(world);
  for (const chatId of CHATS) for (const verb of ['resume', 'retry'] as const) people.say(chatId, verb, '*');
  await comesToRest(storm);
  const ended = await storm.bot.kill('SIGTERM');
  storm.record.take(storm.bot.output(), storm.kills.length);
  if (ended !== 0) breaches.push(`the program ended with ${ended} after SIGTERM`);
};

const report = async (storm: Storm, begun: number): Promise<void> => {
  const { world, people, kills, breaches, record } = storm;
  const { ends, models, filesOf } = lookAtRows(world.dataDir, (rows) => {
    integrity(storm, rows);
    const all = rows.models();
    return { ends: rows.ends(), models: all, filesOf: new Map(all.map(({ id }) => [id, rows.filesOf(id)])) };
  });
  const completed = models.filter(({ status }) => status === 'completed');
  const copies = completed.map((model) => ({ model, files: filesOf.get(model.id) ?? [] }));
  const disk = await checkDisk(world, copies);
  breaches.push(...disk.breaches, ...(await checkPlants(world, copies)));
  const telling = checkTelling(world, { ends, kills, deeds: people.deeds });
  breaches.push(...telling.breaches);
  const amount = (status: string): number => models.filter((model) => model.status === status).length;
  const rows: readonly (readonly [string, unknown])[] = [
    ['seed', SEED],
    ['kill -9', kills.length],
    ['minutes', ((performance.now() - begun) / 60_000).toFixed(1)],
    ['asked for with /add', people.added.length],
    ['other commands and taps', people.deeds.length],
    ['models completed / failed / stopped', `${completed.length} / ${amount('failed')} / ${amount('paused')}`],
    ['models that had failed, and that was told', storm.failed],
    ['files with right hashes', disk.files],
    ['bytes sent by the Hub', `${(world.hub.bytesSent() / 1e6).toFixed(0)} MB`],
    ['ends', telling.ends],
    ['told again: answer cut by a fault', telling.againAfterCut],
    ['told again: killed before it was written down', telling.againAfterKill],
    ['commands, answers left out and counted', `${telling.commands}, ${telling.leftOut}`],
    ['given up, and that was told', telling.givenUp],
    ['breaches', breaches.length],
  ];
  for (const [what, value] of rows) console.log(`| ${what.padEnd(46)} | ${String(value).padStart(14)} |`);
  for (const [what, times] of record.complaints) console.log(`${times} × ${what}`);
  for (const breach of breaches) console.log(`BREACH ${breach}`);
  if (breaches.length === 0) {
    record.forget();
    return;
  }
  record.keep(world, people);
  console.log(`What happened lies in ${record.folder}`);
};

const openStorm = async (end: AbortController): Promise<Storm> => {
  const world = await openWorld({ hub: { throttleBytesPerSecond: THROTTLE } });
  for (const id of PEOPLE.slice(1)) world.telegram.addUser({ id, firstName: `Person ${id}`, started: true });
  const env = { ...ENV, NODE_COMPILE_CACHE: join(world.folder, 'compiled') };
  // Compiled code is kept only by a process that ends by itself: without this one, every start would compile anew.
  await world.start(env, ['--version']).exited;
  const dice = createDice(SEED);
  const storm = {
    world,
    people: createPeople(world, dice),
    dice,
    env,
    kills: [],
    breaches: [],
    record: openRecord(SEED),
    end,
    bot: world.start(env),
    failed: 0,
  };
  await storm.bot.printed('is running');
  world.telegram.addGroup({ id: GROUP, title: 'Storm', type: 'supergroup', members: PEOPLE.slice(0, 2) });
  world.telegram.say(ANN, GROUP, '/start@hubgram_bot');
  await world.sees(GROUP, /./);
  storm.people.addBig();
  return storm;
};

const end = new AbortController();
console.log(`seed ${SEED}, ${KILLS} kills`);
const begun = performance.now();
const storm = await openStorm(end);
// Nobody else would end the bot.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void storm.world.close().finally(() => process.exit(1)));
try {
  await rage(storm);
  await calm(storm);
  await report(storm, begun);
  if (storm.breaches.length > 0) process.exitCode = 1;
} finally {
  await storm.world.close();
}
