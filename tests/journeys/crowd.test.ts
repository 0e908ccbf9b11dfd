import { describe, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN, BOB } from '../helpers/stand-ins.ts';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'] as const;

const repos = NAMES.map((name, index) =>
  defineRepo({
    id: `sample/${name}`,
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: 400_000 + 100_000 * index, seed: name },
    ],
  }),
);

const open = async (): Promise<AppWorld> => {
  const world = await openAppWorld({ hub: { repos } });
  onTestFinished(() => world.close());
  return world;
};

const GROUP = -100_500;

/** A group with Ann, Bob and the bot in it, which its owner has let in. */
const openGroup = async (world: AppWorld): Promise<void> => {
  world.telegram.say(ANN, ANN, '/start');
  world.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  world.telegram.say(ANN, GROUP, '/start@hubgram_bot');
  await world.sees(GROUP, 'This group may use hubgram now');
};

describe('many downloads in one chat', () => {
  // That it goes on in the same message after a restart: see tests/bot/many.test.ts.
  it('share one message, which goes away when few are left', async () => {
    const world = await open();
    const letGo = world.hub.setFault({ kind: 'held', bytes: 100_000 });
    await world.start({ HUBGRAM_CONCURRENT_DOWNLOADS: '8' });
    for (const name of NAMES) world.say(`/add sample/${name}`);
    await world.sees(ANN, /6 downloads · downloading\n[█░]+ \d+ %\n[^]*sample\/one · \d+ %/);
    letGo();
    await world.telegram.waitFor(
      () => world.shown(ANN).filter(({ text }) => text?.includes('2 files verified')).length === NAMES.length,
    );
    await world.telegram.waitFor(
      () => !world.shown(ANN).some(({ text }) => /^\d downloads? · downloading/.test(text ?? '')),
    );
    expect(world.shown(ANN).some(({ text }) => text?.includes('in the summary'))).toBe(false);
  });
});

describe('somebody else in a group', () => {
  it('asks to be told too, and is mentioned in the one notice', async () => {
    const world = await open();
    const letGo = world.hub.setFault({ kind: 'held', bytes: 100_000, path: 'sample/six/model' });
    await world.start();
    await openGroup(world);
    world.telegram.say(ANN, GROUP, '/add sample/six');
    const card = await world.sees(GROUP, 'sample/six · downloading');
    world.telegram.press(ANN, GROUP, card.message_id, 'Tell me too');
    world.telegram.press(BOB, GROUP, card.message_id, 'Tell me too');
    await world.telegram.waitFor(() => world.telegram.answers.length >= 2);
    expect(world.telegram.answers.map(({ text }) => text)).toEqual([
      'You asked for it: you are mentioned anyway.',
      'You will be mentioned when it is ready, or if it fails.',
    ]);
    letGo();
    const notice = await world.sees(GROUP, /verified and ready[^]*\nFor Ann, Bob$/);
    expect(notice.entities?.filter(({ type }) => type === 'text_mention').map(({ user }) => user?.id)).toEqual([
      ANN,
      BOB,
    ]);
  });
});
