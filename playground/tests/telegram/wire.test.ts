import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { rawRequest } from '../raw-request.ts';
import { call, errorOf } from './call.ts';

let api: BotApi;
const ann = 5001;

beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann', lastName: 'Lee', username: 'ann', started: true });
});
afterEach(() => api.close());

const raw = async (path: string, init?: RequestInit): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${api.apiRoot}${path}`, init);
  return { status: response.status, body: await response.json() };
};

test('getMe gives the bot as Telegram does, field by field', async () => {
  const { result } = await call(api, 'getMe');
  expect(JSON.stringify(result)).toBe(
    '{"id":4200000001,"is_bot":true,"first_name":"hubgram","username":"hubgram_bot","can_join_groups":true,' +
      '"can_read_all_group_messages":false,"supports_inline_queries":true,"supports_guest_queries":false,' +
      '"can_connect_to_business":false,"has_main_web_app":false,"has_topics_enabled":false,' +
      '"allows_users_to_create_topics":false,"can_manage_bots":false,"supports_join_request_queries":false}',
  );
});

test('a method is found in any case, by GET and POST, below /test/ and in the field "method"', async () => {
  const token = api.token;
  const paths = [`/bot${token}/getme`, `/bot${token}/GETME`, `/bot${token}/test/getMe`, `/bot${token}/?method=getMe`];
  for (const path of paths)
    expect(await raw(path)).toMatchObject({ status: 200, body: { ok: true, result: { is_bot: true } } });
});

test('wrong paths, tokens and methods have the status and text of Telegram', async () => {
  const other = `4200000001:${'x'.repeat(35)}`;
  const cases: [string, number, string][] = [
    ['/', 404, 'Not Found'],
    ['/getMe', 404, 'Not Found'],
    [`/bot${api.token}/a/b/c`, 404, 'Not Found'],
    ['/botabc/getMe', 401, 'Unauthorized: invalid token specified'],
    [`/bot${other}/getMe`, 401, 'Unauthorized'],
    [`/bot${api.token}/getYou`, 404, 'Not Found: method not found'],
  ];
  for (const [path, code, description] of cases)
    expect(await raw(path)).toEqual({ status: code, body: { ok: false, error_code: code, description } });
});

test('a page that a browser has open cannot speak for the bot, whatever name it has for this machine', async () => {
  const { host } = new URL(api.apiRoot);
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await rawRequest(api.apiRoot, `/bot${api.token}/sendMessage?chat_id=${ann}&text=forged`, { headers })).status;
  expect(await status({ host: 'evil.example' })).toBe(403);
  expect(await status({ host, origin: 'https://evil.example' })).toBe(403);
  for (const site of ['cross-site', 'same-site']) expect(await status({ host, 'sec-fetch-site': site })).toBe(403);
  expect(api.messages(ann)).toEqual([]);
  expect(await status({ host, 'sec-fetch-site': 'none' })).toBe(200);
});

test('arguments come from the query, a form, JSON and multipart alike, compound ones as JSON or as text', async () => {
  const url = `/bot${api.token}/sendMessage`;
  const markup = { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] };
  const form = new FormData();
  const values = {
    chat_id: String(ann),
    text: 'hi',
    disable_notification: 'true',
    reply_markup: JSON.stringify(markup),
  };
  for (const [name, value] of Object.entries(values)) form.append(name, value);
  const replies = [
    await raw(`${url}?${new URLSearchParams(values).toString()}`),
    await raw(url, { method: 'POST', body: new URLSearchParams(values) }),
    await raw(url, { method: 'POST', body: form }),
    await raw(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(values) }),
    await raw(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ chat_id: ann, text: 'hi', disable_notification: true, reply_markup: markup }),
    }),
  ];
  for (const reply of replies)
    expect(reply).toMatchObject({ status: 200, body: { result: { text: 'hi', reply_markup: markup } } });
  expect(api.messages(ann).map((message) => message.silent)).toEqual([true, true, true, true, true]);
  expect(api.calls.map((each) => each.payload.reply_markup)).toEqual([markup, markup, markup, markup, markup]);
});

test('a sent message comes back whole, in the order of fields Telegram has', async () => {
  const hello = api.say(ann, ann, 'hello');
  const { result } = await call(api, 'sendMessage', {
    chat_id: ann,
    text: 'see hf.co/gpt2',
    reply_parameters: { message_id: hello.message_id },
    link_preview_options: { is_disabled: true },
    reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data: 'go', style: 'danger' }]] },
  });
  expect(Object.keys(result)).toEqual([
    'message_id',
    'from',
    'chat',
    'date',
    'reply_to_message',
    'text',
    'entities',
    'link_preview_options',
    'reply_markup',
  ]);
  expect(result).toMatchObject({
    from: { id: 4200000001, is_bot: true, username: 'hubgram_bot' },
    chat: { id: ann, first_name: 'Ann', last_name: 'Lee', username: 'ann', type: 'private' },
    reply_to_message: { text: 'hello' },
    entities: [{ offset: 4, length: 10, type: 'url' }],
  });
});

test('a body that is no JSON object, and one that is too large, are refused', async () => {
  const url = `/bot${api.token}/getMe`;
  const headers = { 'content-type': 'application/json' };
  expect(await raw(url, { method: 'POST', headers, body: '[1' })).toMatchObject({ status: 400 });
  const huge = await raw(url, { method: 'POST', headers, body: ' '.repeat(52 * 1024 * 1024) }).catch(() => undefined);
  expect(huge === undefined || huge.status === 413).toBe(true);
});

test('no record and no error ever holds the token', async () => {
  await call(api, 'sendMessage', { chat_id: ann, text: 'hi' });
  await errorOf(api, 'sendMessage', { chat_id: 1, text: 'hi' });
  const failed = await api.waitFor(() => undefined, 1).catch((error: unknown) => String(error));
  expect(JSON.stringify(api.calls) + failed).not.toContain(api.token.split(':')[1]);
  expect(failed).toContain('chat not found');
});

test('commands are kept per scope and language, and a person sees the most specific menu', async () => {
  api.addUser({ id: 5002, firstName: 'Bob', languageCode: 'de' });
  api.addGroup({ id: -4001, title: 'Lab', type: 'group', members: [ann, 5002] });
  const set = (description: string, extra: object = {}): Promise<unknown> =>
    call(api, 'setMyCommands', { commands: [{ command: 'help', description }], ...extra });
  await set('everybody');
  await set('alle', { language_code: 'de' });
  await set('groups', { scope: { type: 'all_group_chats' } });
  await set('admins', { scope: { type: 'all_chat_administrators' } });
  await set('ann', { scope: { type: 'chat', chat_id: ann } });
  const shown = (userId: number, chatId: number): string | undefined => api.commands(userId, chatId)[0]?.description;
  expect([shown(ann, ann), shown(5002, 5002), shown(ann, -4001), shown(5002, -4001)]).toEqual([
    'ann',
    'alle',
    'admins',
    'groups',
  ]);
  await call(api, 'deleteMyCommands', { scope: { type: 'chat', chat_id: ann } });
  expect(shown(ann, ann)).toBe('everybody');
  expect((await call(api, 'getMyCommands', { language_code: 'de' })).result).toEqual([
    { command: 'help', description: 'alle' },
  ]);
});

test('wrong commands are refused', async () => {
  const set = (commands: unknown, extra: object = {}): Promise<string> =>
    errorOf(api, 'setMyCommands', { commands, ...extra });
  expect(await set([{ command: 'Help!', description: 'x' }])).toBe('400 Bad Request: BOT_COMMAND_INVALID');
  expect(await set([{ command: 'help', description: '' }])).toBe('400 Bad Request: BOT_COMMAND_DESCRIPTION_INVALID');
  expect(await set(Array.from({ length: 101 }, (_, index) => ({ command: `c${index}`, description: 'x' })))).toContain(
    'BOT_COMMANDS_TOO_MUCH',
  );
  expect(await set([], { scope: { type: 'chat', chat_id: 77 } })).toBe('400 Bad Request: chat not found');
});

test('name and descriptions are kept per language and limited', async () => {
  await call(api, 'setMyName', { name: 'Hub' });
  await call(api, 'setMyDescription', { description: 'Modelle', language_code: 'de' });
  expect((await call(api, 'getMyName', { language_code: 'de' })).result).toEqual({ name: 'Hub' });
  expect((await call(api, 'getMyDescription', { language_code: 'de' })).result).toEqual({ description: 'Modelle' });
  expect((await call(api, 'getMyDescription')).result).toEqual({ description: '' });
  expect(await errorOf(api, 'setMyShortDescription', { short_description: 'x'.repeat(121) })).toMatch(/^400/);
});
