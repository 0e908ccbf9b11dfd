import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { addCategory } from '../../src/library/categories.ts';
import { addSchedule } from '../../src/library/schedules/schedules.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { joinHost } from '../helpers/hosts.ts';
import { type Example, KNOWN, readmeExamples, spokenExamples } from './examples.ts';
import { type BotBench, openBot } from './setup.ts';

/*
 * What the README, the help and the sentences about mistakes tell people to write is written, each of it, and must be
 * understood. Nobody has to add an example here: they are read from where they stand.
 */

/** How an example is answered that was understood. What is no answer of this kind is a refusal, or a new command. */
const UNDERSTOOD: Readonly<Record<string, RegExp>> = {
  // No server of the web is asked here: that one was looked up is all.
  add: /^Which model\? Send|^[^\n]+ · (?:pending|downloading|completed|which one\?|already)|in this library|^https:[^\n]+ · failed/,
  // Alone, or as the answer to nothing.
  keep: /^Which file\? Send it now/,
  search: /^Search: [^\n]+ · (?:searching|trending first|most downloaded first|newest first)\n/,
  queue:
    /^(?:Every download|Downloading|Waiting|Paused|Failed|Cancelled|Nothing is downloading)|starts? (?:first now|in the order)/,
  storage: /^Storage(?:\n|: models by size)/,
  status: /^Status · /,
  'hosts add': /^Other machines hear of me by a Redis/,
  'hosts remove': /^Let nas go\?/,
  // Nothing of the Hub is called like the models here.
  move: /Where else shall it lie\?|^Which one\?|^sample\/m\d+ · failed/,
  hosts: /^Hosts · |^this machine · /,
  history: /^History|^Nothing was downloaded in this chat yet/,
  library: /^Library\n|^Nothing in this library is failed · /,
  export:
    /^This library is empty: there is nothing to export|^Nothing in this library is like that|^\d+ models? of this library/,
  import: /^Send me a file first/,
  model: /^Which one\?|^[^\n]+ · (?:pending|paused|failed|completed|cancelled)/,
  readme: /^Which one\?|^[^\n]+ · README/,
  files: /^Which one\?|^Nobody knows yet what the files|^[^\n]+ · \d+ files?/,
  file: /^Which one\?|has no file like|^Nobody knows yet what the files|^[^\n]+ · \d+ files?/,
  edit: /^Which one\?|^What shall change about|^\d+ models? changed\.|^Nothing was changed\. \d+ models? (?:was|were) so already\.|^sample\/m\d+ · (?:category|priority|newer revisions) ?/,
  'categories add': /^There is a category \S+ \S+ now|^Which category\?/,
  'categories edit': /^Changed: it is listed as “\S+ \S+” now/,
  'categories remove': /^The category LoRA is removed/,
  categories: /^Categories\n/,
  try: /^Which one\?|it can be talked to when it is complete|^Nothing here can be talked to yet/,
  stop: /^The talk with|^You are in no talk here/,
  check: /^Which one\?|^[^\n]+ · completed|is being checked already|it can be checked when it is complete/,
  verify: /^Which one\?|^[^\n]+ · (?:verifying|verified|not verified|files damaged)|is verified when it is complete/,
  adopt:
    /^In the cache · |^Every model in the cache|^[^\n]+ · (?:looking through the cache|taking it over|in this library|not taken over|incomplete)|Only the owner/,
  pause: /^Which one\?|models? paused|is paused/,
  resume: /^Which one\?|models? resumed|goes on/,
  retry: /^Which one\?|models? tried again|is tried again/,
  download: /^Which one\?|models? started|starts/,
  first: /^Which one\?|in the queue now/,
  up: /^Which one\?|in the queue now/,
  down: /^Which one\?|in the queue now/,
  priority: /^Which one\?|has priority \w+ now/,
  update: /^Nothing newer is known|is looked up on the Hub|are looked up on the Hub|^Which one\?|which never changes/,
  cancel: /^Which one\?|^Cancel /,
  remove: /^Which one\?|^Remove /,
  link: /^No other program is known|^Which one\?/,
  unlink: /^Which one\?|^Nothing in this library is linked/,
  undo: /back in this library|^There is nothing to undo|^Nothing like /,
  hold: /^Every download of every chat is held|^They are held already/,
  unhold: /^The downloads go on|^No downloads are held/,
  'schedule add': / · #\d+ · (?:on|off)\n/,
  'schedule edit': / · #\d+ · (?:on|off)\n/,
  'schedule enable': / is on/,
  'schedule disable': / is off/,
  'schedule remove': /^Remove the schedule/,
  schedule: / · #\d+ · (?:on|off)\n/,
  schedules: / · #\d+ · (?:on|off)\n|next \w+/,
  // All examples are of one bot, and of one configuration.
  'config set': /^\w+ is [^\n]+(?: now\. It was |, as it was\.)/,
  'config reset': /^(?:Nothing was|\w+ was not|Take back [^\n]+) set in a chat|^\w+ is \S+ now/,
  'config validate': /^The configuration is right|things? (?:is|are) to be looked at/,
  'config export': /^All settings as they are now, as a file/,
  'activity export': /^\d+ lines?$|^Nothing of that kind/,
  activity: /^Activity\n/,
  logs: /^Log(?: · [^\n]+)?\n/,
  'jobs remove': /^No inference server has asked for “gpt2”/,
  jobs: /^(?:No inference server has asked|No job has the status)/,
  backup: /^I make a backup of the database/,
  quota: /^What (?:you|this group|Ann \(@ann\)) may have\n/,
  config: /^Configuration\n|^max_retries · \d\n/,
  settings: /^(?:Changed: .*\n)?Settings of this chat\n/,
  token: /^Send me a token of your account|^Your token of the Hub/,
  timezone: /^(?:Set\. )?Times here are those of|^Which of these is it\?/,
  users: /^People · |^Nobody I know is called|^[^\n]+ · owner\n/,
  invite: /^Invitation #\d+ · |^Invitations · /,
  start: /^I keep this machine stocked/,
  help: /^What I understand:|^(?:Adding models|Finding models|Controlling downloads|Schedules|The library|Other programs|People|Taking a library along)\n/,
};
const ALIASES: Readonly<Record<string, string>> = {
  list: 'library',
  models: 'library',
  info: 'model',
  updates: 'update',
  people: 'users',
};

const kindOf = (line: string): string => {
  const [command = '', verb = ''] = line.slice(1).toLowerCase().split(/\s+/);
  const name = ALIASES[command] ?? command;
  return `${name} ${verb}` in UNDERSTOOD ? `${name} ${verb}` : name;
};

const gguf = (id: string) =>
  defineRepo({
    id,
    files: ['Q4_K_M', 'Q8_0', 'F16', 'BF16'].map((label) => ({ path: `name-${label}.gguf`, size: 5000, seed: label })),
    branches: Object.fromEntries(
      ['revision', 'branch'].map((branch) => [branch, [{ path: 'name-Q8_0.gguf', size: 5000, seed: branch }]]),
    ),
  });
const repos = [
  gguf('org/name'),
  gguf('Qwen/Qwen3-1.7B-GGUF'),
  defineRepo({
    id: 'org/name-ONNX',
    files: ['model', 'model_int8'].map((name) => ({ path: `onnx/${name}.onnx`, size: 5000 })),
  }),
  defineRepo({ id: 'gpt2', files: [{ path: 'config.json', content: '{}' }] }),
  defineRepo({ id: 'org/name', type: 'dataset', files: [{ path: 'data.json', content: '{}' }] }),
];

let bench: BotBench;
let person = 2000;
let made = 0;
beforeAll(async () => {
  // In Berlin it is 21:15, as the README has it.
  const ahead = Date.parse('2026-11-28T20:15:00.000Z') - Date.now();
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  bench = await openBot({ hub: { repos }, concurrency: 0, clock });
  joinHost(bench.store, 'nas');
});
afterAll(() => bench?.close());

/** Somebody with a library that holds something in every state. @returns their id, and a number in it */
const newcomer = (): { userId: number; number: number } => {
  const userId = (person += 1);
  const { telegram, store, queue } = bench;
  telegram.addUser({ id: userId, firstName: 'Cleo', started: true });
  store.users.upsertUser({ userId, firstName: 'Cleo', username: null });
  store.users.setRole(userId, 'owner');
  store.chats.upsertChat({ chatId: userId, kind: 'private', title: 'Cleo' });
  queue.unhold();
  const states = ['paused', 'failed', 'completed', 'pending', 'pending'] as const;
  const ids = states.map((status) => bench.put(`sample/m${(made += 1)}`, status, userId));
  const picture = store.models.createModel({ chatId: userId, name: `sample/m${(made += 1)}`, category: 'image' });
  store.models.setTags(picture.id, ['nlp']);
  return { userId, number: ids.at(-1) ?? 0 };
};

/** Each is written in a chat of its own: nothing of one is left for the next, and no chat is over its budget. */
const tryIt = async (line: string): Promise<string> => {
  const { userId, number } = newcomer();
  if (/^\/schedules?(?! add)/.test(line))
    for (const name of ['other', 'nightly']) addSchedule(bench.store, userId, { type: 'daily', time: '23:00', name });
  if (line.startsWith('/categories remove')) addCategory(bench.store, userId, 'LoRA', {});
  const { message_id: asked } = bench.telegram.say(userId, userId, line.replace('#12', `#${number}`));
  const answer = (): string | undefined =>
    bench
      .shown(userId)
      .filter(({ message_id: id }) => id > asked)
      .map(({ text, caption }) => text ?? caption)
      // What a look at the Hub came to may be told before the answer: others are looked up at the same time.
      .find((said) => said !== undefined && !/ · (?:looking up|cannot be updated)/.test(said));
  await bench.telegram.waitFor(() => answer() !== undefined);
  return answer() ?? '';
};

/** Many say the same: it is tried once, for whoever says it first. */
const tried = new Set<string>();
const each = (examples: readonly Example[]): [string, string][] =>
  examples.flatMap(({ line, place }): [string, string][] => {
    const isNew = !tried.has(line);
    tried.add(line);
    return isNew ? [[line, place]] : [];
  });

describe.concurrent('an example of the README and its pages', () => {
  it.each(each(readmeExamples()))('is understood: %s', async (line) => {
    expect(await tryIt(line)).toMatch(UNDERSTOOD[kindOf(line)] ?? /^no answer is known as good$/);
  });
});

describe.concurrent('an example of the help, or of a sentence about a mistake', () => {
  it.each(each(spokenExamples()))('is understood: %s (%s)', async (line) => {
    expect(await tryIt(line)).toMatch(UNDERSTOOD[kindOf(line)] ?? /^no answer is known as good$/);
  });
});

describe('this test', () => {
  it('finds the examples', () => {
    const lines = [...readmeExamples(), ...spokenExamples()].map(({ line }) => line);
    for (const line of [
      '/timezone 21:15',
      '/schedule edit nightly until=06:00',
      '/add org/name@revision',
      '/model #12',
    ])
      expect(lines).toContain(line);
    expect(lines.length).toBeGreaterThan(60);
  });

  it.each([
    '/timezone Xyzzy',
    '/add a b c',
    '/schedule add yearly 23:00',
    '/model #999999',
    '/help weather',
    '/add org/gone',
  ])('sees that this is not understood: %s', async (line) => {
    expect(await tryIt(line)).not.toMatch(UNDERSTOOD[kindOf(line)] ?? /./);
  });

  it('knows an answer for every command', () => {
    for (const command of KNOWN) expect(UNDERSTOOD).toHaveProperty([kindOf(`/${command}`)]);
  });
});
