import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { call, errorOf, type Reply } from './call.ts';

let api: BotApi;
let now: number;
const ann = 5001;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 20);
  api = await startBotApi({ limits: true, clock: { now: () => now } });
  api.addUser({ id: ann, firstName: 'Ann', started: true });
});
afterEach(() => api.close());

const send = (chatId: number, text = 'x'): Promise<Reply> => call(api, 'sendMessage', { chat_id: chatId, text });

/** How many of these many sends pass. */
const passed = async (count: number, chatId: (index: number) => number): Promise<number> => {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += (await send(chatId(index))).ok ? 1 : 0;
  return sum;
};

test('a private chat takes a burst, then one message a second, and says how long to wait', async () => {
  expect(await passed(15, () => ann)).toBe(10);
  const refused = await send(ann);
  expect(refused).toMatchObject({
    status: 429,
    error_code: 429,
    description: 'Too Many Requests: retry after 1',
    parameters: { retry_after: 1 },
  });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(api.earned429s()).toBe(6);
  now += 3000;
  expect(await passed(5, () => ann)).toBe(3);
});

test('a group takes 20 sends and edits a minute', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann] });
  const { result } = await send(id);
  for (let index = 0; index < 19; index += 1)
    expect(
      (await call(api, 'editMessageText', { chat_id: id, message_id: result.message_id, text: `${index}` })).ok,
    ).toBe(true);
  now += 15_000;
  expect(await send(id)).toMatchObject({ status: 429, parameters: { retry_after: 45 } });
  now += 45_000;
  expect((await send(id)).ok).toBe(true);
});

test('all chats together take 30 a second', async () => {
  for (let index = 0; index < 40; index += 1) api.addUser({ id: 6000 + index, firstName: 'U', started: true });
  expect(await passed(40, (index) => 6000 + index)).toBe(30);
  now += 1000;
  expect(await passed(40, (index) => 6000 + index)).toBe(30);
});

test('answers to buttons and chat actions have no limit', async () => {
  const { result } = await call(api, 'sendMessage', {
    chat_id: ann,
    text: 'x',
    reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] },
  });
  await passed(10, () => ann);
  for (let index = 0; index < 20; index += 1) {
    const id = api.press(ann, ann, result.message_id, 'Go');
    expect((await call(api, 'answerCallbackQuery', { callback_query_id: id })).ok).toBe(true);
    expect((await call(api, 'sendChatAction', { chat_id: ann, action: 'typing' })).ok).toBe(true);
  }
});

test('faults hit as many calls of their method as they were told to', async () => {
  api.setFault({ method: 'sendmessage', kind: '429', times: 2, retryAfter: 7 });
  expect((await call(api, 'getMe')).ok).toBe(true);
  expect(await send(ann)).toMatchObject({ status: 429, parameters: { retry_after: 7 } });
  expect(await send(ann)).toMatchObject({ status: 429 });
  expect((await send(ann)).ok).toBe(true);
  expect(api.earned429s()).toBe(0);
  api.setFault({ kind: '500', times: 1 });
  expect((await call(api, 'getUpdates')).ok).toBe(true);
  expect(await errorOf(api, 'getMe')).toBe('500 Internal Server Error: restart');
  api.setFault({ kind: '400', times: 1, description: 'Bad Request: PEER_ID_INVALID' });
  expect(await errorOf(api, 'getMe')).toBe('400 Bad Request: PEER_ID_INVALID');
  api.setFault({ kind: '403', times: 1 });
  expect(await errorOf(api, 'getMe')).toBe('403 Forbidden: bot was blocked by the user');
});

test('an outage lasts until it is cleared and reaches getUpdates too', async () => {
  api.setFault({ method: '*', kind: '502html', times: Number.POSITIVE_INFINITY });
  for (const method of ['getUpdates', 'getMe', 'sendMessage']) {
    const response = await fetch(`${api.apiRoot}/bot${api.token}/${method}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(await response.text()).toContain('502 Bad Gateway');
  }
  api.clearFaults();
  expect((await call(api, 'getMe')).ok).toBe(true);
});

test('a connection can break after the message was accepted, or before', async () => {
  api.setFault({ method: 'sendMessage', kind: 'reset_after_accept', times: 1 });
  await expect(send(ann, 'accepted')).rejects.toThrow('fetch failed');
  api.setFault({ method: 'sendMessage', kind: 'reset', times: 1 });
  await expect(send(ann, 'lost')).rejects.toThrow('fetch failed');
  expect(api.messages(ann).map((message) => message.text)).toEqual(['accepted']);
  expect(api.calls.map((each) => [each.status, each.description])).toEqual([
    [0, 'reset_after_accept'],
    [0, 'reset'],
  ]);
});

test('a call can stay without an answer for ever', async () => {
  api.setFault({ method: 'sendMessage', kind: 'timeout', times: 1 });
  const gone = new AbortController();
  const sending = fetch(`${api.apiRoot}/bot${api.token}/sendMessage?chat_id=${ann}&text=x`, { signal: gone.signal });
  await api.waitFor(() => api.calls.length === 1);
  gone.abort();
  await expect(sending).rejects.toThrow('aborted');
  expect(api.messages(ann)).toEqual([]);
});

test('a call without an answer can break after a while, and nothing has happened', async () => {
  api.setFault({ method: 'sendMessage', kind: 'timeout', times: 1, breaksAfterSeconds: 0.2 });
  const sending = send(ann, 'lost');
  await api.waitFor(() => api.calls.length === 1);
  expect((await send(ann, 'meanwhile')).ok).toBe(true);
  await expect(sending).rejects.toThrow('fetch failed');
  expect(api.messages(ann).map((message) => message.text)).toEqual(['meanwhile']);
});
