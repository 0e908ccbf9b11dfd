import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { call, errorOf } from './call.ts';

let api: BotApi;
const ann = 5001;
const keyboard = { inline_keyboard: [[{ text: 'Cancel', callback_data: 'x' }]] };

beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann', started: true });
});
afterEach(() => api.close());

const send = async (payload: object = {}): Promise<number> =>
  (await call(api, 'sendMessage', { chat_id: ann, text: 'first', ...payload })).result.message_id;

test('an edit gives the whole message with the same id and an edit date, and is kept in the history', async () => {
  const id = await send({ disable_notification: true, reply_markup: keyboard });
  const { result } = await call(api, 'editMessageText', { chat_id: ann, message_id: id, text: 'second' });
  expect(result).toMatchObject({ message_id: id, text: 'second', edit_date: expect.any(Number) });
  expect(result.reply_markup).toBeUndefined();
  const [shown] = api.messages(ann);
  expect(shown).toMatchObject({ text: 'second', silent: true, deleted: false, edits: 1 });
  expect(shown?.history.map((entry) => entry.text)).toEqual(['first', 'second']);
});

test('an edit that changes nothing is refused, one that changes only the keyboard is not', async () => {
  const id = await send({ reply_markup: keyboard });
  const edit = (payload: object): Promise<string> =>
    errorOf(api, 'editMessageText', { chat_id: ann, message_id: id, ...payload });
  const same =
    '400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current ' +
    'content and reply markup of the message';
  expect(await edit({ text: ' first ', reply_markup: keyboard })).toBe(same);
  expect((await call(api, 'editMessageText', { chat_id: ann, message_id: id, text: 'first' })).ok).toBe(true);
  expect(await errorOf(api, 'editMessageReplyMarkup', { chat_id: ann, message_id: id })).toBe(same);
  expect((await call(api, 'editMessageReplyMarkup', { chat_id: ann, message_id: id, reply_markup: keyboard })).ok).toBe(
    true,
  );
  const bold = [{ type: 'bold', offset: 0, length: 5 }];
  expect((await call(api, 'editMessageText', { chat_id: ann, message_id: id, text: 'first', entities: bold })).ok).toBe(
    true,
  );
  expect(await edit({ text: '<b>first</b>', parse_mode: 'HTML' })).toBe(same);
});

test('only own, existing messages of the right kind can be edited', async () => {
  const edit = (method: string, payload: object): Promise<string> => errorOf(api, method, { chat_id: ann, ...payload });
  const gone = await send();
  api.deleteMessage(ann, gone);
  const foreign = api.say(ann, ann, 'hello').message_id;
  const asked = await send({ reply_markup: { force_reply: true } });
  expect(await edit('editMessageText', { message_id: gone, text: 'x' })).toBe(
    '400 Bad Request: message to edit not found',
  );
  expect(await edit('editMessageText', { message_id: 9999, text: 'x' })).toBe(
    '400 Bad Request: message to edit not found',
  );
  expect(await edit('editMessageText', { message_id: foreign, text: 'x' })).toBe(
    "400 Bad Request: message can't be edited",
  );
  expect(await edit('editMessageText', { message_id: asked, text: 'x' })).toBe(
    "400 Bad Request: message can't be edited",
  );
  expect(await edit('editMessageCaption', { message_id: await send(), caption: 'x' })).toBe(
    '400 Bad Request: there is no caption in the message to edit',
  );
  expect(
    await edit('editMessageText', { message_id: await send(), text: 'x', reply_markup: { force_reply: true } }),
  ).toBe('400 Bad Request: inline keyboard expected');
  expect(await errorOf(api, 'editMessageText', { text: 'x' })).toBe(
    '400 Bad Request: message identifier is not specified',
  );
});

test('texts are 1 to 4096 characters after parsing, an emoji being one', async () => {
  const attempt = (text: string, extra: object = {}): Promise<string> =>
    errorOf(api, 'sendMessage', { chat_id: ann, text, ...extra });
  expect(await attempt('')).toBe('400 Bad Request: message text is empty');
  expect(await attempt(' \n ')).toBe('400 Bad Request: text must be non-empty');
  expect(await attempt('x'.repeat(4097))).toBe('400 Bad Request: message is too long');
  expect(await attempt('x'.repeat(32_769))).toBe('400 Bad Request: text is too long');
  expect(await attempt('x', { parse_mode: 'BBCode' })).toBe('400 Bad Request: unsupported parse_mode');
  await send({ text: '😀'.repeat(4096) });
  await send({ text: `<b>${'x'.repeat(4096)}</b>`, parse_mode: 'html' });
});

test('sending needs a chat the bot may write to', async () => {
  api.addUser({ id: 5002, firstName: 'Bob' });
  const attempt = (chat_id: unknown): Promise<string> => errorOf(api, 'sendMessage', { chat_id, text: 'x' });
  expect(await attempt('')).toBe('400 Bad Request: chat_id is empty');
  expect(await attempt(424242)).toBe('400 Bad Request: chat not found');
  expect(await attempt('@nobody')).toBe('400 Bad Request: chat not found');
  expect(await attempt(5002)).toBe('400 Bad Request: chat not found');
  api.addGroup({ title: 'Lab', type: 'group', members: [ann, 5002] });
  expect(await attempt(5002)).toBe("403 Forbidden: bot can't initiate conversation with a user");
  api.say(5002, 5002, '/start');
  await send({ chat_id: 5002 });
  api.blockBot(5002);
  expect(await attempt(5002)).toBe('403 Forbidden: bot was blocked by the user');
  api.unblockBot(5002);
  api.deactivate(5002);
  expect(await attempt(5002)).toBe('403 Forbidden: user is deactivated');
});

test('a reply needs its message, unless it may do without', async () => {
  const reply = { message_id: 9999 };
  expect(await errorOf(api, 'sendMessage', { chat_id: ann, text: 'x', reply_parameters: reply })).toBe(
    '400 Bad Request: message to be replied not found',
  );
  const { result } = await call(api, 'sendMessage', {
    chat_id: ann,
    text: 'x',
    reply_parameters: { ...reply, allow_sending_without_reply: true },
  });
  expect(result.reply_to_message).toBeUndefined();
});

test('messages are deleted within 48 hours, missing ones only in bulk', async () => {
  const remove = (payload: object): Promise<string> => errorOf(api, 'deleteMessage', payload);
  const [a, b, c] = [await send(), await send(), await send()];
  expect((await call(api, 'deleteMessage', { chat_id: ann, message_id: a })).result).toBe(true);
  expect(api.messages(ann)[0]?.deleted).toBe(true);
  expect(await remove({ chat_id: ann, message_id: a })).toBe('400 Bad Request: message to delete not found');
  expect(await remove({ message_id: b })).toBe('400 Bad Request: chat identifier is not specified');
  expect(await remove({ chat_id: ann })).toBe('400 Bad Request: message identifier is not specified');
  expect((await call(api, 'deleteMessages', { chat_id: ann, message_ids: [a, b, 9999] })).result).toBe(true);
  api.advance(48 * 3600 * 1000);
  expect(await remove({ chat_id: ann, message_id: c })).toBe("400 Bad Request: message can't be deleted");
  expect(await errorOf(api, 'deleteMessages', { chat_id: ann, message_ids: [] })).toBe(
    '400 Bad Request: message identifiers are not specified',
  );
});

test('in a group the bot deletes what others wrote only as administrator', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann] });
  const theirs = api.say(ann, id, 'spam').message_id;
  expect(await errorOf(api, 'deleteMessage', { chat_id: id, message_id: theirs })).toBe(
    "400 Bad Request: message can't be deleted",
  );
  api.addBot(ann, id, 'administrator');
  expect((await call(api, 'deleteMessage', { chat_id: id, message_id: theirs })).ok).toBe(true);
});

test('a pressed button is answered once, within its time, by a short text', async () => {
  const id = await send({ reply_markup: keyboard });
  const query = api.press(ann, ann, id, 'Cancel');
  const [{ callback_query }] = (await call(api, 'getUpdates')).result.slice(-1);
  expect(callback_query).toMatchObject({
    id: query,
    from: { id: ann },
    message: { message_id: id, text: 'first', reply_markup: keyboard },
    chat_instance: expect.stringMatching(/^-?\d+$/),
    data: 'x',
  });
  const answer = (payload: object): Promise<string> => errorOf(api, 'answerCallbackQuery', payload);
  expect(await answer({ callback_query_id: query, url: 'https://hf.co' })).toBe('400 Bad Request: URL_INVALID');
  expect(await answer({ callback_query_id: query, text: 'x'.repeat(201) })).toBe('400 Bad Request: MESSAGE_TOO_LONG');
  expect(
    (await call(api, 'answerCallbackQuery', { callback_query_id: query, text: 'ok', show_alert: true })).result,
  ).toBe(true);
  expect(api.answers).toMatchObject([{ callbackQueryId: query, userId: ann, text: 'ok', showAlert: true, data: 'x' }]);
  const old = '400 Bad Request: query is too old and response timeout expired or query ID is invalid';
  expect(await answer({ callback_query_id: query })).toBe(old);
  const late = api.press(ann, ann, id, 'x');
  api.advance(151_000);
  expect(await answer({ callback_query_id: late })).toBe(old);
});

test('a button that is not there cannot be pressed, but its data can be forged', async () => {
  const id = await send({ reply_markup: keyboard });
  expect(() => api.press(ann, ann, id, 'Delete')).toThrow('It has: [Cancel]');
  api.pressForged(ann, ann, id, 'evil');
  api.deleteMessage(ann, id);
  api.pressForged(ann, ann, id, 'evil');
  const [first, second] = api.pendingUpdates();
  expect(first).toMatchObject({ callback_query: { data: 'evil', message: { text: 'first' } } });
  expect(second).toMatchObject({ callback_query: { message: { message_id: id, chat: { id: ann }, date: 0 } } });
});

test('reactions, pins and chat actions are checked and shown', async () => {
  const hello = api.say(ann, ann, 'hello').message_id;
  const react = (emoji: string): object => ({ chat_id: ann, message_id: hello, reaction: [{ type: 'emoji', emoji }] });
  expect((await call(api, 'setMessageReaction', react('👀'))).result).toBe(true);
  expect(await errorOf(api, 'setMessageReaction', react('🚁'))).toBe('400 Bad Request: REACTION_INVALID');
  expect(api.messages(ann)[0]?.reactions).toEqual([{ type: 'emoji', emoji: '👀' }]);
  expect((await call(api, 'pinChatMessage', { chat_id: ann, message_id: hello })).result).toBe(true);
  expect(api.messages(ann)[1]).toMatchObject({ pinned_message: { message_id: hello, text: 'hello' } });
  expect(await errorOf(api, 'pinChatMessage', { chat_id: ann, message_id: 9999 })).toBe(
    '400 Bad Request: message to pin not found',
  );
  expect((await call(api, 'sendChatAction', { chat_id: ann, action: 'typing' })).result).toBe(true);
  expect(await errorOf(api, 'sendChatAction', { chat_id: ann, action: 'dance' })).toBe(
    '400 Bad Request: wrong parameter action in request',
  );
});

test('a person edits and the bot is told', async () => {
  const { message_id } = api.say(ann, ann, 'helo');
  api.editMessage(ann, ann, message_id, '/help');
  const [, { edited_message }] = (await call(api, 'getUpdates')).result;
  expect(edited_message).toMatchObject({
    message_id,
    text: '/help',
    edit_date: expect.any(Number),
    entities: [{ type: 'bot_command' }],
  });
});

test('an inline query is answered once and a picked result is posted via the bot', async () => {
  const id = api.askInline(ann, 'gpt');
  expect(api.pendingUpdates()[0]).toMatchObject({ inline_query: { id, from: { id: ann }, query: 'gpt', offset: '' } });
  const results = [{ type: 'article', id: '1', title: 'gpt2', input_message_content: { message_text: '/add gpt2' } }];
  const answer = { inline_query_id: id, results, cache_time: 0, is_personal: true };
  expect((await call(api, 'answerInlineQuery', answer)).result).toBe(true);
  expect(await errorOf(api, 'answerInlineQuery', answer)).toContain('query is too old');
  expect(api.inlineAnswers).toMatchObject([{ inlineQueryId: id, query: 'gpt', isPersonal: true, cacheTime: 0 }]);
  expect(api.pickInline(id, ann, '1')).toMatchObject({ text: '/add gpt2', via_bot: { username: 'hubgram_bot' } });
  // Whoever posts in a private chat with the bot has begun it.
  expect((await call(api, 'sendMessage', { chat_id: ann, text: 'hello' })).ok).toBe(true);
});

test.each([
  ['RESULT_ID_INVALID', { results: [{ type: 'article', id: 'x'.repeat(65), title: 'x' }] }],
  [
    'RESULT_ID_DUPLICATE',
    {
      results: [
        { type: 'photo', id: '1' },
        { type: 'photo', id: '1' },
      ],
    },
  ],
  ['ARTICLE_TITLE_EMPTY', { results: [{ type: 'article', id: '1' }] }],
  ['MESSAGE_EMPTY', { results: [{ type: 'article', id: '1', title: 'x' }] }],
  ['RESULTS_TOO_MUCH', { results: Array.from({ length: 51 }, (_, index) => ({ type: 'photo', id: String(index) })) }],
  ['START_PARAM_INVALID', { results: [], button: { text: 'x', start_parameter: 'a b' } }],
  ['NEXT_OFFSET_INVALID', { results: [], next_offset: 'x'.repeat(65) }],
])('an answer to an inline query is refused: %s', async (reason, answer) => {
  const id = api.askInline(ann, 'gpt');
  expect(await errorOf(api, 'answerInlineQuery', { inline_query_id: id, ...answer })).toContain(reason);
  expect(api.inlineAnswers.filter(({ inlineQueryId }) => inlineQueryId === id)).toEqual([]);
});

test('an inline query waits half a minute for its answer', async () => {
  let now = Date.UTC(2026, 10, 20);
  const other = await startBotApi({ clock: { now: () => now } });
  onTestFinished(() => other.close());
  other.addUser({ id: ann, firstName: 'Ann' });
  const answered = async (id: string): Promise<boolean> =>
    (await call(other, 'answerInlineQuery', { inline_query_id: id, results: [] })).ok;
  const [first, second] = [other.askInline(ann, 'gpt'), other.askInline(ann, 'gpt2')];
  now += 29_999;
  expect(await answered(first)).toBe(true);
  now += 1;
  expect(await answered(second)).toBe(false);
});

test('what a result would post has the limits of any message, and so have its buttons', async () => {
  const refusal = (text: string, callback_data: string): Promise<string> =>
    errorOf(api, 'answerInlineQuery', {
      inline_query_id: api.askInline(ann, 'gpt'),
      results: [
        {
          type: 'article',
          id: '1',
          title: 'gpt2',
          input_message_content: { message_text: text },
          reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data }]] },
        },
      ],
    });
  expect(await refusal('x'.repeat(4097), 'go')).toBe('400 Bad Request: message is too long');
  expect(await refusal('x', 'g'.repeat(65))).toBe('400 Bad Request: BUTTON_DATA_INVALID');
});
