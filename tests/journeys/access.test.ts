import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN, BOB } from '../helpers/stand-ins.ts';

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

/** The bot has handled everything that was said so far. */
const settled = (): Promise<unknown> => world.telegram.waitFor((telegram) => telegram.pendingUpdates().length === 0);

const lastAnswer = (id: string): Promise<string | undefined> =>
  world.telegram
    .waitFor((telegram) => telegram.answers.find((answer) => answer.callbackQueryId === id))
    .then(({ text }) => text);

describe('a person who is not approved', () => {
  it('can do nothing by command, link, button or forged callback data', async () => {
    world = await openAppWorld();
    await world.start();
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama');
    await world.sees(ANN, 'verified and ready');
    for (const text of [
      '/start',
      '/add gpt2',
      '/library',
      '/queue',
      '/remove #1',
      '/pause all',
      'https://huggingface.co/gpt2',
      'hello',
    ]) {
      world.telegram.say(BOB, BOB, text);
    }
    await world.sees(BOB, 'private bot');
    await settled();
    expect(world.shown(BOB)).toHaveLength(1);
    const [told] = world.shown(BOB);
    for (const data of [
      'erase:1',
      'cancelled:1',
      'retry:1',
      'approve:1002',
      'pick:1:0',
      'show:1',
      'library/0/0//h1234',
      'nonsense',
    ]) {
      const id = world.telegram.pressForged(BOB, BOB, told?.message_id ?? 0, data);
      expect(await lastAnswer(id)).toMatch(/not yours/);
    }
    expect(world.shown(BOB)).toHaveLength(1);
    await world.sees(ANN, 'asks to use hubgram');
    const requests = world.shown(ANN).filter((message) => message.text?.includes('asks to use hubgram'));
    expect(requests).toHaveLength(1);
    expect(existsSync(`${world.cacheDir}/models--gpt2`)).toBe(false);
    expect(existsSync(`${world.cacheDir}/models--sample--tiny-llama/refs/main`)).toBe(true);
  });

  it('is let in by the owner’s Approve, kept out by Deny, and neither can be pressed by others', async () => {
    world = await openAppWorld();
    const EVE = 1003;
    world.telegram.addUser({ id: EVE, firstName: 'Eve' });
    await world.start();
    world.telegram.say(ANN, ANN, '/start');
    world.telegram.say(BOB, BOB, '/start');
    const about = await world.sees(ANN, /Bob.*asks to use/);
    world.telegram.press(ANN, ANN, about.message_id, 'Approve');
    await world.sees(BOB, 'owner of this bot let you in');
    await world.sees(ANN, 'Bob may use hubgram now');
    world.telegram.say(EVE, EVE, '/start');
    const aboutEve = await world.sees(ANN, /Eve.*asks to use/);
    const [own] = world.shown(BOB);
    const forged = world.telegram.pressForged(BOB, BOB, own?.message_id ?? 0, `approve:${EVE}`);
    expect(await lastAnswer(forged)).toMatch(/Only the owner/);
    world.telegram.press(ANN, ANN, aboutEve.message_id, 'Deny');
    await world.sees(ANN, 'Keep Eve out?');
    world.telegram.press(ANN, ANN, aboutEve.message_id, 'Yes, keep out');
    await world.sees(ANN, 'Eve may not use hubgram');
    await world.sees(EVE, 'has not let you in');
    world.telegram.say(BOB, BOB, '/library');
    await world.sees(BOB, 'This library is empty');
    world.telegram.say(EVE, EVE, '/library');
    await settled();
    expect(world.shown(EVE)).toHaveLength(2);
  });

  it('cannot reach another chat’s models by their numbers', async () => {
    world = await openAppWorld();
    await world.start({ HUBGRAM_OWNERS: `${ANN},${BOB}` });
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama');
    await world.sees(ANN, 'verified and ready');
    world.telegram.say(BOB, BOB, '/remove #1');
    const answer = await world.sees(BOB, 'There is no “#1”');
    for (const data of ['erase:1', 'forget:1', 'remove:1', 'pause:1', 'show:1', 'cancelled:1']) {
      const id = world.telegram.pressForged(BOB, BOB, answer.message_id, data);
      expect(await lastAnswer(id)).toMatch(/another chat|removed already/);
    }
    world.telegram.say(ANN, ANN, '/library');
    await world.sees(ANN, '1 model');
  });
});

describe('the owner', () => {
  it('is whoever opens the link that is told at the start first, once', async () => {
    world = await openAppWorld();
    const { ready } = await world.start({ HUBGRAM_OWNERS: '' });
    const code = /start=claim_([\w-]+)/.exec(ready.ownerLink ?? '')?.[1];
    world.telegram.say(BOB, BOB, '/start claim_wrong');
    await world.sees(BOB, 'without an owner yet');
    world.telegram.say(ANN, ANN, `/start claim_${code}`);
    await world.sees(ANN, 'You are the owner');
    const menu = (userId: number): string[] => world.telegram.commands(userId, userId).map(({ command }) => command);
    expect(menu(ANN)).toContain('hold');
    expect(menu(BOB)).not.toContain('hold');
    expect(menu(BOB)).toContain('add');
    await world.sees(ANN, /Bob.*asks to use/);
    world.telegram.say(BOB, BOB, `/start claim_${code}`);
    world.telegram.say(BOB, BOB, '/library');
    await settled();
    expect(world.shown(BOB).map(({ text }) => text)).toEqual([
      expect.stringContaining('without an owner yet'),
      expect.stringContaining('This link has been used'),
    ]);
  });

  it('is who opens the link that was printed before a restart, within its hour and no later', async () => {
    world = await openAppWorld();
    const codes: string[] = [];
    for (const pass of [1800_000, 1800_000, 0]) {
      const { ready, stop } = await world.start({ HUBGRAM_OWNERS: '' });
      codes.push(/start=(claim_[\w-]+)/.exec(ready.ownerLink ?? '')?.[1] ?? '');
      await stop();
      world.clock.pass(pass);
    }
    expect(new Set(codes).size).toBe(3);
    await world.start({ HUBGRAM_OWNERS: '' });
    world.telegram.say(BOB, BOB, `/start ${codes[0]}`);
    await world.sees(BOB, 'This link has run out');
    world.telegram.say(ANN, ANN, `/start ${codes[1]}`);
    await world.sees(ANN, 'You are the owner');
  });

  it('hears of another one who opened the link that was asked for with --claim', async () => {
    world = await openAppWorld();
    const { ready } = await world.start({}, ['--claim']);
    const code = /start=(claim_[\w-]+)/.exec(ready.ownerLink ?? '')?.[1];
    world.telegram.say(ANN, ANN, '/start');
    world.telegram.say(BOB, BOB, `/start ${code}`);
    await world.sees(BOB, 'You are the owner');
    await world.sees(ANN, /^Bob.* · owner · came in by a link/);
  });

  it('is none any more after a start without them in the configuration, and there is a link again', async () => {
    world = await openAppWorld();
    const before = await world.start();
    expect(before.ready.ownerLink).toBeUndefined();
    await before.stop();
    const after = await world.start({ HUBGRAM_OWNERS: '' });
    world.telegram.say(ANN, ANN, '/hold');
    await world.sees(ANN, 'without an owner yet');
    const code = /start=claim_([\w-]+)/.exec(after.ready.ownerLink ?? '')?.[1];
    world.telegram.say(BOB, BOB, `/start claim_${code}`);
    await world.sees(BOB, 'You are the owner');
    await world.sees(BOB, /Ann.*asks to use hubgram/);
  });
});
