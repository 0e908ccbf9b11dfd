import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { logFiles } from '../../src/log/file-names.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { ANN, openWorld } from '../helpers/world.ts';

const SIZE = 8_000_000;
/** Nobody’s. */
const TOKEN = '123456789:AAExampleExampleExampleExampleExample';
const repo = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'model.safetensors', size: SIZE },
    { path: 'config.json', content: '{}' },
  ],
});

type Line = Readonly<Record<string, unknown>> & { readonly msg: string };

const storyIn = (lines: readonly Line[], id: Record<string, unknown>): string[] =>
  lines.filter((line) => Object.entries(id).every(([key, value]) => line[key] === value)).map(({ msg }) => msg);

it('the log tells what became of a message, from one id to the next, over a kill', async () => {
  const world = await openWorld({ hub: { repos: [repo] } });
  onTestFinished(() => world.close());
  const letGo = world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'sample/large/model' });
  const first = world.start(ONE_CONNECTION);
  await first.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/large');
  await world.sees(ANN, /sample\/large · downloading\n.*[3-9]\d %/);
  await first.kill('SIGKILL');
  letGo();
  const second = world.start(ONE_CONNECTION);
  await world.sees(ANN, 'verified and ready');
  await second.printed('A notice is sent');
  expect(await second.kill('SIGTERM')).toBe(0);

  const text = await readFile(logFiles(join(world.folder, 'data'))[0], 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const find = (said: string): Line => lines.find(({ msg }) => msg === said) ?? { msg: '' };
  const { update, request } = find('A model is asked for');
  expect(storyIn(lines, { update })).toEqual(['A model is asked for', 'A message or tap is handled']);
  expect(storyIn(lines, { request })).toEqual(['A model is asked for', 'A request has become a model']);
  const { model, copy } = find('A request has become a model');
  const { session, notice } = find('A notice is sent');
  expect(storyIn(lines, { session })).toEqual([
    'A download begins',
    'A download goes on',
    'A download is complete',
    'A notice is sent',
  ]);
  expect(storyIn(lines, { model, copy })).toEqual([
    'A request has become a model',
    'A download begins',
    'A download goes on',
    'A download is complete',
  ]);
  expect(storyIn(lines, { model, notice })).toEqual(['A notice is sent']);
  // Nothing else was worth a word.
  const isOfTheStory = ({ update: ofUpdate, model: ofModel }: Line): boolean =>
    ofUpdate === update || ofModel === model;
  expect(lines.filter((line) => !isOfTheStory(line)).map(({ msg }) => msg)).toEqual([
    'hubgram starts',
    'Telegram has accepted the token: people are heard',
    'hubgram starts',
    'Downloads that a crash interrupted go on',
    'Telegram has accepted the token: people are heard',
    'hubgram stops, as it was told to',
  ]);
  // What is told where the program runs is what the file has.
  for (const line of text.trimEnd().split('\n')) expect(first.output() + second.output()).toContain(line);
});

it('whoever read what it prints may go: it goes on, and what it would say is no fault', async () => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  const bot = world.start();
  // Before it could say anything.
  bot.child.stdout?.destroy();
  bot.child.stderr?.destroy();
  world.telegram.say(ANN, ANN, '/queue');
  await world.sees(ANN, 'Nothing is downloading');
  expect(await bot.kill('SIGTERM')).toBe(0);
  const asked = world.start({}, ['--help']);
  asked.child.stdout?.destroy();
  expect([await asked.exited, asked.output()]).toEqual([0, '']);
});

it.each([
  ['the place of a command', [TOKEN], ''],
  ['the place of a name', ['--check-config'], `${TOKEN}: bot_token\n`],
])('a token in %s is no word that it repeats', async (_, flags, yaml) => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  await writeFile(join(world.folder, 'hubgram.yaml'), yaml);
  const wrong = world.start({}, flags);
  expect(await wrong.exited).toBe(2);
  expect(wrong.output()).toMatch(/There is no command|is not known/);
  expect(wrong.output()).not.toContain(TOKEN.slice(-30));
});
