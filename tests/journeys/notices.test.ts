import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../src/playground/hub/sample-hub.ts';
import type { SimMessage } from '../../src/playground/telegram/wire.ts';
import { ANN, openWorld, type RunningProcess, type World } from '../helpers/world.ts';
import { createDice } from '../transfer/dice.ts';

/** Worlds at once, and kills in each: a hundred in all. */
const SEEDS = [11, 22, 33, 44];
const KILLS = 25;
const PEOPLE = [ANN, 2001, 2002, 2003, 2004];
/** Models on their way at any time. */
const AHEAD = 2;

/** What is on the disk of a bot that runs or was killed. */
const inDatabase = <T>({ dataDir }: World, read: (db: Database.Database) => T): T => {
  const db = new Database(join(dataDir, 'hubgram.db'), { readonly: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
};

interface End {
  readonly id: number;
  readonly chatId: number;
  readonly name: string;
  /** null until the bot has written down that Telegram took it. */
  readonly messageId: number | null;
}

const ENDS = `SELECT outbox.id, outbox.chat_id AS chatId, model_name AS name, message_id AS messageId
  FROM outbox JOIN download_sessions ON download_sessions.id = session_id WHERE status = 'completed'`;

const endsOf = (world: World): End[] => inDatabase(world, (db) => db.prepare<[], End>(ENDS).all());

/** The bot's notices in a chat: its audible messages; cards are silent. */
const told = (world: World, chatId: number): SimMessage[] => world.shown(chatId).filter(({ silent }) => !silent);

const names = ({ text }: SimMessage, name: string): boolean => text?.includes(`${name} · completed`) === true;

/** One world, its bot, and what is known about it from kill to kill. */
interface Run {
  readonly world: World;
  readonly dice: (limit: number) => number;
  readonly env: Record<string, string>;
  models: number;
  /** Which message told an end, of those that were marked at some moment. */
  readonly marked: Map<number, number>;
  /** How many notices a chat had at each kill. */
  readonly cuts: Map<number, Set<number>>;
}

const open = async (seed: number): Promise<Run> => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  for (const id of PEOPLE.slice(1)) world.telegram.addUser({ id, firstName: `Person ${id}`, started: true });
  return {
    world,
    dice: createDice(seed),
    env: { HUBGRAM_OWNERS: PEOPLE.join(','), NODE_COMPILE_CACHE: join(world.folder, 'compiled') },
    models: 0,
    marked: new Map(),
    cuts: new Map(PEOPLE.map((chatId) => [chatId, new Set()])),
  };
};

const ask = (run: Run): void => {
  const { world, dice } = run;
  run.models += 1;
  const id = `sample/small-${run.models}`;
  world.hub.addRepo(
    defineRepo({
      id,
      files: [
        { path: 'model.safetensors', size: 1000 + dice(199_000) },
        { path: 'config.json', content: '{}' },
      ],
    }),
  );
  const person = PEOPLE[dice(PEOPLE.length)] ?? ANN;
  world.telegram.say(person, person, `/add ${id}`);
};

const takeStock = ({ world, cuts, marked }: Run): void => {
  for (const [chatId, counts] of cuts) counts.add(told(world, chatId).length);
  for (const { id, messageId } of endsOf(world)) {
    if (messageId !== null && !marked.has(id)) marked.set(id, messageId);
  }
};

/** Starts the bot; resolves once its database is open and nothing of the process before can be under way any more. */
const begin = async (run: Run): Promise<RunningProcess> => {
  const { world, env } = run;
  const before = world.telegram.calls.filter(({ method }) => method === 'getMe').length;
  const bot = world.start(env);
  await world.telegram.waitFor(({ calls }) => calls.filter(({ method }) => method === 'getMe').length > before, 25_000);
  return bot;
};

/** Everything asked for has ended, and every end is marked as told. */
const quiet = ({ world, models }: Run): Promise<void> =>
  expect
    .poll(
      () => {
        const ends = endsOf(world);
        return [
          world.telegram.pendingUpdates().length,
          ends.length,
          ends.filter((end) => end.messageId === null).length,
        ];
      },
      { timeout: 60_000, interval: 100 },
    )
    .toEqual([0, models, 0]);

/** Resolves as soon as Telegram has taken one more notice, before it answers. */
const oneMoreTold = ({ world }: Run): Promise<void> =>
  new Promise((resolve) => {
    const count = (): number => PEOPLE.reduce((sum, chatId) => sum + told(world, chatId).length, 0);
    const before = count();
    const unsubscribe = world.telegram.onChange(({ kind }) => {
      if (kind !== 'message' || count() === before) return;
      unsubscribe();
      resolve();
    });
  });

/** Kills the bot at a random moment after an end was written down, or close to that in which Telegram took its notice. */
const killAtAnEnd = async (run: Run, bot: RunningProcess, known: number): Promise<void> => {
  const { world, dice } = run;
  const isSeenOnDisk = dice(2) === 0;
  const delayMs = isSeenOnDisk ? dice(400) : dice(2) * dice(12);
  if (isSeenOnDisk) {
    await expect.poll(() => endsOf(world).length, { timeout: 30_000, interval: 10 }).toBeGreaterThan(known);
  } else {
    await oneMoreTold(run);
  }
  // The moment of a kill is what this test varies; nothing is waited for here. Without a delay, Telegram cannot answer.
  if (delayMs > 0) await sleep(delayMs);
  await bot.kill('SIGKILL');
};

const killAgainAndAgain = async (run: Run): Promise<void> => {
  const { world } = run;
  let bot = world.start(run.env);
  await bot.printed('is running');
  for (let kill = 0; kill < KILLS; kill += 1) {
    const known = endsOf(world).length;
    while (run.models < known + AHEAD) ask(run);
    await killAtAnEnd(run, bot, known);
    bot = await begin(run);
    takeStock(run);
  }
  await quiet(run);
};

/**
 * @returns how many notices told something again. Each of them comes right after the one it repeats, with a kill between
 * them, and that one was not marked.
 */
const repetitions = ({ world, cuts }: Run, chatId: number, ends: readonly End[]): number => {
  const notices = told(world, chatId);
  const repeating = new Set<number>();
  for (const end of ends) {
    const places = notices.flatMap((message, place) => (names(message, end.name) ? [place] : []));
    expect(places.length, `${end.name} is told`).toBeGreaterThanOrEqual(1);
    const first = places[0] ?? 0;
    expect(places, `${end.name} is told in succession`).toEqual(places.map((_, index) => first + index));
    expect(notices[places.at(-1) ?? 0]?.message_id, `${end.name} is marked`).toBe(end.messageId);
    for (const place of places.slice(1)) {
      expect(cuts.get(chatId), `a kill before ${end.name} is told again`).toContain(place);
      repeating.add(place);
    }
  }
  return repeating.size;
};

it('a bot killed a hundred times tells each end, and twice only what Telegram took and the bot could not mark', {
  timeout: 120_000,
}, async () => {
  const runs = await Promise.all(SEEDS.map(open));
  await Promise.all(runs.map(killAgainAndAgain));
  let repeated = 0;
  for (const run of runs) {
    const ends = endsOf(run.world);
    expect(ends).toHaveLength(run.models);
    for (const [id, messageId] of run.marked) expect(ends.find((end) => end.id === id)?.messageId).toBe(messageId);
    for (const chatId of PEOPLE) {
      repeated += repetitions(
        run,
        chatId,
        ends.filter((end) => end.chatId === chatId),
      );
    }
  }
  expect(repeated).toBeLessThanOrEqual(SEEDS.length * KILLS);
  // The narrow gap was hit: otherwise this test says nothing about it.
  expect(repeated).toBeGreaterThan(0);
});
