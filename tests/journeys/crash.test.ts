import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

const SIZE = 16_000_000;
/** Dozens of them: see bench/kills.ts and bench/storm.ts. */
const KILLS = 3;
const repo = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'model.safetensors', size: SIZE },
    { path: 'config.json', content: '{}' },
  ],
});

/** Each percentage that a card has shown, in order. */
const percents = (card: SimMessage | undefined): number[] =>
  (card?.history ?? []).flatMap(
    ({ text }) =>
      /· downloading\n.* (\d+) %/
        .exec(text ?? '')
        ?.slice(1)
        .map(Number) ?? [],
  );

let world: World;
afterEach(async () => {
  await world?.close();
});

/** Of the weights only so many bytes come from now on, until the rest may. */
const hold = (bytes: number, { hub }: Pick<World, 'hub'> = world): (() => void) =>
  hub.setFault({ kind: 'held', bytes, path: 'sample/large/model' });

it('a download killed three times goes on in the same card, fetches little twice, and ends with one notice', async () => {
  world = await openWorld({ hub: { repos: [repo] } });
  let running = world.start(ONE_CONNECTION);
  let letGo = hold(SIZE / 8);
  await running.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/large');
  await world.sees(ANN, 'sample/large · downloading');
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const before = world.hub.bytesSent();
    // A moment that differs each time, told by the bytes that have come, not by the clock.
    const more = hold(3_000_000);
    letGo();
    letGo = more;
    await world.hub.waitForRequest(() => world.hub.bytesSent() >= before + 1_500_000 + kill * 170_000);
    await running.kill('SIGKILL');
    running = world.start(ONE_CONNECTION);
  }
  letGo();
  await world.sees(ANN, 'verified and ready');

  await world.sees(ANN, 'files verified');
  const cards = world
    .shown(ANN)
    .filter((message) => /^sample\/large · completed\n16 MB.*\n2 files verified/.test(message.text ?? ''));
  const notices = world.shown(ANN).filter((message) => /verified and ready/.test(message.text ?? ''));
  expect(world.shown(ANN)).toHaveLength(2);
  expect(cards).toHaveLength(1);
  expect(notices).toHaveLength(1);
  // What came between two kills at most, and was on its way in sockets.
  expect(world.hub.bytesSent() - SIZE).toBeLessThan(KILLS * 3_000_000 + 500_000);
  const { id: commit, files } = world.hub.commitOf('sample/large');
  const content = await readFile(join(world.cacheDir, 'models--sample--large/snapshots', commit, 'model.safetensors'));
  expect(createHash('sha256').update(content).digest('hex')).toBe(
    files.find((file) => file.path === 'model.safetensors')?.etag(),
  );
});

it('a download stopped by SIGTERM is saved within ten seconds and goes on in the same card', async () => {
  world = await openWorld({ hub: { repos: [repo] } });
  const letGo = hold(SIZE / 2);
  const bot = world.start(ONE_CONNECTION);
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/large');
  const card = await world.sees(ANN, /sample\/large · downloading\n.*[1-9]\d* %/);
  // The program ends itself with another code if it has not closed cleanly by then.
  expect(await bot.kill('SIGTERM')).toBe(0);
  const sent = world.hub.bytesSent();
  const [stopped] = world.shown(ANN);
  expect(stopped?.text).toMatch(/^sample\/large · pending\n.*\n?.*A restart interrupted it\. It goes on by itself\./);
  const before = percents(stopped);
  letGo();
  const more = hold(SIZE / 4);
  await world.start(ONE_CONNECTION).printed('is running');
  await world.telegram.waitFor(() => percents(world.shown(ANN)[0]).length > before.length);
  more();
  await world.sees(ANN, 'files verified');
  await world.sees(ANN, 'verified and ready');
  expect(world.shown(ANN)).toMatchObject([
    { message_id: card.message_id, text: expect.stringMatching(/^sample\/large · completed\n/) },
    { text: expect.stringContaining('verified and ready') },
  ]);
  const shown = percents(world.shown(ANN)[0]);
  expect(shown.length).toBeGreaterThan(before.length);
  expect(shown).toEqual(shown.toSorted((left, right) => left - right));
  // Nothing that had been written is fetched again; what was on its way in sockets may be.
  expect(world.hub.bytesSent()).toBeLessThan(SIZE + 1_500_000);
  expect(sent).toBeLessThan(SIZE);
});

it('a card killed in the middle goes on in the same message, from close to what it showed', async () => {
  world = await openWorld({ hub: { repos: [repo] } });
  const letGo = hold(SIZE / 2);
  const bot = world.start();
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/large');
  const card = await world.sees(ANN, /sample\/large · downloading\n.*[3-9]\d %/);
  await bot.kill('SIGKILL');
  expect(world.shown(ANN)).toMatchObject([{ message_id: card.message_id, text: card.text }]);
  const before = percents(card);
  letGo();
  const more = hold(SIZE / 4);
  await world.start().printed('is running');
  await world.telegram.waitFor(() => percents(world.shown(ANN)[0]).length > before.length);
  more();
  await world.sees(ANN, 'files verified');
  await world.sees(ANN, 'verified and ready');
  expect(world.shown(ANN)).toMatchObject([
    { message_id: card.message_id, text: expect.stringMatching(/^sample\/large · completed\n/) },
    { text: expect.stringContaining('verified and ready') },
  ]);
  const after = percents(world.shown(ANN)[0]).slice(before.length);
  // What came in the last second may be lost: it had not been flushed.
  expect(after[0]).toBeGreaterThan((before.at(-1) ?? 0) / 2);
  expect(after).toEqual(after.toSorted((left, right) => left - right));
});

it('goes on when the Hub comes back in the middle of a download', async () => {
  const world = await openAppWorld({ hub: { repos: [repo] } });
  onTestFinished(() => world.close());
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
  const world = await openAppWorld({ hub: { repos: [repo] } });
  onTestFinished(() => world.close());
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
