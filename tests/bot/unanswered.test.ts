import { isLeftOut } from '../../src/bot/outbox/unanswered.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Update } from 'grammy/types';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCallBudget } from '../../src/bot/telegram/call-budget.ts';
import type { Inbox } from '../../src/bot/updates/inbox/inbox.ts';
import { commandIn, givenUpNotice, leftOutNotice } from '../../src/bot/outbox/unanswered.ts';
import { openBot } from './setup.ts';
import { lendTestStore } from '../helpers/database.ts';
import { type Lives, openLives as open } from './lives.ts';
import { ANN, BOB, openTalk } from './talk.ts';

const from = (id: number) => ({ id, is_bot: false, first_name: 'Ann' });
const chat = (id: number) => ({ id, type: 'private', first_name: 'Ann' });

const written = (id: number, text: string, person = ANN): Update =>
  ({
    update_id: id,
    message: { message_id: 100 + id, date: 1, text, chat: chat(person), from: from(person) },
  }) as Update;

const tapped = (id: number): Update => {
  const { message } = written(id, 'gpt2 · paused');
  return {
    update_id: id,
    callback_query: { id: `${id}`, chat_instance: '1', data: 'resume:1', from: from(ANN), message },
  } as Update;
};

const openLives = () => {
  const lives = open();
  const { users } = lives.store();
  users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
  users.setRole(ANN, 'owner');
  return { ...lives, notices: () => lives.store().outbox.dueNotices('9999-01-01T00:00:00.000Z', 100) };
};

const never = (): Promise<never> => new Promise(() => undefined);

const take = (inbox: Inbox, ...updates: readonly Update[]): Promise<void> =>
  inbox.take(updates, () => Promise.resolve(updates));

/** The program is killed in each of so many lives while it is at what is left. */
const dieAt = (lives: Lives, times: number, handle: (inbox: Inbox) => Promise<void>): void => {
  for (let life = 0; life < times; life += 1) {
    const inbox = lives.begin({ handle: () => handle(inbox) });
    inbox.resume();
  }
};

describe('an update at which the program died again and again', () => {
  it.each([
    ['what was written', written(1, '/add gpt2'), { messageId: 101, text: '/add gpt2' }],
    ['what was tapped', tapped(1), { messageId: 101 }],
  ])('is given up, and the chat is told of %s by the write that marks it', async (_, update, payload) => {
    const lives = openLives();
    await take(lives.begin({ handle: never }), update);
    dieAt(lives, 3, never);
    const inbox = lives.begin({ handle: () => Promise.reject(new Error('it is not handled again')) });
    inbox.resume();
    await inbox.close();
    expect(lives.notices()).toMatchObject([{ chatId: ANN, kind: 'update_given_up', payload }]);
    expect(lives.store().updates.alreadyHandled(1)).toBe(true);
  });

  it('is no matter for strangers', async () => {
    const lives = openLives();
    await take(lives.begin({ handle: never }), written(1, '/add gpt2', BOB));
    dieAt(lives, 3, never);
    const inbox = lives.begin();
    inbox.resume();
    await inbox.close();
    expect(lives.notices()).toEqual([]);
  });

  it('is handled all the same if it only waited for Telegram at the time, however often', async () => {
    const lives = openLives();
    await take(lives.begin({ handle: never }), written(1, '/help'));
    // Two calls at once are one wait.
    dieAt(lives, 6, async ({ elsewhere }) => {
      await Promise.all([elsewhere(() => Promise.resolve()), elsewhere(never)]);
    });
    const done: number[] = [];
    const inbox = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
    inbox.resume();
    await inbox.close();
    expect(done).toEqual([1]);
  });

  it('is not at fault while its answer waits for its turn in the budget of calls', async () => {
    const bot = await openBot({
      budget: { ...createCallBudget(), allows: () => false },
      open: (path, clock) => {
        const store = lendTestStore(path, clock);
        store.updates.keepUpdates([{ updateId: 1, payload: JSON.stringify(written(1, '/help')) }]);
        for (const _ of [1, 2]) store.updates.changeDeaths(1, 1);
        return store;
      },
    });
    onTestFinished(() => bot.close());
    const deaths = () => bot.store.updates.waitingUpdates().map((update) => update.deaths);
    // Counted as the third when it was begun, and taken back when it had its answer.
    await expect.poll(deaths).toEqual([2]);
  });

  it('is given up if it was at work again behind the answer', async () => {
    const lives = openLives();
    await take(lives.begin({ handle: never }), written(1, '/help'));
    for (let life = 0; life < 3; life += 1) {
      const { promise: atWork, resolve } = Promise.withResolvers<void>();
      const inbox = lives.begin({
        handle: async () => {
          await inbox.elsewhere(() => Promise.resolve());
          resolve();
          await never();
        },
      });
      inbox.resume();
      await atWork;
    }
    const inbox = lives.begin();
    inbox.resume();
    await inbox.close();
    expect(lives.notices()).toHaveLength(1);
  });

  it('is written down at once when it is through, so that no death is counted as its own any more', async () => {
    const lives = openLives();
    await take(lives.begin({ handle: never }), written(1, '/help'));
    lives.begin().resume();
    await nextTurn();
    expect(lives.store().updates.alreadyHandled(1)).toBe(true);
  });

  it('was not at fault for an end that was asked for', async () => {
    const lives = openLives();
    await take(lives.begin({ handle: never }), written(1, '/help'));
    for (let life = 0; life < 5; life += 1) {
      const { promise: broken, reject } = Promise.withResolvers<void>();
      const inbox = lives.begin({ handle: () => inbox.elsewhere(() => broken) });
      inbox.resume();
      const closed = inbox.close();
      reject(new Error('broken off'));
      await closed;
    }
    expect(lives.store().updates.waitingUpdates()).toMatchObject([{ updateId: 1, deaths: 0 }]);
  });
});

it('answers that were left out are told of though the program is killed before it comes to that', async () => {
  const lives = openLives();
  const inbox = lives.begin({ takeLeftOut: () => 1 });
  await take(inbox, written(1, '/help'), written(2, '/help'), written(3, '/help'));
  expect(inbox.isAnswering(ANN)).toBe(true);
  await expect.poll(() => lives.store().updates.alreadyHandled(3)).toBe(true);
  expect(inbox.isAnswering(ANN)).toBe(false);
  lives.begin().resume();
  // One notice for what was marked together, which is all of it unless the machine is very slow.
  const told = lives.notices();
  expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['answers_left_out']));
  expect(told.filter(isLeftOut).reduce((sum, { payload }) => sum + payload.count, 0)).toBe(3);
  expect(told.filter(isLeftOut)[0]?.payload.to).toEqual(['/help']);
});

const DONE =
  'What you told me to do is done, unless I ask before it. Write again what you want to see, or to be asked.';

it('tells which commands had no answer: by their names, and of what was tapped or said nothing', () => {
  expect([written(1, '/hosts@bot nas'), written(2, 'hello'), tapped(3)].map(commandIn)).toEqual([
    '/hosts',
    undefined,
    undefined,
  ]);
});

it('says all that was left out of a chat in one message, and for itself what was given up', async () => {
  const talk = await openTalk();
  const { addNotice } = talk.store.outbox;
  const given = [written(1, `/add ${'x'.repeat(200)}`), tapped(2), written(3, '')].map(givenUpNotice);
  const many = Array.from({ length: 11 }, (_, index) => `/c${index}`);
  const before = [leftOutNotice(ANN, 7, ['/files', '/hosts']), ...given, leftOutNotice(ANN, 5, ['/hosts', ...many])];
  for (const notice of [...before, leftOutNotice(BOB, 1)]) if (notice) addNotice(notice);
  for (let second = 0; second < 8; second += 1) {
    await talk.settled();
    talk.pass(1000);
  }
  const why = 'was given up: the program ended three times while it was at it.';
  expect(talk.shown(ANN).map(({ text }) => text)).toEqual([
    [
      '12 answers were left out: more came at once than Telegram lets me answer.',
      'They were to /files, /hosts, /c0, /c1, /c2, /c3, /c4, /c5, /c6, /c7, /c8, /c9 and others.',
      DONE,
    ].join('\n'),
    `“/add ${'x'.repeat(94)}…” ${why} Write it again if you still want it.`,
    `What you tapped here ${why} Tap again if you still want it.`,
    `What you wrote ${why} Write it again if you still want it.`,
  ]);
  expect(talk.shown(BOB).map(({ text }) => text)).toEqual([
    `One answer was left out: more came at once than Telegram lets me answer.\n${DONE}`,
  ]);
});
