import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { rawRequest } from '../raw-request.ts';
import { call } from './call.ts';

let api: BotApi;
let page: Server;
let root: string;
const ann = 5001;
const bob = 5002;

beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann', username: 'ann', started: true });
  api.addUser({ id: bob, firstName: 'Bob' });
  page = createServer((incoming, response) => {
    void Promise.resolve(api.handleSim(incoming, response)).then((handled) => handled || response.writeHead(418).end());
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  root = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await api.close();
  page.closeAllConnections();
  page.close();
});

// oxlint-disable-next-line typescript/no-explicit-any -- the tests look into whatever the wire brought
type Json = any;

const get = async (path: string): Promise<Json> => (await fetch(`${root}/sim/${path}`)).json();

const post = async (
  path: string,
  body: object | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Json }> => {
  const response = await fetch(`${root}/sim/${path}`, {
    method: 'POST',
    headers: { 'x-playground': '1', ...headers },
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
};

const sendCard = async (): Promise<number> =>
  (
    await call(api, 'sendMessage', {
      chat_id: ann,
      text: 'card',
      disable_notification: true,
      reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] },
    })
  ).result.message_id;

/** Collects the events of people; `next` gives the first that fits and has not been given yet. */
const listen = async (
  ...users: number[]
): Promise<{ next: (name: string, of?: number) => Promise<Json>; stop: () => void }> => {
  const gone = new AbortController();
  const people = users.map((user) => `user=${user}`).join('&');
  const response = await fetch(`${root}/sim/events?${people}`, { signal: gone.signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as never)
    .getReader();
  let text = '';
  const next = async (name: string, of = users[0]): Promise<Json> => {
    for (;;) {
      const match = new RegExp(`event: ${name}\ndata: (\\{"userId":${of},.*)\n\n`).exec(text);
      if (match) {
        text = text.slice(0, match.index) + text.slice(match.index + match[0].length);
        return JSON.parse(match[1] ?? '').data;
      }
      const { value, done } = (await reader.read()) as { value: string; done: boolean };
      if (done) throw new Error(`The stream ended without ${name}: ${text}`);
      text += value;
    }
  };
  return { next, stop: () => gone.abort() };
};

test('the state is that of the person who asks', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'group', members: [bob] });
  await sendCard();
  const state = await get(`state?user=${ann}`);
  expect(state).toMatchObject({
    bot: { id: api.bot.id, username: 'hubgram_bot', firstName: 'hubgram' },
    me: { id: ann, firstName: 'Ann', username: 'ann' },
    users: [{ id: ann }, { id: bob }],
    chats: [
      { id: ann, type: 'private', title: 'hubgram', unread: 1, memberIds: [ann], isForum: false, blocked: false },
    ],
  });
  expect(state.chats[0].lastMessage).toMatchObject({ text: 'card', silent: true, deleted: false, edits: 0 });
  expect((await get(`state?user=${bob}`)).chats.map((chat: { id: number }) => chat.id)).toEqual([id, bob]);
});

test('a person writes, reads, presses, blocks and deletes', async () => {
  const sent = await post('send', { userId: ann, chatId: ann, text: '/help' });
  expect(sent).toMatchObject({
    status: 200,
    body: { message: { text: '/help', entities: [{ type: 'bot_command' }] } },
  });
  const card = await sendCard();
  const { messages } = await get(`messages?user=${ann}&chat=${ann}`);
  expect(messages.map((message: { text: string }) => message.text)).toEqual(['/help', 'card']);
  expect(messages[0].history).toBeUndefined();
  expect((await get(`state?user=${ann}`)).chats[0].unread).toBe(0);
  const pressed = await post('press', { userId: ann, chatId: ann, messageId: card, data: 'go' });
  expect(api.pendingUpdates().at(-1)).toMatchObject({
    callback_query: { id: pressed.body.callbackQueryId, data: 'go' },
  });
  await post('delete', { userId: ann, chatId: ann, messageId: card });
  expect((await get(`messages?user=${ann}&chat=${ann}`)).messages).toHaveLength(1);
  expect((await get(`state?user=${ann}`)).chats[0].lastMessage.text).toBe('/help');
  await post('block', { userId: ann, blocked: true });
  expect((await get(`state?user=${ann}`)).chats[0].blocked).toBe(true);
  const refused = await post('send', { userId: ann, chatId: ann, text: 'hi' });
  expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining('unblock') } });
});

test('a file is sent up and fetched without becoming a page of ours', async () => {
  const name = encodeURIComponent('models & more.html');
  const { body } = await post(`upload?user=${ann}&chat=${ann}&name=${name}&caption=/import`, Buffer.from('<script>'));
  expect(body.message).toMatchObject({
    document: { file_name: 'models & more.html', file_size: 8 },
    caption: '/import',
  });
  const response = await fetch(`${root}/sim/file/${body.message.document.file_id}`);
  expect(await response.text()).toBe('<script>');
  expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
  expect(response.headers.get('content-security-policy')).toContain('sandbox');
  expect((await fetch(`${root}/sim/file/none`)).status).toBe(404);
});

test('events tell a person what happens in their chats, and nothing of others', async () => {
  const events = await listen(ann);
  api.say(bob, bob, 'not for Ann');
  const card = await sendCard();
  expect(await events.next('message')).toMatchObject({
    chatId: ann,
    message: { message_id: card, text: 'card', edits: 0 },
  });
  await call(api, 'editMessageText', { chat_id: ann, message_id: card, text: 'edited' });
  expect(await events.next('message')).toMatchObject({ message: { text: 'edited', edits: 1 } });
  api.deleteMessage(ann, card);
  expect(await events.next('message')).toMatchObject({ message: { message_id: card, deleted: true } });
  expect((await events.next('chat')).chat.lastMessage).toBe(undefined);
  await call(api, 'setMyCommands', { commands: [{ command: 'help', description: 'x' }] });
  expect(await events.next('commands')).toEqual({});
  expect((await get(`commands?user=${ann}&chat=${ann}`)).commands).toEqual([{ command: 'help', description: 'x' }]);
  const id = api.press(ann, ann, await sendCard(), 'Go');
  await call(api, 'answerCallbackQuery', { callback_query_id: id, text: 'Done', show_alert: true });
  expect(await events.next('answer')).toEqual({ callbackQueryId: id, text: 'Done', showAlert: true });
  api.addGroup({ title: 'Lab', type: 'group', members: [ann] });
  expect(await events.next('chat')).toMatchObject({ chat: { title: 'Lab' } });
  events.stop();
});

test('one stream tells what happens to several people, and to whom', async () => {
  const events = await listen(ann, bob);
  const { id } = api.addGroup({ title: 'Lab', type: 'group', members: [ann, bob] });
  api.say(bob, bob, 'for Bob');
  api.say(ann, id, 'for both');
  for (const user of [ann, bob]) {
    const texts: string[] = [];
    while (texts.at(-1) !== 'for both') texts.push((await events.next('message', user)).message.text);
    expect(texts.filter(Boolean)).toEqual(user === bob ? ['for Bob', 'for both'] : ['for both']);
  }
  events.stop();
  expect(await get('events')).toEqual({ error: 'user must be a whole number' });
  expect(await get(`events?user=${ann}&user=1`)).toMatchObject({ error: expect.stringContaining('no person 1') });
});

test('what is longer than a message, or than a caption, is refused', async () => {
  expect((await post('send', { userId: ann, chatId: ann, text: '😀'.repeat(4096) })).status).toBe(200);
  const long = await post('send', { userId: ann, chatId: ann, text: 'x'.repeat(4097) });
  expect(long).toMatchObject({ status: 400, body: { error: 'A message has at most 4,096 characters' } });
  const upload = (caption: string) =>
    post(`upload?user=${ann}&chat=${ann}&name=a&caption=${caption}`, Buffer.from('x'));
  expect((await upload('x'.repeat(1024))).status).toBe(200);
  expect((await upload('x'.repeat(1025))).body).toEqual({ error: 'A caption has at most 1,024 characters' });
});

test('event streams end with the stand-in', async () => {
  const events = await listen(ann);
  await api.close();
  await expect(events.next('message')).rejects.toThrow('The stream ended');
});

/** The status of a request with any headers; what is posted is a message. */
const foreign = async (method: string, path: string, headers: Record<string, string>): Promise<number> => {
  const body = method === 'POST' ? { body: JSON.stringify({ userId: ann, chatId: ann, text: 'forged' }) } : {};
  return (await rawRequest(root, path, { method, headers, ...body })).status;
};

test('pages of other sites can neither read nor write', async () => {
  const { host } = new URL(root);
  expect(await foreign('GET', `/sim/state?user=${ann}`, { host: 'evil.example' })).toBe(403);
  expect(await foreign('GET', `/sim/state?user=${ann}`, { host, 'sec-fetch-site': 'cross-site' })).toBe(403);
  const elsewhere = { host, 'sec-fetch-site': 'same-site' };
  expect(await foreign('GET', `/sim/messages?user=${ann}&chat=${ann}`, elsewhere)).toBe(403);
  expect(await foreign('POST', '/sim/send', { host })).toBe(403);
  expect(await foreign('POST', '/sim/send', { host, 'x-playground': '1', origin: 'http://evil.example' })).toBe(403);
  expect(await foreign('OPTIONS', '/sim/send', { host, origin: 'http://evil.example' })).toBe(403);
  expect(api.messages(ann)).toEqual([]);
  expect(await foreign('POST', '/sim/send', { host, 'x-playground': '1', origin: root })).toBe(200);
  const response = await fetch(`${root}/sim/state?user=${ann}`);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});

test('wrong requests are answered with a sentence, others are left to the caller', async () => {
  expect(await post('send', { userId: ann, chatId: bob, text: 'x' })).toMatchObject({
    status: 400,
    body: { error: `Person ${ann} is not in chat ${bob}` },
  });
  expect((await post('send', Buffer.from('{'))).status).toBe(400);
  expect(await get('messages?user=x&chat=1')).toEqual({ error: 'user must be a whole number' });
  expect((await fetch(`${root}/sim/constructor`)).status).toBe(404);
  expect((await fetch(`${root}/sim/about`)).status).toBe(418);
  expect((await fetch(`${root}/index.html`)).status).toBe(418);
});
