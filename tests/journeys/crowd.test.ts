import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN, BOB, openWorld, type RunningProcess, type World } from '../helpers/world.ts';

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

let world: World;
afterEach(async () => {
  await world?.close();
});

const start = async (env: Record<string, string> = {}): Promise<RunningProcess> => {
  const bot = world.start({ HUBGRAM_CONCURRENT_DOWNLOADS: '8', ...env });
  await bot.printed('is running');
  return bot;
};

const summary = (chatId: number): SimMessage | undefined =>
  world.shown(chatId).find(({ text }) => /^\d downloads? · downloading/.test(text ?? ''));

const GROUP = -100_500;

/** A group with Ann, Bob and the bot in it, which its owner has let in. */
const openGroup = async (world: AppWorld): Promise<void> => {
  world.telegram.say(ANN, ANN, '/start');
  world.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  world.telegram.say(ANN, GROUP, '/start@hubgram_bot');
  await world.sees(GROUP, 'This group may use hubgram now');
};

describe('many downloads in one chat', () => {
  it('share one message, which goes on after a restart and goes away when few are left', async () => {
    world = await openWorld({ hub: { repos, throttleBytesPerSecond: 30_000 } });
    const bot = await start();
    for (const name of NAMES) world.telegram.say(ANN, ANN, `/add sample/${name}`);
    await world.sees(ANN, /6 downloads · downloading\n[█░]+ \d+ %\n[^]*sample\/one · \d+ %/);
    expect(world.shown(ANN).some(({ text }) => text?.startsWith('sample/six'))).toBe(false);
    // Edited once: so it is known where it stands.
    const sent = summary(ANN);
    await world.telegram.waitFor(() => summary(ANN)?.text !== sent?.text, 20_000);
    await bot.kill('SIGKILL');
    const before = summary(ANN)?.text;
    await start();
    await world.telegram.waitFor(() => summary(ANN)?.text !== before, 20_000);
    expect(summary(ANN)?.message_id).toBe(sent?.message_id);
    await world.telegram.waitFor(() => summary(ANN) === undefined, 60_000);
    await world.telegram.waitFor(
      () => world.shown(ANN).filter(({ text }) => text?.includes('2 files verified')).length === NAMES.length,
      60_000,
    );
    expect(world.shown(ANN).some(({ text }) => text?.includes('in the summary'))).toBe(false);
  });
});

describe('somebody else in a group', () => {
  it('asks to be told too, and is mentioned in the one notice', async () => {
    const world = await openAppWorld({ hub: { repos } });
    onTestFinished(() => world.close());
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
    const notice = await world.sees(GROUP, 'verified and ready');
    expect(notice.text).toMatch(/\nAnn, Bob$/);
    expect(notice.entities?.filter(({ type }) => type === 'text_mention').map(({ user }) => user?.id)).toEqual([
      ANN,
      BOB,
    ]);
  });
});
