import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

const GGUF = 'sample/Tiny-Llama-GGUF';
const [CAT, DAN] = [2001, 2002];

/** The bot has written down which messages are the cards: before that, a crash may lawfully send them twice. */
const cardsKnown = ({ dataDir }: World): Promise<void> =>
  expect
    .poll(() => {
      const db = new Database(join(dataDir, 'hubgram.db'), { readonly: true });
      try {
        return db.prepare('SELECT count(*) FROM add_requests WHERE card_message_id IS NULL').pluck().get();
      } finally {
        db.close();
      }
    })
    .toBe(0);

/** What kills nothing needs no process. */
const open = async (): Promise<AppWorld> => {
  const opened = await openAppWorld();
  onTestFinished(() => opened.close());
  return opened;
};

it('a choice, a look-up and a question survive kill -9, each in its chat', async () => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  for (const id of [CAT, DAN]) world.telegram.addUser({ id, firstName: `Person ${id}`, started: true });
  const env = { HUBGRAM_OWNERS: [ANN, CAT, DAN].join(',') };
  const bot = world.start(env);
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, `/add ${GGUF}`);
  const picker = await world.sees(ANN, 'which one?');
  const labels = picker.reply_markup?.inline_keyboard.flat().map((button) => button.text) ?? [];
  expect(labels.length).toBeGreaterThan(4);
  expect(labels.filter((label) => /^[A-Z0-9_-]+ · [\d.]+ (MB|GB)/.test(label)).length).toBeGreaterThan(3);
  world.telegram.say(DAN, DAN, '/add');
  await world.sees(DAN, 'Which model?');
  world.telegram.say(DAN, DAN, '../../etc');
  await world.telegram.waitFor(() => world.shown(DAN).length === 2);
  world.hub.setFault({ kind: 'silence', host: 'hub', times: 1 });
  world.telegram.say(CAT, CAT, '/add sample/tiny-llama');
  await world.sees(CAT, 'looking up');
  await cardsKnown(world);
  await bot.kill('SIGKILL');

  await world.start(env).printed('is running');
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

  await world.sees(CAT, 'verified and ready');
  expect(world.shown(CAT)).toHaveLength(2);

  world.telegram.say(DAN, DAN, 'sample/tiny-llama');
  await world.sees(DAN, 'verified and ready');
  world.telegram.say(DAN, DAN, '/add');
  world.telegram.say(DAN, DAN, '/cancel');
  await world.sees(DAN, 'Left. Nothing was changed.');
});

it('a pasted link is offered, and the offer becomes the card', async () => {
  const world = await open();
  await world.start();
  world.telegram.say(ANN, ANN, 'look at https://huggingface.co/sample/tiny-llama/tree/main, it is small');
  const offer = await world.sees(ANN, 'Add sample/tiny-llama');
  world.telegram.press(ANN, ANN, offer.message_id, 'Add now');
  await world.sees(ANN, 'verified and ready');
  await world.sees(ANN, 'files verified');
  expect(world.shown(ANN)[0]?.message_id).toBe(offer.message_id);
});

it('unknown commands, stale buttons and other messages get an answer that helps', async () => {
  const world = await open();
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
