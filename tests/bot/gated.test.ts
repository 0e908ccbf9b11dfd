import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ANN, type BotBench, openBot } from './setup.ts';

let bot: BotBench;
beforeEach(async () => {
  bot = await openBot();
});
afterEach(() => bot.close());

/** The card of a gated repository that was asked for, and its request. */
const asked = async () => {
  await bot.say('/add sample/gated-llama');
  const card = await bot.sees(/^sample\/gated-llama · waits for access/);
  const request = await vi.waitUntil(() => bot.store.addRequests.getAddRequest(1), { timeout: 60_000 });
  return { card, request };
};

const stateOf = (id: number): string | undefined => bot.store.addRequests.getAddRequest(id)?.state;

describe('a gated repository that was asked for', () => {
  it('is left by a tap, once, and comes back by none', async () => {
    const { card, request } = await asked();
    await bot.press(card, 'Leave it');
    const left = await bot.sees(/^sample\/gated-llama · cancelled\nNothing was added\./);
    expect(left.message_id).toBe(card.message_id);
    // A phone that has not seen the change yet.
    const id = bot.telegram.pressForged(ANN, ANN, card.message_id, `again:${request.id}`);
    const said = await bot.telegram.waitFor(() => bot.telegram.answers.find((answer) => answer.callbackQueryId === id));
    expect(said.text).toBe('That was decided already.');
    expect(stateOf(request.id)).toBe('cancelled');
  });

  it('says after a tap, and on its card, that it was looked and that there is no access yet', async () => {
    const { card } = await asked();
    expect(await bot.press(card, 'Try again')).toBe('I look once more. The card says what came of it.');
    const time = /^sample\/gated-llama · waits for access\n[^]*\nLooked at \d\d:\d\d: no access yet\.$/;
    expect((await bot.sees(time)).message_id).toBe(card.message_id);
  });

  it('that is given up is told with a sound, in answer to its card, and a tap tries once more', async () => {
    const { card, request } = await asked();
    bot.store.addRequests.moveAddRequest(request.id, 'failed', 'failed', { looks: 17 });
    bot.store.outbox.addNotice({ kind: 'access_not_given', chatId: ANN, payload: { requestId: request.id } });
    const notice = await bot.sees(/^sample\/gated-llama · failed\nI have looked for a day/);
    expect([notice.silent, notice.reply_to_message?.message_id]).toEqual([false, card.message_id]);
    bot.hub.updateRepo('sample/gated-llama', { gated: false });
    await bot.press(notice, 'Try again');
    expect((await bot.sees(/^sample\/gated-llama · completed\n[^]*files verified/)).message_id).toBe(card.message_id);
  });
});
