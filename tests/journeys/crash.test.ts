import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type AppWorld, type AppWorldOptions, COUNTING, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { partialsIn } from '../helpers/partials.ts';
import type { StandIns } from '../helpers/stand-ins.ts';
import { ANN, openWorld } from '../helpers/world.ts';

const SIZE = 8_000_000;
const repo = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'model.safetensors', size: SIZE },
    { path: 'config.json', content: '{}' },
  ],
});

const small = defineRepo({ id: 'sample/small', files: [{ path: 'model.safetensors', size: 200_000 }] });

const sha256Of = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

const etagIn = ({ hub }: StandIns, id: string): string | undefined =>
  hub
    .commitOf(id)
    .files.find(({ path }) => path === 'model.safetensors')
    ?.etag();

/** Each percentage that a card has shown, in order. */
const percents = (card: SimMessage | undefined): number[] =>
  (card?.history ?? []).flatMap(
    ({ text }) =>
      /· downloading\n.* (\d+) %/
        .exec(text ?? '')
        ?.slice(1)
        .map(Number) ?? [],
  );

const open = async (options: AppWorldOptions = {}): Promise<AppWorld> => {
  const world = await openAppWorld({ hub: { repos: [repo] }, ...options });
  onTestFinished(() => world.close());
  return world;
};

/** The card in its last state, and one notice. */
const endsRight = async (world: StandIns, card: SimMessage): Promise<void> => {
  await world.sees(ANN, 'files verified');
  await world.sees(ANN, 'verified and ready');
  expect(world.shown(ANN)).toMatchObject([
    {
      message_id: card.message_id,
      text: expect.stringMatching(/^sample\/large · completed\n8 MB.*\n2 files verified/),
    },
    { text: expect.stringContaining('verified and ready') },
  ]);
};

/** Of the weights only so many bytes come from now on, until the rest may. */
const hold = (bytes: number, { hub }: Pick<StandIns, 'hub'>): (() => void) =>
  hub.setFault({ kind: 'held', bytes, path: 'sample/large/model' });

/** Dozens of kills, at any time: see bench/kills.ts and bench/storm.ts. */
it('a download that is killed goes on in the same card, from close to what it showed, and ends with one notice', async () => {
  const world = await openWorld({ hub: { repos: [repo] } });
  onTestFinished(() => world.close());
  const letGo = hold(SIZE / 2, world);
  const bot = world.start(ONE_CONNECTION);
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/large');
  const card = await world.sees(ANN, /sample\/large · downloading\n.*[3-9]\d %/);
  // It was edited: then the bot has the answer to the message, which it would send again otherwise.
  await world.telegram.waitFor(() => (world.shown(ANN)[0]?.history.length ?? 0) > 1);
  // And all that may come has been flushed, but what a connection has not handed on yet.
  const noted = async (): Promise<number> => (await partialsIn(world.cacheDir))[0]?.bytes ?? 0;
  await expect.poll(noted, { interval: 20 }).toBeGreaterThan(SIZE / 4);
  await bot.kill('SIGKILL');
  expect(world.shown(ANN)).toMatchObject([{ message_id: card.message_id }]);
  const before = percents(world.shown(ANN)[0]);
  letGo();
  const more = hold(SIZE / 4, world);
  world.start(ONE_CONNECTION);
  await world.telegram.waitFor(() => percents(world.shown(ANN)[0]).length > before.length);
  more();
  await endsRight(world, card);
  const after = percents(world.shown(ANN)[0]).slice(before.length);
  // What came in the last second may be lost: it had not been flushed.
  expect(after[0]).toBeGreaterThan((before.at(-1) ?? 0) / 2);
  expect(after).toEqual(after.toSorted((left, right) => left - right));
  const { id: commit } = world.hub.commitOf('sample/large');
  const content = join(world.cacheDir, 'models--sample--large/snapshots', commit, 'model.safetensors');
  expect(await sha256Of(content)).toBe(etagIn(world, 'sample/large'));
});

/** That a signal does this, and ends the program with 0: see tests/journeys/telegram-silence.test.ts. */
it('a download that is stopped is saved and goes on in the same card', async () => {
  const world = await open(COUNTING);
  const letGo = hold(SIZE / 2, world);
  const bot = await world.start(ONE_CONNECTION);
  world.say('/add sample/large');
  const card = await world.sees(ANN, /sample\/large · downloading\n.*[1-9]\d* %/);
  await bot.stop();
  const sent = world.hub.bytesSent();
  const [stopped] = world.shown(ANN);
  expect(stopped?.text).toMatch(/^sample\/large · pending\n.*\n?.*A restart interrupted it\. It goes on by itself\./);
  const before = percents(stopped);
  letGo();
  const more = hold(SIZE / 4, world);
  await world.start(ONE_CONNECTION);
  await world.telegram.waitFor(() => percents(world.shown(ANN)[0]).length > before.length);
  more();
  await endsRight(world, card);
  const shown = percents(world.shown(ANN)[0]);
  expect(shown).toEqual(shown.toSorted((left, right) => left - right));
  // Nothing that had been written is fetched again; what was on its way in sockets may be.
  expect(world.hub.bytesSent()).toBeLessThan(SIZE + 1_500_000);
  expect(sent).toBeLessThan(SIZE);
});

it('what the owner holds, a schedule that is open, a menu half-way and what a removal took are there after kill -9', async () => {
  const world = await openWorld({ hub: { repos: [repo, small] } });
  onTestFinished(() => world.close());
  const letGo = hold(SIZE / 2, world);
  const bot = world.start();
  await bot.printed('is running');
  const say = (text: string): void => void world.telegram.say(ANN, ANN, text);
  say('/add sample/small');
  await world.sees(ANN, /^sample\/small · completed\n[^]*1 file verified/);
  say('/remove sample/small');
  const question = await world.sees(ANN, /^Remove sample\/small\?/);
  world.telegram.press(ANN, ANN, question.message_id, 'Files too · 200 kB');
  await world.sees(ANN, '200 kB are free within the hour');
  const hour = (from: number): string => new Date(Date.now() + from * 3_600_000).toISOString().slice(11, 16);
  say(`/schedule add daily ${hour(-2)} until ${hour(2)} name=now`);
  await world.sees(ANN, 'Open since');
  say('/add sample/large');
  await world.sees(ANN, /sample\/large · downloading\n.*[1-9]\d* %/);
  say('/schedule');
  const menu = await world.sees(ANN, /^now · #1 · on[^]*Times here are/);
  world.telegram.press(ANN, ANN, menu.message_id, 'New schedule');
  await world.sees(ANN, 'How often?');
  say('/hold');
  await world.sees(ANN, /sample\/large · pending\nThe owner of this bot holds all downloads/);
  expect(await bot.kill('SIGKILL')).toBe('SIGKILL');
  world.start();
  world.telegram.press(ANN, ANN, menu.message_id, 'Every day');
  await world.sees(ANN, 'At what hour does it begin?');
  const askedOfSmall = (): number => world.hub.requests.filter(({ file }) => file?.startsWith('sample/small/')).length;
  const asked = askedOfSmall();
  say('/undo');
  await world.sees(ANN, 'sample/small is back in this library.');
  const card = await world.sees(ANN, /^sample\/small · completed\n[^]*1 file verified/);
  const path = /^\/.*$/m.exec(card.text ?? '')?.[0] ?? '';
  expect(await sha256Of(join(path, 'model.safetensors'))).toBe(etagIn(world, 'sample/small'));
  expect(askedOfSmall()).toBe(asked);
  say('/hold');
  await world.sees(ANN, 'They are held already.');
  letGo();
  say('/unhold');
  // It waits for its schedule, so it can come only while that is open.
  await world.sees(ANN, /^sample\/large.*\n.*verified and ready/);
  expect(world.hub.bytesSent()).toBeLessThan(SIZE * 1.5);
});

it('goes on when the Hub comes back in the middle of a download', async () => {
  const world = await open();
  const letGo = hold(SIZE / 2, world);
  await world.start();
  world.telegram.say(ANN, ANN, '/add sample/large');
  await world.sees(ANN, /sample\/large · downloading\n.*[1-9]\d* %/);
  await world.hub.takeDown();
  letGo();
  await world.sees(ANN, /sample\/large · pending\n.*Trying again/);
  await world.hub.bringUp();
  await world.sees(ANN, 'files verified');
  await world.sees(ANN, 'verified and ready');
  expect(world.shown(ANN).filter(({ text }) => text?.includes('verified and ready'))).toHaveLength(1);
});

it('says nothing twice and loses nothing while Telegram is out of reach', async () => {
  const world = await open();
  const letGo = hold(SIZE / 2, world);
  await world.start();
  world.telegram.say(ANN, ANN, '/add sample/large');
  await world.sees(ANN, /sample\/large · downloading\n.*[1-9]\d* %/);
  world.telegram.setFault({ method: '*', kind: 'reset', times: Number.POSITIVE_INFINITY });
  letGo();
  await world.hub.waitForRequest(() => world.hub.bytesSent() >= SIZE);
  await expect.poll(() => existsSync(join(world.cacheDir, 'models--sample--large/refs/main'))).toBe(true);
  world.telegram.clearFaults();
  await world.sees(ANN, 'files verified');
  await world.sees(ANN, 'verified and ready');
  expect(world.shown(ANN)).toHaveLength(2);
});
