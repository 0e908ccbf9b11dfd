import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, openTalk, type Talk } from './talk.ts';

const DOWN = 'huggingface.co cannot be reached: it refuses connections.';

const audible = (talk: Talk, chatId: number): SimMessage[] => talk.shown(chatId).filter(({ silent }) => !silent);

const addMany = (talk: Talk, chatId: number, amount: number): Model[] =>
  Array.from({ length: amount }, (_, index) => talk.add(chatId, `sample/model-${index + 1}`));

/** Lets time pass, a second at a time. */
const wait = async (talk: Talk, seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second += 1) {
    talk.pass(1000);
    await talk.settled();
  }
};

const unsent = (talk: Talk): number => talk.store.outbox.dueNotices('9999-01-01T00:00:00.000Z', 1000).length;

describe('many downloads that fail for one cause', () => {
  it('make one sound, and their number is edited into that message; each card tells its own', async () => {
    const talk = await openTalk();
    const models = addMany(talk, ANN, 32);
    for (const model of models) talk.end(model, 'failed', DOWN);
    for (let step = 0; step < 60 && unsent(talk) > 0; step += 1) {
      talk.pass(3000);
      await talk.settled();
    }
    expect(unsent(talk)).toBe(0);
    expect(audible(talk, ANN).map(({ text }) => text)).toEqual([
      [
        '32 downloads · failed',
        DOWN,
        `${models
          .slice(0, 30)
          .map(({ id, name }) => `#${id} ${name}`)
          .join(', ')}, … and 2 more: /queue`,
        '/retry failed tries them again.',
      ].join('\n'),
    ]);
    const cards = talk.shown(ANN).filter(({ silent }) => silent);
    expect(cards.map(({ text }) => text?.split('\n').slice(0, 2).join('\n'))).toEqual(
      models.map(({ name }) => `${name} · failed\n${DOWN}`),
    );
  });

  it('are counted on after a restart', async () => {
    const talk = await openTalk();
    const [first, second] = addMany(talk, ANN, 2);
    if (!first || !second) throw new Error('two were added');
    talk.end(first, 'failed', DOWN);
    await talk.within(10, () => audible(talk, ANN).length === 1);
    await talk.restart();
    talk.end(second, 'failed', DOWN);
    await wait(talk, 6);
    expect(audible(talk, ANN).map(({ text }) => text?.split('\n')[0])).toEqual(['2 downloads · failed']);
  });

  it('make another sound ten minutes after the first, however often they were counted since', async () => {
    const talk = await openTalk();
    const models = addMany(talk, ANN, 4);
    for (const model of models) {
      talk.end(model, 'failed', DOWN);
      await wait(talk, 5);
      talk.pass(4 * 60_000);
    }
    expect(audible(talk, ANN).map(({ text }) => text?.split('\n')[0])).toEqual([
      '3 downloads · failed',
      'sample/model-4 · failed',
    ]);
  });

  it('make a sound in each chat, and for each cause', async () => {
    const talk = await openTalk();
    const [one, two, three] = addMany(talk, ANN, 3);
    const [other] = addMany(talk, BOB, 1);
    if (!one || !two || !three || !other) throw new Error('four were added');
    talk.end(one, 'failed', DOWN);
    await talk.within(10, () => audible(talk, ANN).length === 1);
    talk.end(two, 'failed', 'The model sample/model-2 has been disabled.');
    talk.end(other, 'failed', DOWN);
    await talk.within(10, () => audible(talk, ANN).length + audible(talk, BOB).length === 3);
    // mvanhorn/paperclip-plugin-telegram#45: the same reason with other figures is the same reason.
    talk.end(three, 'failed', 'The model sample/model-3 has been disabled.');
    await wait(talk, 6);
    expect(audible(talk, ANN).map(({ text }) => text?.split('\n').slice(0, 2))).toEqual([
      ['sample/model-1 · failed', DOWN],
      ['2 downloads · failed', 'The model … has been disabled.'],
    ]);
  });

  it('are told without a sound where the person has deleted the message', async () => {
    const talk = await openTalk();
    const [first, second] = addMany(talk, ANN, 2);
    if (!first || !second) throw new Error('two were added');
    talk.end(first, 'failed', 'The Hub has had enough requests and takes more in 41 s.');
    await talk.within(10, () => audible(talk, ANN).length === 1);
    talk.telegram.deleteMessage(ANN, audible(talk, ANN)[0]?.message_id ?? 0);
    // ableev/Zabbix-in-Telegram#143: when a whole room of machines is cut off, one message is enough.
    talk.end(second, 'failed', 'The Hub has had enough requests and takes more in 7 s.');
    await wait(talk, 6);
    expect(unsent(talk)).toBe(0);
    expect(audible(talk, ANN)).toEqual([]);
    expect(talk.shown(ANN).at(-1)?.text).toContain('2 downloads · failed');
  });

  it('are told with what has been completed, each once', async () => {
    const talk = await openTalk();
    const [one, two, three, four] = addMany(talk, ANN, 4);
    if (!one || !two || !three || !four) throw new Error('four were added');
    await talk.within(20, () => talk.shown(ANN).length === 4);
    talk.telegram.setFault({ method: 'sendMessage', kind: '500', times: 1 });
    for (const model of [one, two]) talk.end(model, 'failed', DOWN);
    talk.end(three, 'completed');
    await talk.within(40, () => audible(talk, ANN).length === 1);
    talk.end(four, 'failed', DOWN);
    await wait(talk, 10);
    expect(unsent(talk)).toBe(0);
    const [notice, ...more] = audible(talk, ANN);
    expect(more).toEqual([]);
    expect(notice?.text?.split('\n')).toContain('3 downloads · failed');
    expect(notice?.text?.split('\n')).toContain('sample/model-3 · completed · 1 kB');
  });
});

describe('the notice of an end', () => {
  it('comes after its card, however small the model is', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'gpt2');
    talk.end(model, 'completed');
    await talk.within(5, () => talk.shown(ANN).length === 2);
    const [card, notice] = talk.shown(ANN);
    expect([card?.silent, notice?.silent]).toEqual([true, false]);
    expect(notice?.reply_to_message?.message_id).toBe(card?.message_id);
  });

  it('comes after its card while Telegram does not take the card', async () => {
    const talk = await openTalk();
    talk.telegram.setFault({ method: 'sendMessage', kind: '500', times: 1 });
    const model = talk.add(ANN, 'gpt2');
    talk.end(model, 'completed');
    await talk.within(30, () => talk.shown(ANN).length === 2);
    expect(talk.shown(ANN).map(({ silent }) => silent)).toEqual([true, false]);
  });

  it('comes although its card can never be sent', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'gpt2');
    talk.telegram.setFault({
      method: 'sendMessage',
      kind: '400',
      times: 1,
      description: 'Bad Request: MESSAGE_TOO_LONG',
    });
    await wait(talk, 1);
    talk.end(model, 'completed');
    await talk.within(20, () => audible(talk, ANN).length === 1);
    expect(talk.complaints).toEqual(['Telegram refused a card']);
  });

  it('does not wait for another chat with hundreds of them', async () => {
    const talk = await openTalk();
    talk.budget.hold(BOB, talk.clock.monotonic() + 3_600_000);
    const many = addMany(talk, BOB, 201);
    for (const model of many) talk.end(model, 'completed');
    talk.end(talk.add(ANN, 'gpt2'), 'completed');
    await talk.within(10, () => audible(talk, ANN).length === 1);
    expect(talk.shown(BOB)).toEqual([]);
  });
});
