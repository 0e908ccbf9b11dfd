import { describe, expect, it, onTestFinished } from 'vitest';
import { EVER } from '../helpers/clock.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openTroubledStore, type TroubledStore } from '../store/full-disk.ts';
import { sampleSnapshot } from './samples.ts';
import { type BotBench, type BotBenchOptions, openBot } from './setup.ts';
import { ANN, BOB, openTalk } from './talk.ts';

const FULL = 'SQLITE_FULL';
const PATIENT = { interval: 20 } as const;

/** Calls that put something on the screen. */
const drawn = ({ telegram }: { readonly telegram: { readonly calls: readonly { readonly method: string }[] } }) =>
  telegram.calls.filter(({ method }) => method === 'sendMessage' || method === 'editMessageText').length;

describe('while nothing can be written down', () => {
  it('a card that was sent is not sent again and again', async () => {
    const talk = await openTalk();
    talk.add(ANN, 'sample/one');
    talk.trouble(FULL);
    await talk.within(5, () => talk.shown(ANN).length === 1);
    for (let second = 0; second < 30; second += 1) {
      talk.pass(1000);
      await talk.settled();
    }
    expect(talk.shown(ANN)).toHaveLength(1);
    expect(drawn(talk)).toBe(1);
    talk.trouble(undefined);
    await talk.within(10, () => talk.store.cards.cardOf(1)?.messageId === talk.shown(ANN)[0]?.message_id);
    expect(talk.shown(ANN)).toHaveLength(1);
  });

  it('a card goes on showing what is true, in the same message', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'sample/one');
    talk.run(model);
    await talk.sees(ANN, 'Starting');
    talk.trouble(FULL);
    talk.snapshots.set(model.id, sampleSnapshot({ bytesReady: 200_000_000 }));
    await talk.within(10, () => talk.shown(ANN)[0]?.text?.includes('200 MB of 551 MB') === true);
    talk.troubles.set(model.id, 'The disk is full.');
    await talk.within(10, () => talk.shown(ANN)[0]?.text?.includes('The disk is full. It goes on by itself.') === true);
    expect(talk.shown(ANN)[0]?.text).not.toMatch(/left|MB\/s|Starting/);
    talk.trouble(undefined);
    talk.troubles.clear();
    await talk.within(10, () => talk.shown(ANN)[0]?.text?.includes('4 s left') === true);
    expect(talk.shown(ANN)).toHaveLength(1);
  });

  it('a message that somebody deleted is sent anew once, not with every look', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'sample/one');
    const card = await talk.sees(ANN, 'sample/one');
    talk.trouble(FULL);
    talk.telegram.deleteMessage(ANN, card.message_id);
    talk.troubles.set(model.id, 'The disk is full.');
    await talk.within(20, () => talk.shown(ANN)[0]?.text?.includes('The disk is full.') === true);
    for (let second = 0; second < 20; second += 1) {
      talk.pass(1000);
      await talk.settled();
    }
    expect(talk.telegram.calls.filter(({ method }) => method === 'sendMessage')).toHaveLength(2);
  });

  it('a notice that was sent is not sent again', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'sample/one');
    await talk.sees(ANN, 'sample/one');
    talk.end(model, 'failed', 'The Hub does not have it.');
    talk.trouble(FULL);
    await talk.within(5, () => talk.shown(ANN).length === 2);
    for (let second = 0; second < 30; second += 1) {
      talk.pass(1000);
      await talk.settled();
    }
    expect(talk.shown(ANN)).toHaveLength(2);
    talk.trouble(undefined);
    await talk.within(10, () => talk.store.outbox.dueNotices(EVER, 1).length === 0);
    expect(talk.shown(ANN)).toHaveLength(2);
  });

  it.each([
    ['that blocked the bot', 'chat-blocked'],
    ['that is out of reach', '502html'],
  ] as const)('a chat %s costs a try now and then, and ends nothing', async (_, fault) => {
    const talk = await openTalk();
    talk.store.chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
    const model = talk.add(ANN, 'sample/one');
    await talk.sees(ANN, 'sample/one');
    talk.end(model, 'failed', 'The Hub does not have it.');
    talk.trouble(FULL);
    if (fault === 'chat-blocked') talk.telegram.blockBot(ANN);
    else talk.telegram.setFault({ method: 'sendMessage', kind: '502html', times: 1000 });
    const before = talk.telegram.calls.length;
    for (let second = 0; second < 20; second += 1) {
      talk.pass(1000);
      await talk.settled();
    }
    const tried = talk.telegram.calls.slice(before).filter(({ method }) => method !== 'getMe');
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.length).toBeLessThan(15);
    talk.trouble(undefined);
    talk.telegram.clearFaults();
    if (fault === 'chat-blocked') {
      await talk.within(20, () => talk.store.chats.getChat(ANN)?.reachable === false);
      talk.telegram.unblockBot(ANN);
      talk.store.chats.setReachable(ANN, true);
    }
    await talk.within(60, () => talk.shown(ANN).length === 2);
  });

  it('six downloads at once each show their own card, as their summary cannot be', async () => {
    const talk = await openTalk();
    const models = Array.from({ length: 6 }, (_, index) => talk.add(ANN, `sample/m${index}`));
    for (const model of models) {
      talk.snapshots.set(model.id, sampleSnapshot());
      talk.store.models.moveModel(model.id, 'pending', 'downloading');
    }
    talk.trouble(FULL);
    await talk.within(60, () => talk.shown(ANN).filter(({ text }) => text?.includes('341 MB')).length === 6);
    expect(talk.complaints).not.toContain('The board could not look');
  });
});

describe('whoever writes to the bot while nothing can be written down', () => {
  const setUp = async (options: BotBenchOptions = {}): Promise<{ bot: BotBench; disk: TroubledStore }> => {
    const disks: TroubledStore[] = [];
    const open = (path: string, clock: Clock) => {
      const disk = openTroubledStore(path, clock);
      disks.push(disk);
      return disk.store;
    };
    const bot = await openBot({ log: silentLog, ...options, open });
    onTestFinished(bot.close);
    return { bot, disk: disks[0] as TroubledStore };
  };

  it('is answered where nothing has to be written, and told what is wrong where something has to be', async () => {
    const { bot, disk } = await setUp();
    bot.put('sample/one', 'paused');
    disk.trouble(FULL);
    for (const [asked, answer] of [
      ['/help', 'What I understand'],
      ['/library', '1 model'],
      ['/queue', '#1 sample/one'],
      ['/add gpt2', /^The disk is full: nothing can be written down in .* until there is room\.$/],
    ] as const) {
      bot.telegram.say(ANN, ANN, asked);
      await bot.sees(answer);
    }
    disk.trouble(undefined);
    bot.telegram.say(ANN, ANN, '/add gpt2');
    await bot.sees('gpt2 · ');
  });

  it('is told so by /status first, an owner with the reason', async () => {
    const { bot, disk } = await setUp();
    bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bot.store.users.setRole(BOB, 'member');
    bot.put('sample/one');
    disk.trouble(FULL);
    bot.queue.wake();
    bot.telegram.say(ANN, ANN, '/status');
    const { text: forAnn = '' } = await bot.sees('Status · ');
    expect(forAnn).toMatch(
      /^Status · nothing can be written down\nThe disk is full: nothing can be written down in \//,
    );
    bot.telegram.say(BOB, BOB, '/status');
    const { text: forBob = '' } = await bot.sees('Status of this chat · ', BOB);
    expect(forBob).toMatch(
      /^Status of this chat · nothing can be written down\nThe owner of this bot has to look after the machine\./,
    );
  });

  it('is not let in by that, and learns nothing of this machine', async () => {
    const { bot, disk } = await setUp();
    disk.trouble(FULL);
    bot.telegram.say(BOB, BOB, '/help');
    bot.telegram.say(ANN, ANN, '/help');
    await bot.sees('What I understand');
    expect(bot.shown(BOB)).toEqual([]);
    disk.trouble(undefined);
    expect(await bot.ask('/help', { userId: BOB })).toContain('private bot');
  });

  it('is answered once, though what was handled could not be marked', async () => {
    const { bot, disk } = await setUp();
    disk.trouble(FULL);
    bot.telegram.say(ANN, ANN, '/help');
    const [update] = bot.telegram.pendingUpdates();
    const isMarked = (): boolean => disk.store.updates.alreadyHandled(update?.update_id ?? 0);
    await bot.sees('What I understand');
    expect(isMarked()).toBe(false);
    disk.trouble(undefined);
    await bot.ask('/queue');
    // Telegram may give it again after a restart.
    await expect.poll(isMarked, PATIENT).toBe(true);
    expect(bot.shown().filter(({ text }) => text?.includes('What I understand'))).toHaveLength(1);
  });

  it('finds a look-up that the disk cut off go on by itself', async () => {
    const { bot, disk } = await setUp();
    // The answer is on its way when the disk gets full.
    bot.hub.setFault({ kind: 'late', milliseconds: 200, times: 1 });
    bot.telegram.say(ANN, ANN, '/add gpt2');
    await bot.hub.waitForRequest(() => bot.hub.requests.length > 0);
    disk.trouble(FULL);
    await bot.sees('looking up');
    await expect.poll(() => disk.refusals(), PATIENT).toBeGreaterThan(3);
    disk.trouble(undefined);
    await bot.sees('gpt2 · downloading');
  });
});
