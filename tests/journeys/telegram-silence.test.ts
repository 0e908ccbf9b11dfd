import { afterEach, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

const repo = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: 8_000_000 },
  ],
});
const [CAT, DAN, EVE] = [2001, 2002, 2003];

let world: World;
afterEach(async () => {
  await world?.close();
});

/** Resolves when so many calls have been left without an answer. */
const hanging = (count: number): Promise<unknown> =>
  world.telegram.waitFor(
    ({ calls }) => calls.filter(({ description }) => description === 'timeout').length === count,
    25_000,
  );

/** The bot itself gives up after a minute, so all three steps hang at once: a card, an edit, and a notice. */
it('calls that are never answered are made again, and keep no other chat waiting', async () => {
  world = await openWorld({ hub: { repos: [repo], throttleBytesPerSecond: 300_000 } });
  for (const id of [CAT, DAN, EVE]) world.telegram.addUser({ id, firstName: `Person ${id}`, started: true });
  await world.start({ HUBGRAM_OWNERS: [ANN, CAT, DAN, EVE].join(',') }).printed('is running');

  world.telegram.say(ANN, ANN, '/add sample/large');
  await world.sees(ANN, 'sample/large · downloading');
  world.telegram.setFault({ method: 'editMessageText', kind: 'timeout', times: 1 });
  await hanging(1);
  await world.sees(ANN, 'verified and ready');

  world.telegram.say(CAT, CAT, '/add sample/tiny-llama later');
  const card = await world.sees(CAT, /tiny-llama · pending/);
  world.telegram.setFault({ method: 'sendMessage', kind: 'timeout', times: 1 });
  world.telegram.press(CAT, CAT, card.message_id, 'Start now');
  await hanging(2);

  // The Hub takes its time, so that the first thing Dan would see is that it is asked.
  world.hub.setFault({ kind: 'late', milliseconds: 1500, path: '/api/models/sample/tiny-llama', times: 1 });
  world.telegram.setFault({ method: 'sendMessage', kind: 'timeout', times: 1 });
  world.telegram.say(DAN, DAN, '/add sample/tiny-llama');
  await hanging(3);

  world.telegram.say(EVE, EVE, '/add sample/tiny-llama');
  await world.sees(EVE, 'verified and ready');
  expect(world.shown(ANN)[0]?.text).toContain('downloading');
  expect(world.shown(CAT)).toHaveLength(1);
  expect(world.shown(DAN).filter(({ silent }) => silent)).toEqual([]);

  for (const chatId of [ANN, CAT, DAN, EVE]) {
    await world.telegram.waitFor(
      () => world.shown(chatId).some(({ text }) => /verified\n/.test(text ?? '')) && world.shown(chatId).length === 2,
      90_000,
    );
    expect(world.shown(chatId).filter(({ text }) => text?.includes('verified and ready'))).toHaveLength(1);
  }
});

/** The calls alone would take a minute. */
it('calls that are never answered do not keep the program from ending', async () => {
  const slow = defineRepo({
    id: 'sample/slow',
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: 24_000_000 },
    ],
  });
  world = await openWorld({ hub: { repos: [slow], throttleBytesPerSecond: 100_000 } });
  for (const id of [CAT, DAN, EVE]) world.telegram.addUser({ id, firstName: `Person ${id}`, started: true });
  const env = { HUBGRAM_OWNERS: [ANN, CAT, DAN, EVE].join(','), HUBGRAM_CONCURRENT_DOWNLOADS: '4' };
  const bot = world.start(env);
  await bot.printed('is running');

  world.telegram.say(ANN, ANN, '/add sample/slow');
  world.telegram.say(EVE, EVE, '/add sample/slow');
  for (const id of [ANN, EVE]) await world.sees(id, 'sample/slow · downloading');
  world.telegram.setFault({ method: 'editMessageText', kind: 'timeout', times: 1 });
  await hanging(1);

  world.telegram.say(CAT, CAT, '/add sample/tiny-llama later');
  const card = await world.sees(CAT, /tiny-llama · pending/);
  world.telegram.setFault({ method: 'sendMessage', kind: 'timeout', times: 1 });
  world.telegram.press(CAT, CAT, card.message_id, 'Start now');
  await hanging(2);

  world.telegram.setFault({ method: 'sendMessage', kind: 'timeout', times: 1 });
  world.telegram.say(DAN, DAN, '/help');
  await hanging(3);

  expect(await bot.kill('SIGTERM')).toBe(0);
  // The one whose card did not hang was told what became of it.
  expect([ANN, EVE].filter((id) => /slow · pending\n/.test(world.shown(id)[0]?.text ?? ''))).toHaveLength(1);

  world.start(env);
  await world.sees(CAT, 'verified and ready');
  await world.sees(ANN, 'verified and ready');
});

it('what came together with an answer that hangs is done at once and not again, and that answer comes after the next start', async () => {
  const slow = defineRepo({
    id: 'sample/slow',
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: 24_000_000 },
    ],
  });
  const others = ['two', 'three', 'four'].map((name) =>
    defineRepo({ id: `sample/${name}`, files: [{ path: 'config.json', content: `{"name":"${name}"}` }] }),
  );
  world = await openWorld({ hub: { repos: [slow, ...others] } });
  // The first in the queue does not come to an end while this is told.
  world.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: 1_000_000 });
  world.telegram.addUser({ id: DAN, firstName: 'Dan', started: true });
  const env = { HUBGRAM_OWNERS: [ANN, DAN].join(','), HUBGRAM_CONCURRENT_DOWNLOADS: '1' };
  const first = world.start(env);
  await first.printed('is running');
  for (const { id } of [slow, ...others]) {
    world.telegram.say(ANN, ANN, `/add ${id}`);
    await world.sees(ANN, new RegExp(`${id} · (downloading|pending)`));
  }
  expect(await first.kill('SIGTERM')).toBe(0);

  world.telegram.setFault({ method: 'sendMessage', chatId: DAN, kind: 'timeout', times: 1 });
  // Before it listens: both come with the first poll.
  world.telegram.say(DAN, DAN, '/help');
  world.telegram.say(ANN, ANN, '/up #4');
  const second = world.start(env);
  await hanging(1);
  await world.sees(ANN, 'sample/four is number 2 in the queue now.');
  expect(await second.kill('SIGTERM')).toBe(0);

  world.start(env);
  await world.sees(DAN, 'What I understand');
  world.telegram.say(ANN, ANN, '/queue');
  await world.sees(ANN, /sample\/two[^]*sample\/four[^]*sample\/three/);
  expect(world.shown(ANN).filter(({ text }) => text?.includes('in the queue now'))).toHaveLength(1);
});
