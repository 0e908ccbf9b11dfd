import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

const GGUF = 'sample/Tiny-Llama-GGUF';

/** The bot has written down which message is the card: before that, a crash may lawfully send it twice. */
const cardKnown = (): Promise<void> =>
  expect
    .poll(() => {
      const db = new Database(join(world.dataDir, 'hubgram.db'), { readonly: true });
      try {
        return db.prepare('SELECT card_message_id FROM add_requests').pluck().get();
      } finally {
        db.close();
      }
    })
    .toBeTypeOf('number');

let world: World;
afterEach(async () => {
  await world?.close();
});

/** What kills nothing needs no process. */
const openInProcess = async (): Promise<AppWorld> => {
  const opened = await openAppWorld();
  onTestFinished(() => opened.close());
  return opened;
};

it('a repository of quantizations offers each with its size, and the picker survives kill -9', async () => {
  world = await openWorld();
  const bot = world.start();
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, `/add ${GGUF}`);
  const picker = await world.sees(ANN, 'which one?');
  const labels = picker.reply_markup?.inline_keyboard.flat().map((button) => button.text) ?? [];
  expect(labels.length).toBeGreaterThan(4);
  expect(labels.filter((label) => /^[A-Z0-9_-]+ · [\d.]+ (MB|GB)/.test(label)).length).toBeGreaterThan(3);
  await cardKnown();
  await bot.kill('SIGKILL');
  await world.start().printed('is running');
  const smallest = labels.find((label) => / · [\d.]+ MB/.test(label)) ?? '';
  const first = world.telegram.press(ANN, ANN, picker.message_id, smallest);
  const second = world.telegram.press(ANN, ANN, picker.message_id, smallest);
  await world.telegram.waitFor(
    ({ answers }) => answers.filter(({ callbackQueryId: id }) => id === first || id === second).length === 2,
  );
  await world.sees(ANN, 'verified and ready');
  await world.sees(ANN, 'files verified');
  expect(world.shown(ANN).filter(({ text }) => text?.includes('verified and ready'))).toHaveLength(1);
  expect(world.shown(ANN)[0]?.message_id).toBe(picker.message_id);
  expect(world.shown(ANN)[0]?.text).toMatch(new RegExp(`^${GGUF}:${smallest.split(' ')[0]} · completed`));
});

it('a look-up that kill -9 cut off goes on by itself', async () => {
  world = await openWorld();
  const bot = world.start();
  await bot.printed('is running');
  world.hub.setFault({ kind: 'silence', host: 'hub', times: 1 });
  world.telegram.say(ANN, ANN, '/add sample/tiny-llama');
  await world.sees(ANN, 'looking up');
  await cardKnown();
  await bot.kill('SIGKILL');
  await world.start().printed('is running');
  await world.sees(ANN, 'verified and ready');
  expect(world.shown(ANN)).toHaveLength(2);
});

it('a pasted link is offered, and the offer becomes the card', async () => {
  const world = await openInProcess();
  await world.start();
  world.telegram.say(ANN, ANN, 'look at https://huggingface.co/sample/tiny-llama/tree/main, it is small');
  const offer = await world.sees(ANN, 'Add sample/tiny-llama');
  world.telegram.press(ANN, ANN, offer.message_id, 'Add now');
  await world.sees(ANN, 'verified and ready');
  await world.sees(ANN, 'files verified');
  expect(world.shown(ANN)[0]?.message_id).toBe(offer.message_id);
});

it('a bare /add asks, understands the answer after a restart, and /cancel leaves', async () => {
  world = await openWorld();
  const bot = world.start();
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, '/add');
  await world.sees(ANN, 'Which model?');
  world.telegram.say(ANN, ANN, '../../etc');
  await world.telegram.waitFor(() => world.shown(ANN).length === 2);
  await bot.kill('SIGKILL');
  await world.start().printed('is running');
  world.telegram.say(ANN, ANN, 'sample/tiny-llama');
  await world.sees(ANN, 'verified and ready');
  world.telegram.say(ANN, ANN, '/add');
  world.telegram.say(ANN, ANN, '/cancel');
  await world.sees(ANN, 'Left. Nothing was changed.');
});

it('unknown commands, stale buttons and other messages get an answer that helps', async () => {
  const world = await openInProcess();
  await world.start();
  world.telegram.say(ANN, ANN, '/ad gpt2');
  const first = await world.sees(ANN, 'Did you mean /add?');
  world.telegram.say(ANN, ANN, 'hello');
  await world.sees(ANN, 'Write /add and the name');
  world.telegram.say(ANN, ANN, '/help add');
  await world.sees(ANN, 'quantize=');
  const id = world.telegram.pressForged(ANN, ANN, first.message_id, 'x:1:2:3');
  const answer = await world.telegram.waitFor(({ answers }) => answers.find((one) => one.callbackQueryId === id));
  expect(answer.text).toMatch(/older version/);
});
