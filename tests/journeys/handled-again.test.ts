import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/world.ts';

const ENV = { HUBGRAM_OWNERS: String(ANN) };

/** The program ends while the answer to this hangs, and handles it again when it is started anew. */
it.each([
  {
    what: 'moved by one place',
    said: '/up #3',
    answer: /is number 2 in the queue now/,
    looks: 'SELECT id FROM models ORDER BY queued_at',
    came: [1, 3, 2],
  },
  {
    what: 'put first',
    said: '/first #3',
    answer: /is number 1 in the queue now/,
    looks: 'SELECT id FROM models ORDER BY queued_at',
    came: [3, 1, 2],
  },
  {
    what: 'added to the schedules',
    said: '/schedule add daily 23:00',
    answer: /23:00/,
    looks: 'SELECT time FROM schedule_configurations',
    came: ['23:00'],
  },
])('what is $what is so once, however often it is handled', async ({ said, answer, looks, came }) => {
  const world = await openAppWorld({ callTimeoutSeconds: 60 });
  onTestFinished(() => world.close());
  const first = await world.start(ENV);
  world.say('/hold');
  for (const name of ['gpt2', 'sample/tiny-llama', 'sample/tiny-embeddings']) {
    world.say(`/add ${name}`);
    await world.sees(ANN, `${name} · pending`);
  }
  world.telegram.setFault({ method: 'sendMessage', chatId: ANN, kind: 'timeout', times: 1 });
  world.say(said);
  await world.waitFor(({ calls }) => calls.some(({ description }) => description === 'timeout'));
  await first.stop();
  const second = await world.start(ENV);
  await world.sees(ANN, answer);
  await second.stop();
  const db = new Database(join(world.dataDir, 'hubgram.db'), { readonly: true });
  expect(db.prepare(looks).pluck().all()).toEqual(came);
  expect(db.prepare('SELECT count(*) FROM deeds').pluck().get()).toBe(0);
  db.close();
});

it('what is undone is the removal that was the last one then, however often that is handled', async () => {
  const world = await openAppWorld({ callTimeoutSeconds: 60 });
  onTestFinished(() => world.close());
  const first = await world.start(ENV);
  world.say('/hold');
  for (const name of ['gpt2', 'sample/tiny-llama']) {
    world.say(`/add ${name}`);
    await world.sees(ANN, `${name} · pending`);
    world.say(`/remove ${name}`);
    world.telegram.press(ANN, ANN, (await world.sees(ANN, `Remove ${name} from`)).message_id, 'Yes, remove');
    await world.sees(ANN, `${name} · removed`);
  }
  world.telegram.setFault({ method: 'sendMessage', chatId: ANN, kind: 'timeout', times: 1 });
  world.say('/undo');
  await world.waitFor(({ calls }) => calls.some(({ description }) => description === 'timeout'));
  await first.stop();
  const second = await world.start(ENV);
  await world.sees(ANN, 'sample/tiny-llama is back in this library. One more removal can be undone: /undo');
  await second.stop();
  const db = new Database(join(world.dataDir, 'hubgram.db'), { readonly: true });
  expect(db.prepare('SELECT name FROM models').pluck().all()).toEqual(['sample/tiny-llama']);
  db.close();
});
