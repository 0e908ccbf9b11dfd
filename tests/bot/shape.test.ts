import { expect, it } from 'vitest';
import { isReadable } from '../../src/bot/updates/shape.ts';
import { ANN, openBot } from './setup.ts';

const user = { id: 7, is_bot: false, first_name: 'Ann' };
const chat = { id: 7, type: 'private', first_name: 'Ann' };
const message = { message_id: 1, date: 1, chat, from: user, text: '/help' };
const withMessage = (fields: object): object => ({ update_id: 1, message: { ...message, ...fields } });

const nested = (depth: number): unknown =>
  Array.from({ length: depth }).reduce<unknown>((value) => ({ caption: value }), 'x');

/** As much as Telegram lets a message hold. */
const fullest = {
  text: '漢'.repeat(4096),
  entities: Array.from({ length: 100 }, (_, at) => ({
    type: 'custom_emoji',
    offset: at,
    length: 1,
    custom_emoji_id: '5368324170671202286',
  })),
  reply_markup: {
    inline_keyboard: Array.from({ length: 100 }, () => [{ text: 'x'.repeat(64), callback_data: 'x'.repeat(64) }]),
  },
};

it.each([
  withMessage({}),
  withMessage({ entities: [{ type: 'bot_command', offset: 0, length: 5 }] }),
  withMessage({ entities: [{ type: 'bot_command', offset: -3, length: 9000 }] }),
  withMessage({ text: undefined, caption: 'x', caption_entities: [] }),
  withMessage({ text: undefined, something_new: { of: ['2030'] } }),
  withMessage({ reply_to_message: { message_id: 2, chat, date: 0 } }),
  withMessage({ text: undefined, pinned_message: { message_id: 2, chat, date: 0 } }),
  withMessage({ chat: { id: -5, type: 'group', title: 'x' }, migrate_to_chat_id: -1_001_000_000_001 }),
  { update_id: 1, edited_message: { ...message, edit_date: 2 } },
  { update_id: 1, inline_query: { id: '1', from: user, query: '', offset: '', chat_type: 'sender' } },
  { update_id: 1, callback_query: { id: '1', from: user, chat_instance: '1', data: 'help:0', message } },
  { update_id: 1, callback_query: { id: '1', from: user, inline_message_id: 'x' } },
  { update_id: 1, stopped_message_generation: { chat, draft_id: 1 } },
  { update_id: 1, my_chat_member: { chat, from: user, date: 1, new_chat_member: { status: 'kicked', user } } },
])('an update as Telegram sends it is read: %j', (update) => {
  expect(isReadable(update)).toBe(true);
});

it.each([
  null,
  [],
  'x',
  {},
  { update_id: '1', message },
  { update_id: 1, inline_query: { id: 1, from: user, query: '', offset: '' } },
  { update_id: 1, chosen_inline_result: { result_id: '1', from: user, query: '' } },
  { update_id: 1, message: null },
  withMessage({ text: 5 }),
  withMessage({ date: undefined }),
  withMessage({ date: 1e308 }),
  withMessage({ date: -1 }),
  withMessage({ date: 2 ** 40 }),
  withMessage({ date: '1' }),
  { update_id: 1, edited_message: { ...message, edit_date: 1.5 } },
  withMessage({ text: 'half a pair \u{D800}' }),
  withMessage({ text: ['/help'] }),
  withMessage({ text: undefined, entities: [{ type: 'bot_command', offset: 0, length: 5 }] }),
  withMessage({ text: undefined, pinned_message: { chat, date: 0 } }),
  withMessage({ entities: {} }),
  withMessage({ entities: [null] }),
  withMessage({ entities: [{ type: 'text_link', offset: 0, length: 5 }] }),
  withMessage({ entities: [{ type: 'bot_command', offset: '0', length: 5 }] }),
  withMessage({ chat: { ...chat, id: 2 ** 60 } }),
  withMessage({ chat: { ...chat, id: '7' } }),
  withMessage({ chat: { ...chat, id: 0 } }),
  withMessage({ chat: { id: 7, type: 'group', title: 'x' } }),
  withMessage({ chat: { ...chat, id: -5 } }),
  withMessage({ from: { ...user, id: 8 } }),
  { update_id: 1, callback_query: { id: '1', from: { ...user, id: 8 }, chat_instance: '1', data: 'help:0', message } },
  { update_id: 1, my_chat_member: { chat, from: { ...user, id: 8 }, new_chat_member: { status: 'kicked' } } },
  withMessage({ from: { ...user, id: 0 } }),
  withMessage({ chat: { ...chat, type: 'x' } }),
  withMessage({ chat: undefined }),
  withMessage({ from: { ...user, id: 1.5 } }),
  withMessage({ from: { ...user, first_name: undefined } }),
  withMessage({ message_thread_id: 'x' }),
  withMessage({ reply_to_message: {} }),
  withMessage({ migrate_to_chat_id: 1001 }),
  withMessage({ poll: nested(200) }),
  { update_id: 1, callback_query: { id: 1, from: user } },
  { update_id: 1, callback_query: { id: '1', from: user, data: {}, message } },
  { update_id: 1, callback_query: { id: '1', from: user, data: 'x', message: { date: 0 } } },
  { update_id: 1, my_chat_member: { chat, from: user, new_chat_member: null } },
  { update_id: 1, stopped_message_generation: { chat, draft_id: '1' } },
  { update_id: 1, stopped_message_generation: { draft_id: 1 } },
])('an update of another shape or kind is not: %j', (update) => {
  expect(isReadable(update)).toBe(false);
});

it('an update as heavy as Telegram makes any is read, and none that is heavier', () => {
  expect(isReadable(withMessage({ ...fullest, reply_to_message: { message_id: 2, chat, date: 0, ...fullest } }))).toBe(
    true,
  );
  const entities = Array.from({ length: 3000 }, () => ({ type: 'bold', offset: 1, length: 1 }));
  for (const heavy of [{ text: 'x'.repeat(70_000) }, { entities }, { poll: { ['x'.repeat(70_000)]: 1 } }])
    expect(isReadable(withMessage(heavy))).toBe(false);
});

it('what cannot be read hinders nothing that comes with it, and is given once', async () => {
  const bot = await openBot();
  try {
    // SQLite cannot keep it, and JSON.stringify cannot write it.
    bot.telegram.deliver('message', { ...message, poll: nested(1500) });
    bot.telegram.deliver('message', { ...message, text: 5, entities: 'x' });
    expect(await bot.ask('/queue')).toContain('Nothing');
    expect(bot.telegram.pendingUpdates()).toEqual([]);
    expect(bot.shown(ANN)).toHaveLength(1);
  } finally {
    await bot.close();
  }
});
