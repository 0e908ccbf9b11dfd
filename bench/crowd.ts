/**
 * What one member, one repository or another program can do to everybody else: while each of them does its worst, five owners
 * ask for /queue. Prints how long their answers took, what of the worst passed before the bot could know of the question, and
 * the longest stall of the program's event loop, beside the longest that the program itself worked: on a busy machine it stands
 * still for others too. The library holds many models and the cache many repositories.
 *
 *     node bench/crowd.ts [--rows=100000] [--repositories=5000] [--seconds=20] [--only=add] [--profile=<folder>]
 *
 * With `--only`, of what is done meanwhile that alone whose name has it in it; with `--profile`, where the program's time went
 * is left in that folder (`.cpuprofile`).
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { systemClock } from '../src/lib/clock.ts';
import { type BotApi, startBotApi } from '../playground/telegram/bot-api.ts';
import { openStore } from '../src/store/store.ts';
import { startCrowdHub } from './crowd/hub.ts';
import { startWatchedBot, type Watched } from './crowd/watched-bot.ts';
import { delaysOf } from './telegram/measure.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    repositories: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    profile: { type: 'string' },
  },
});
const SECONDS = Number(options.seconds);
const OWNERS = [1001, 1002, 1003, 1004, 1005];
const MEMBER = 2001;
/** Slower than Telegram's one message a second, so that no owner waits for a turn of their own. */
const ASK_EVERY_MS = 2000;
/** Bot API, getUpdates. */
const GIVEN_AT_ONCE = 100;

const folder = mkdtempSync(join(tmpdir(), 'hubgram-crowd-'));
const dataDir = join(folder, 'data');
const cacheDir = join(folder, 'hub');

const fillLibrary = (): void => {
  const store = openStore(join(dataDir, 'hubgram.db'), { clock: systemClock });
  for (const userId of [...OWNERS, MEMBER]) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, userId === MEMBER ? 'member' : 'owner');
    store.chats.upsertChat({ chatId: userId, kind: 'private', title: `Person ${userId}` });
  }
  store.atomically(() => {
    for (let row = 0; row < Number(options.rows); row += 1) {
      const chatId = OWNERS[row % OWNERS.length] ?? 0;
      const files = [{ path: 'model.safetensors', size: 1000, etag: row.toString(16).padStart(40, '0') }];
      const { id } = store.models.createModel({
        chatId,
        name: `org-${row % 500}/model-${row}`,
        sizeBytes: 1000,
        commitSha: 'c'.repeat(40),
        files,
      });
      store.models.moveModel(id, 'pending', 'downloading');
      store.models.moveModel(id, 'downloading', 'completed');
    }
  });
  store.close();
};

const fillCache = (): void => {
  for (let at = 0; at < Number(options.repositories); at += 1) {
    const repo = join(cacheDir, `models--org-${at % 500}--model-${at}`);
    for (const part of ['blobs', 'refs', `snapshots/${'c'.repeat(40)}`])
      mkdirSync(join(repo, part), { recursive: true });
  }
};

/** An answer, and what of its time passed before the bot could know of the question. */
interface Sample {
  /** Until the owner's next message of the bot. */
  readonly ms: number;
  /** Until Telegram gave the question: it gives a hundred updates at once, in their order, and the next when it is asked again. */
  readonly givenMs: number;
  /** So many times it was asked until then. */
  readonly polls: number;
}

/** @param updateId of the question */
const sampleOf = (telegram: BotApi, updateId: number, saidAt: number, ms: number): Sample => {
  const polls = telegram.calls.filter(({ method, at }) => method === 'getUpdates' && at >= saidAt);
  const gave = polls.findIndex(({ payload }) => Number(payload['offset']) + GIVEN_AT_ONCE > updateId);
  return { ms, givenMs: Math.max(0, (polls[gave]?.at ?? saidAt) - saidAt), polls: gave + 1 };
};

/** @returns undefined if no answer came in time */
const ask = async (telegram: BotApi, owner: number): Promise<Sample | undefined> => {
  const [saidAt, from] = [systemClock.now(), performance.now()];
  const { message_id: asked } = telegram.say(owner, owner, '/queue');
  const updateId = telegram.pendingUpdates().at(-1)?.update_id ?? 0;
  try {
    await telegram.waitFor(
      () => telegram.messages(owner).some((message) => message.message_id > asked && message.from?.is_bot === true),
      60_000,
    );
    return sampleOf(telegram, updateId, saidAt, performance.now() - from);
  } catch {
    return undefined;
  }
};

const askAll = async (telegram: BotApi): Promise<(Sample | undefined)[]> => {
  const until = performance.now() + SECONDS * 1000;
  const each = async (owner: number, index: number): Promise<(Sample | undefined)[]> => {
    const samples: (Sample | undefined)[] = [];
    await sleep((index * ASK_EVERY_MS) / OWNERS.length);
    while (performance.now() < until) {
      const [sample] = await Promise.all([ask(telegram, owner), sleep(ASK_EVERY_MS)]);
      samples.push(sample);
    }
    return samples;
  };
  return (await Promise.all(OWNERS.map(each))).flat();
};

const holdLock = async (): Promise<void> => {
  const db = new Database(join(dataDir, 'hubgram.db'));
  db.exec('BEGIN IMMEDIATE');
  await sleep(SECONDS * 1000);
  db.exec('ROLLBACK');
  db.close();
};

const HOSTILE = `*${'?*a'.repeat(620)}*z`;

const worst: readonly (readonly [string, (telegram: BotApi) => void | Promise<void>])[] = [
  ['nothing', () => undefined],
  ['300 × /help by one member', (telegram) => repeat(300, () => void telegram.say(MEMBER, MEMBER, '/help'))],
  [
    '3,000 × /add by one member',
    (telegram) => repeat(3000, (at) => void telegram.say(MEMBER, MEMBER, `/add crowd/model-${at} later`)),
  ],
  [
    `include= of ${HOSTILE.length} characters, 20,000 long paths`,
    (telegram) => void telegram.say(MEMBER, MEMBER, `/add big/20000 later include="${HOSTILE}"`),
  ],
  ['a tree of 100,000 files', (telegram) => void telegram.say(OWNERS[0] ?? 0, OWNERS[0] ?? 0, '/add big/100000 later')],
  [
    'a tree of 1,000,000 files',
    (telegram) => void telegram.say(OWNERS[0] ?? 0, OWNERS[0] ?? 0, '/add big/1000000 later'),
  ],
  [`another program holds the database for ${SECONDS} s`, holdLock],
];

const repeat = (times: number, work: (at: number) => void): void => {
  for (let at = 0; at < times; at += 1) work(at);
};

const ms = (value: number): string => `${value.toFixed(0)} ms`.padStart(9);

/** What the worst answer waited for. */
const partsOf = ({ ms: all, givenMs, polls }: Sample): string =>
  `${ms(givenMs)} behind ${polls === 1 ? '1 poll' : `${polls} polls`},${ms(all - givenMs)} in the bot`;

const tell = (what: string, samples: readonly (Sample | undefined)[], { longestMs, longestWorkMs, rssMb }: Watched) => {
  const delays = delaysOf(samples.map((sample) => sample?.ms));
  const worst = samples.find((sample) => sample?.ms === delays.worst);
  const missing = delays.missing > 0 ? `  ${delays.missing} of ${delays.count} never answered` : '';
  console.log(
    `${what.padEnd(56)}${ms(delays.median)}  ${ms(delays.p99)}  ${ms(delays.worst)}  ${ms(longestMs)}  ${ms(longestWorkMs)}   ${rssMb.toFixed(0)} MB${missing}`,
  );
  if (worst) console.log(`${''.padEnd(56)}the worst: ${partsOf(worst)}`);
};

const run = async (telegram: BotApi, hubUrl: string): Promise<void> => {
  const { profile } = options;
  const bot = await startWatchedBot({
    folder,
    telegram,
    hubUrl,
    owners: OWNERS,
    profile,
    // The worst: what one person sends is not limited.
    env: { HUBGRAM_LOG_LEVEL: 'fatal', HUBGRAM_UPDATES_PER_MINUTE: '1000000' },
  });
  try {
    await sleep(3000);
    await bot.report();
    console.log(`${'meanwhile'.padEnd(56)}   median       99 %      worst      stall   its work   memory`);
    for (const [what, begin] of worst.filter(([name]) => name.includes(options.only))) {
      const begun = begin(telegram);
      const samples = await askAll(telegram);
      await begun;
      tell(what, samples, await bot.report());
    }
  } finally {
    await bot.end(profile === undefined ? 'SIGKILL' : 'SIGTERM');
  }
};

fillLibrary();
fillCache();
const telegram = await startBotApi({ limits: true });
for (const id of [...OWNERS, MEMBER]) telegram.addUser({ id, firstName: `Person ${id}`, started: true });
const hub = await startCrowdHub();
try {
  await run(telegram, hub.url);
} finally {
  await telegram.close();
  hub.close();
  rmSync(folder, { recursive: true, force: true });
}
