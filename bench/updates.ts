/**
 * Throws random and bent updates at the whole bot, in a process of its own with its database on the disk, and looks at what
 * became of them:
 *
 *     node bench/updates.ts [--updates=100000] [--seed=1] [--only=said] [--profile=<folder>]
 *
 * With `--only=said` these are callback payloads and command lines alone, half of each.
 * With `--profile`, where the bot's time went is left in that folder (`.cpuprofile`).
 *
 * Half of those who send them may do nothing where they send them. Nothing may be thrown, nothing of a chat may be changed by
 * whom it does not belong to, or be shown in another one, and the event loop may not stand still for more than 50 ms.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/lib/clock.ts';
import { startSampleHub } from '../playground/hub/sample-hub.ts';
import { startBotApi } from '../playground/telegram/bot-api.ts';
import { openStore } from '../src/store/store.ts';
import { createDice } from '../tests/helpers/dice.ts';
import { type Books, openBooks } from './updates/books.ts';
import { often, pick } from './updates/bend.ts';
import { makeOther, say } from './updates/make.ts';
import {
  type Class,
  foreignSecrets,
  furnish,
  GROUPS,
  letIn,
  LIBRARIES,
  OWNER,
  type Place,
  PLACES,
  populate,
  VIEWED,
} from './updates/scene.ts';
import { tap, watchButtons } from './updates/taps.ts';
import { judge } from './updates/verdict.ts';

const { values: options } = parseArgs({
  options: {
    updates: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});
const TOTAL = Number(options.updates);
const BATCH = 1000;
const TELL_EVERY = 5000;
/** Rather than all at once: what a chat asks beyond ten is answered no more, and less would be tried. */
const AHEAD_MOST = 50;
const STALL_MOST_MS = 50;
const LOOK_MS = 40;
const REST_MOST_MS = 60_000;
/** Of what a warning says of its reason. */
const WHY_MOST = 100;
/** Half of all may do nothing. */
const CLASSES: readonly Class[] = [
  'outsiders',
  'outsiders',
  'viewers',
  'viewers',
  'plain',
  'plain',
  'members',
  'members',
  'members',
  'members',
  'owner',
];

const dice = createDice(Number(options.seed));
const folder = mkdtempSync(join(tmpdir(), 'hubgram-updates-'));
const path = join(folder, 'hubgram.db');
const telegram = await startBotApi({ privacyMode: false });
const hub = await startSampleHub();
const store = openStore(path, { clock: systemClock });
let serialNow = 0;
const serial = (): number => (serialNow += 1);
telegram.addUser({ id: OWNER, firstName: 'Owner', started: true });
populate(telegram);
letIn(store);
furnish(store, serial);
const buttons = watchButtons(telegram);

const breaches = new Map<string, number>();
const breach = (what: string, example = ''): void => {
  const times = (breaches.get(what) ?? 0) + 1;
  breaches.set(what, times);
  if (times === 1) console.error(`BREACH after ${sent} updates: ${what}\n${example.slice(0, 1500)}`);
};
const warnings = new Map<string, number>();
let sent = 0;

const child = spawn(
  process.execPath,
  [
    ...(options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`]),
    '--import',
    join(import.meta.dirname, 'crowd/watch.ts'),
    join(import.meta.dirname, 'updates/bot.ts'),
    folder,
    telegram.token,
    telegram.apiRoot,
    hub.url,
  ],
  { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] },
);
const reports = createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })[Symbol.asyncIterator]();
const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();

/** What the bot logs: numbers and names differ from line to line, what it is about does not. */
const readLog = (line: string): void => {
  if (line === 'ready') {
    isReady();
    return;
  }
  const { level, msg, err } = JSON.parse(line) as {
    level: string;
    msg: string;
    err?: { message?: string; stack?: string };
  };
  const about = `${level}: ${msg}${err ? ` · ${err.stack ?? err.message ?? ''}` : ''}`.slice(0, 1200);
  const why = err?.message === undefined ? msg : `${msg} · ${err.message.slice(0, WHY_MOST)}`;
  if (level === 'warn') warnings.set(why, (warnings.get(why) ?? 0) + 1);
  else breach(about);
};
createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', readLog);
child.on('exit', (code) => code !== 0 && breach(`the bot ended with code ${code}`));

const hear = (chatId: number, text: string): void => {
  if (text.includes('Something went wrong inside'))
    breach('a person was told that something went wrong inside hubgram');
  for (const word of foreignSecrets(chatId, text))
    breach(`${word.replace(/\d/, '')} was shown in another chat`, `${chatId}: ${text}`);
};
telegram.onChange((change) => {
  if (change.kind === 'answer') hear(change.answer.chatId, change.answer.text ?? '');
  if (change.kind !== 'message' || change.message.from.is_bot !== true) return;
  const { content, markup } = change.message;
  const labels = markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
  hear(change.chat.id, [content.text ?? '', ...labels].join('\n'));
});

// Whatever ends this one ends the other.
process.on('exit', () => child.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const isOpen = (): boolean => child.exitCode === null && child.signalCode === null;
const books = openBooks(path);
/** Waits until nothing changes any more. */
const settle = async (): Promise<Books> => {
  let until = performance.now() + REST_MOST_MS;
  let least = Number.POSITIVE_INFINITY;
  while (isOpen() && performance.now() < until) {
    await sleep(LOOK_MS);
    const left = telegram.pendingUpdates().length + books.waiting();
    // As long as it comes nearer to it, on however busy a machine.
    if (left < least) until = performance.now() + REST_MOST_MS;
    least = Math.min(least, left);
    const now = telegram.pendingUpdates().length === 0 ? books.atRest() : undefined;
    if (now) return now;
  }
  breach('the bot did not come to rest');
  return books.read();
};

const make = (place: Place) =>
  options.only === 'said' ? say(dice, place, serial) : makeOther(dice, place, { serial, buttons });

const sendBatch = async (places: (typeof PLACES)[Class]): Promise<void> => {
  for (let count = 0; count < BATCH && sent < TOTAL; count += 1) {
    const place = pick(dice, places);
    const isTap = often(dice, options.only === 'said' ? 2 : 3);
    const made = isTap ? tap(telegram, dice, place, buttons) : make(place);
    // The owner's word on everything changes everybody's rows.
    const text: unknown = made && Reflect.get(made.body, 'text');
    if (places === PLACES.owner && typeof text === 'string' && /^\/(?:un)?hold/i.test(text)) continue;
    if (made) telegram.deliver(made.kind, made.body);
    sent += 1;
    while (isOpen() && telegram.pendingUpdates().length + books.waiting() >= AHEAD_MOST) await sleep(LOOK_MS / 10);
  }
};

const begun = performance.now();
const quarters: string[] = [];
let longestMs = 0;
let longestWorkMs = 0;
interface Report {
  readonly longestMs: number;
  readonly longestWorkMs: number;
  readonly rssMb: number;
}

const report = async (): Promise<number> => {
  child.kill('SIGUSR2');
  const said = JSON.parse((await reports.next()).value as string) as Report;
  longestMs = Math.max(longestMs, said.longestMs);
  longestWorkMs = Math.max(longestWorkMs, said.longestWorkMs);
  return said.rssMb;
};

const secondsSince = (from: number): string => ((performance.now() - from) / 1000).toFixed(0);

/** How far it has come, and what it was like so far. */
const tellProgress = async (isQuarter: boolean): Promise<void> => {
  const rss = `${(await report()).toFixed(0)} MB`;
  if (isQuarter) quarters.push(rss);
  console.error(
    `${sent} updates after ${secondsSince(begun)} s: longest stall ${longestMs.toFixed(0)} ms, of own work ${longestWorkMs.toFixed(0)} ms; ${rss}; ${breaches.size} breaches`,
  );
};

await ready;
await settle();
child.kill('SIGUSR2');
await reports.next();
while (sent < TOTAL && isOpen()) {
  const who = pick(dice, CLASSES);
  const quarter = Math.floor((4 * sent) / TOTAL);
  letIn(store);
  furnish(store, serial);
  const before = await settle();
  const chats =
    who === 'members'
      ? [pick(dice, PLACES.members).chatId]
      : who === 'plain'
        ? GROUPS
        : who === 'viewers'
          ? VIEWED
          : LIBRARIES;
  await sendBatch(who === 'members' ? PLACES.members.filter(({ chatId }) => chats.includes(chatId)) : PLACES[who]);
  const after = await settle();
  for (const { what, example } of judge(who, chats, before, after)) breach(what, example);
  const isQuarter = Math.floor((4 * sent) / TOTAL) > quarter;
  if (isOpen() && (isQuarter || sent % TELL_EVERY === 0)) await tellProgress(isQuarter);
}
if (longestWorkMs > STALL_MOST_MS)
  breach(`the event loop stood still for ${longestWorkMs.toFixed(0)} ms of its own work`);
child.kill('SIGTERM');
if (isOpen()) await once(child, 'exit');
books.close();
store.close();
await telegram.close();
await hub.close();
rmSync(folder, { recursive: true, force: true });

console.log(`${sent} updates in ${secondsSince(begun)} s, seed ${options.seed}`);
console.log(
  `longest stall: ${longestMs.toFixed(1)} ms, of own work ${longestWorkMs.toFixed(1)} ms; RSS at each quarter: ${quarters.join(', ')}`,
);
for (const [what, times] of warnings) console.log(`warned ${times} times: ${what}`);
console.log(`breaches: ${breaches.size}`);
if (breaches.size > 0) process.exitCode = 1;
