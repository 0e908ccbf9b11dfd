import { expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { Fault } from '../../playground/telegram/faults.ts';
import { type AppWorld, type AppWorldOptions, openAppWorld } from '../helpers/app.ts';
import { type StandIns } from '../helpers/stand-ins.ts';
import { ANN, openWorld } from '../helpers/world.ts';

const SIZE = 8_000_000;
const large = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: SIZE },
  ],
});
const others = ['two', 'three', 'four'].map((name) =>
  defineRepo({
    id: `sample/${name}`,
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: 1000, seed: name },
    ],
  }),
);
const repos = [large, ...others];
const [CAT, DAN, EVE] = [2001, 2002, 2003];
const OWNERS = { HUBGRAM_OWNERS: [ANN, CAT, DAN, EVE].join(',') };

const addPeople = ({ telegram }: Pick<StandIns, 'telegram'>): void => {
  for (const id of [CAT, DAN, EVE]) telegram.addUser({ id, firstName: `Person ${id}`, started: true });
};

const open = async (options: AppWorldOptions = {}): Promise<AppWorld> => {
  const world = await openAppWorld({ hub: { repos }, ...options });
  onTestFinished(() => world.close());
  addPeople(world);
  return world;
};

/** Half of the weights come, and the rest when it may. */
const hold = ({ hub }: Pick<StandIns, 'hub'>): (() => void) =>
  hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'sample/large/model' });

/** Such a call is never answered; one of them, or each until all faults are taken back. */
const silence = (
  { telegram }: Pick<StandIns, 'telegram'>,
  chatId: number,
  method: string,
  times = Number.POSITIVE_INFINITY,
): void => telegram.setFault({ method, chatId, kind: 'timeout', times } satisfies Fault);

/** Resolves when a call about this chat has been left without an answer. */
const hanging = ({ telegram }: Pick<StandIns, 'telegram'>, chatId: number): Promise<unknown> =>
  telegram.waitFor(({ calls }) =>
    calls.some(({ payload, description }) => Number(payload['chat_id']) === chatId && description === 'timeout'),
  );

/** Given up after two seconds instead of a minute; the calls of three chats are left without an answer until the end. */
it('calls that are never answered are made again, and keep no other chat waiting', async () => {
  const world = await open({ callTimeoutSeconds: 2 });
  const letGo = hold(world);
  await world.start(OWNERS);

  world.say('/add sample/large');
  await world.sees(ANN, 'sample/large · downloading');
  silence(world, ANN, 'editMessageText');
  letGo();
  await hanging(world, ANN);
  await world.sees(ANN, 'verified and ready');

  world.say('/add sample/two later', CAT);
  const card = await world.sees(CAT, /sample\/two · pending/);
  silence(world, CAT, 'sendMessage');
  world.telegram.press(CAT, CAT, card.message_id, 'Start now');
  await world.sees(CAT, /sample\/two · completed/);

  silence(world, DAN, 'sendMessage');
  world.say('/add sample/two', DAN);
  await hanging(world, DAN);

  world.say('/add sample/two', EVE);
  await world.sees(EVE, 'verified and ready');
  expect(world.shown(ANN)[0]?.text).toContain('downloading');
  expect(world.shown(CAT)).toHaveLength(1);
  expect(world.shown(DAN)).toEqual([]);

  world.telegram.clearFaults();
  for (const chatId of [ANN, CAT, DAN, EVE]) {
    await world.telegram.waitFor(
      () => world.shown(chatId).some(({ text }) => /verified\n/.test(text ?? '')) && world.shown(chatId).length === 2,
    );
    expect(world.shown(chatId).filter(({ text }) => text?.includes('verified and ready'))).toHaveLength(1);
  }
});

/** The calls alone would take a minute. */
it('calls that are never answered do not keep the program from ending', async () => {
  const world = await openWorld({ hub: { repos } });
  onTestFinished(() => world.close());
  addPeople(world);
  const letGo = hold(world);
  const env = { ...OWNERS, HUBGRAM_CONCURRENT_DOWNLOADS: '4' };
  const bot = world.start(env);
  await bot.printed('is running');

  const say = (id: number, text: string): unknown => world.telegram.say(id, id, text);
  for (const id of [ANN, EVE]) say(id, '/add sample/large');
  for (const id of [ANN, EVE]) await world.sees(id, 'sample/large · downloading');
  say(CAT, '/add sample/two later');
  const card = await world.sees(CAT, /sample\/two · pending/);
  silence(world, ANN, 'editMessageText');
  silence(world, CAT, 'sendMessage');
  silence(world, DAN, 'sendMessage');
  world.telegram.press(CAT, CAT, card.message_id, 'Start now');
  say(DAN, '/help');
  for (const id of [ANN, CAT, DAN]) await hanging(world, id);

  expect(await bot.kill('SIGTERM')).toBe(0);
  expect(world.shown(ANN)[0]?.text).toContain('downloading');
  // Whose card did not hang was told what became of it.
  expect(world.shown(EVE)[0]?.text).toMatch(/large · pending\n/);

  world.telegram.clearFaults();
  letGo();
  world.start(env);
  await world.sees(CAT, 'verified and ready');
  await world.sees(ANN, 'verified and ready');
});

it('what came together with an answer that hangs is done at once and not again, and that answer comes after the next start', async () => {
  const world = await open();
  // The first in line does not come to an end while this is told.
  hold(world);
  const env = { ...OWNERS, HUBGRAM_CONCURRENT_DOWNLOADS: '1' };
  const first = await world.start(env);
  for (const { id } of repos) {
    world.say(`/add ${id}`);
    await world.sees(ANN, new RegExp(`${id} · (downloading|pending)`));
  }
  await first.stop();

  silence(world, DAN, 'sendMessage');
  // Before it listens: both come with the first poll.
  world.say('/help', DAN);
  world.say('/up #4');
  const second = await world.start(env);
  await hanging(world, DAN);
  await world.sees(ANN, 'sample/four is number 2 in the queue now.');
  await second.stop();

  world.telegram.clearFaults();
  await world.start(env);
  await world.sees(DAN, 'What I understand');
  world.say('/queue');
  await world.sees(ANN, /sample\/two[^]*sample\/four[^]*sample\/three/);
  expect(world.shown(ANN).filter(({ text }) => text?.includes('in the queue now'))).toHaveLength(1);
});
