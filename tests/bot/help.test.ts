import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { FEATURES } from '../../src/bot/features.ts';
import { BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot();
});
afterAll(() => bench?.close());

const fresh = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);
const labels = (message: SimMessage | undefined): string[] =>
  fresh(message)
    ?.reply_markup?.inline_keyboard.flat()
    .map(({ text }) => text) ?? [];

describe('/start', () => {
  it.each([
    ['Add a model', /^Which model\? Send its name/],
    ['Library', /^This library is empty/],
    ['Queue', /^Nothing is downloading/],
    ['Schedule', /^No schedule yet/],
    ['Settings', /^Settings of this chat\n/],
  ])('has a button that opens what its command opens: %s', async (button, opened) => {
    const [welcome] = await bench.say('/start');
    await bench.press(welcome, button);
    expect(bench.shown().at(-1)?.text).toMatch(opened);
    await bench.say('/cancel');
  });

  it('has one for help, which opens in its place', async () => {
    const [welcome] = await bench.say('/start');
    await bench.press(welcome, 'Help');
    expect(fresh(welcome)?.text).toMatch(/^What I understand:/);
  });
});

describe('who may only look', () => {
  it.each(['/start', '/library', '/queue', '/quota'])('is not told to add anything: %s', async (words) => {
    bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bench.store.users.setRole(BOB, 'viewer');
    const said = await bench.ask(words, { userId: BOB, chatId: BOB });
    expect(said).not.toBe('');
    expect(said).not.toMatch(/\/add|can allow more/);
  });
});

describe('/help', () => {
  it('lists behind the dozen of the menu what is done with a model, its files, the queue, and times, each beside its like', async () => {
    const [help] = await bench.say('/help');
    const named = [...(help?.text ?? '').matchAll(/^\/([a-z]+) ·/gm)].map(([, name]) => name);
    expect(named.slice(12).join(' ')).toBe(
      'model edit remove undo update files file readme history categories check verify try download retry first up down priority schedules timezone',
    );
  });

  it('has its topics as buttons that change the message, and leads back', async () => {
    const [help] = await bench.say('/help');
    expect(labels(help)).toEqual(['Topics']);
    await bench.press(help, 'Topics');
    const [last, ...rest] = labels(help).toReversed();
    expect(last).toBe('‹ All commands');
    const topics = rest.toReversed();
    expect(topics).toEqual([
      'Adding models',
      'Finding models',
      'Controlling downloads',
      'Schedules',
      'The library',
      'Files',
      'READMEs',
      'Changing a model',
      'Updates',
      'Categories',
      'Other programs',
      'Taking a library along',
      'Private and gated models',
      'Settings',
      'Quotas',
      'Storage',
      'Status',
      'Hosts',
      'Verifying files',
      'Checking models',
      'Talking to models',
      'Configuration',
      'Backups',
      'Jobs of an inference server',
      'Taking over what is there',
      'Activity',
      'The log',
      'People',
    ]);
    for (const topic of topics) {
      await bench.press(fresh(help), topic);
      expect(fresh(help)?.text?.split('\n')[0]).toBe(topic);
      expect(labels(help)).toEqual(['‹ Topics', '‹ All commands']);
      await bench.press(fresh(help), '‹ Topics');
      expect(fresh(help)?.text).toMatch(/^Which topic\?/);
    }
    await bench.press(fresh(help), '‹ All commands');
    expect(fresh(help)?.text).toMatch(/^What I understand:/);
    expect(labels(help)).toEqual(['Topics']);
  });

  it('names every command that there is', async () => {
    const said = await bench.ask('/help');
    const named = [...said.matchAll(/(?<=\s)\/([a-z]+)/g)].map(([, name]) => name);
    const all = FEATURES.flatMap(({ commands }) => Object.keys(commands)).filter((name) => name !== 'start');
    for (const name of all) expect(named).toContain(name);
  });

  it.each([
    ['pause', 'Controlling downloads'],
    ['/timezone', 'Schedules'],
    ['Remove', 'The library'],
    ['schedule', 'Schedules'],
    ['torrent', 'Adding models'],
    ['magnet', 'Adding models'],
    ['web', 'Adding models'],
    ['context', 'Checking models'],
    ['runtime', 'Checking models'],
  ])('understands a command as its topic: %s', async (word, topic) => {
    expect(await bench.ask(`/help ${word}`)).toMatch(new RegExp(`^${topic}\n`));
  });

  it('understands each command as the topic it belongs to, whatever words other topics have', async () => {
    const own = FEATURES.flatMap(({ commands, topic }) =>
      topic ? Object.keys(commands).map((command) => [command, topic.lines[0]]) : [],
    );
    expect(own.map(([command]) => command)).toContain('link');
    const opened: unknown[] = [];
    for (const [command] of own) opened.push([command, (await bench.ask(`/help /${command}`)).split('\n')[0]]);
    expect(opened).toEqual(own);
  });

  it('offers the topics where it does not know the word', async () => {
    const [said] = await bench.say('/help weather');
    expect(said?.text).toMatch(/^There is no help on “weather”/);
    expect(labels(said)).toEqual(expect.arrayContaining(['People', 'Storage', '‹ All commands']));
    await bench.press(said, 'People');
    expect(bench.shown().find(({ message_id: id }) => id === said?.message_id)?.text).toMatch(/^People\n/);
  });

  it.each(['/help', '/start', '/queue'])('leaves a dialogue, as every command does: %s', async (command) => {
    expect(await bench.ask('/add')).toMatch(/^Which model\?/);
    await bench.say(command);
    expect(await bench.ask('gpt2')).toMatch(/^Write \/add and the name of a model/);
  });
});

it('/help of a topic has a bold title, and a gap before each paragraph', async () => {
  const [help] = await bench.say('/help hosts');
  const bold = help?.entities?.filter(({ type }) => type === 'bold');
  expect(bold).toEqual([{ type: 'bold', offset: 0, length: 'Hosts'.length }]);
  const paragraphs = help?.text?.split('\n\n') ?? [];
  expect(paragraphs.length).toBeGreaterThan(4);
  expect(paragraphs.join('')).not.toContain('\n');
  expect(help?.text).toMatch(/ on=nas says where a model goes\. \/settings default_host=nas /);
});

it('/help says that its list is not all, and takes the first of several words', async () => {
  expect(await bench.ask('/help')).toMatch(
    /\nThat is not all\. There are \/keep, .*; for the owner .* and \/invite\. “Topics” tells of each\.$/,
  );
  expect(await bench.ask('/help storage picture')).toMatch(/^Storage\n/);
  expect(await bench.ask('/help banana picture')).toMatch(/^There is no help on “banana picture”/);
});
