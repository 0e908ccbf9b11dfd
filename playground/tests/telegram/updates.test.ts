import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { call, errorOf } from './call.ts';

let api: BotApi;
const ann = 5001;

beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann', username: 'ann' });
});
afterEach(() => api.close());

/** Starts a poll and waits until the stand-in holds it open. */
const openPoll = async (payload: object = {}): Promise<{ reply: ReturnType<typeof call> }> => {
  const held = new Promise<void>((resolve) => {
    const stop = api.onChange((change) => {
      if (change.kind !== 'updates') return;
      stop();
      resolve();
    });
  });
  const reply = call(api, 'getUpdates', { timeout: 30, ...payload });
  await held;
  return { reply };
};

test('a message is told with ids rising by one, commands marked, as Telegram writes it', async () => {
  api.say(ann, ann, '/add gpt2');
  api.say(ann, ann, 'thanks');
  const { result } = await call(api, 'getUpdates');
  expect(result[1].update_id).toBe(result[0].update_id + 1);
  expect(result[0].message).toMatchObject({
    from: { id: ann, is_bot: false, first_name: 'Ann', username: 'ann', language_code: 'en' },
    chat: { id: ann, first_name: 'Ann', username: 'ann', type: 'private' },
    text: '/add gpt2',
    entities: [{ offset: 0, length: 4, type: 'bot_command' }],
  });
  expect(result[0].message.date).toBeCloseTo(Date.now() / 1000, -2);
});

test('a waiting poll is released by the next update', async () => {
  const { reply } = await openPoll();
  api.say(ann, ann, 'hi');
  expect((await reply).result).toMatchObject([{ message: { text: 'hi' } }]);
});

test('updates come again until confirmed by a higher offset', async () => {
  for (const text of ['one', 'two', 'three']) api.say(ann, ann, text);
  const texts = async (payload: object): Promise<string[]> =>
    (await call(api, 'getUpdates', payload)).result.map((update: { message: { text: string } }) => update.message.text);
  expect(await texts({ limit: 2 })).toEqual(['one', 'two']);
  expect(await texts({})).toEqual(['one', 'two', 'three']);
  const [first] = (await call(api, 'getUpdates')).result;
  expect(await texts({ offset: first.update_id + 1 })).toEqual(['two', 'three']);
  expect(await texts({ offset: -1 })).toEqual(['three']);
  expect(await texts({})).toEqual(['three']);
  expect(api.pendingUpdates()).toHaveLength(1);
});

test('a second poll ends the first with 409 and takes its place', async () => {
  const first = await openPoll();
  const second = await openPoll();
  expect(await first.reply).toMatchObject({
    status: 409,
    description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
  });
  api.say(ann, ann, 'hi');
  expect((await second.reply).result).toHaveLength(1);
});

test('only the kinds that were asked for are queued, until others are asked for', async () => {
  await call(api, 'getUpdates', { allowed_updates: ['callback_query'] });
  api.say(ann, ann, 'unheard');
  expect(api.pendingUpdates()).toHaveLength(0);
  await call(api, 'getUpdates', {});
  api.say(ann, ann, 'still unheard');
  await call(api, 'getUpdates', { allowed_updates: '[]' });
  api.say(ann, ann, 'heard');
  expect(api.pendingUpdates()).toMatchObject([{ message: { text: 'heard' } }]);
});

test('a callback query is forgotten after 150 seconds, a message after a day', async () => {
  api.say(ann, ann, '/start');
  const { result } = await call(api, 'sendMessage', {
    chat_id: ann,
    text: 'x',
    reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] },
  });
  api.press(ann, ann, result.message_id, 'Go');
  expect((await call(api, 'getUpdates')).result).toHaveLength(2);
  api.advance(151_000);
  expect((await call(api, 'getUpdates')).result).toHaveLength(1);
  api.advance(24 * 3600 * 1000);
  expect((await call(api, 'getUpdates')).result).toHaveLength(0);
});

test('with limits, the same offset again at once waits three seconds, as Telegram slows down busy loops', async () => {
  const strict = await startBotApi({ limits: true });
  strict.addUser({ id: ann, firstName: 'Ann' });
  await call(strict, 'getUpdates', { offset: 5 });
  const again = call(strict, 'getUpdates', { offset: 5 });
  await new Promise<void>((resolve) => {
    strict.onChange((change) => change.kind === 'updates' && resolve());
  });
  strict.say(ann, ann, 'came while it waited');
  expect((await again).result).toMatchObject([{ message: { text: 'came while it waited' } }]);
  await strict.close();
});

test('a webhook gets updates one after another with its secret, again after a failure, and shuts getUpdates', async () => {
  const seen: { secret: unknown; text: string }[] = [];
  let failures = 1;
  const hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ secret: request.headers['x-telegram-bot-api-secret-token'], text: JSON.parse(body).message.text });
      response.writeHead(failures-- > 0 ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
  const { reply } = await openPoll();
  expect(await call(api, 'setWebhook', { url, secret_token: 's3cret' })).toMatchObject({
    result: true,
    description: 'Webhook was set',
  });
  expect((await reply).description).toBe('Conflict: terminated by setWebhook request');
  expect(await errorOf(api, 'getUpdates')).toBe(
    "409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
  );
  api.say(ann, ann, 'one');
  api.say(ann, ann, 'two');
  await api.waitFor(() => api.pendingUpdates().length === 0);
  expect(seen).toEqual(['one', 'one', 'two'].map((text) => ({ secret: 's3cret', text })));
  expect((await call(api, 'getWebhookInfo')).result).toMatchObject({
    url,
    pending_update_count: 0,
    max_connections: 40,
  });
  expect(await call(api, 'deleteWebhook')).toMatchObject({ result: true, description: 'Webhook was deleted' });
  expect(await call(api, 'deleteWebhook')).toMatchObject({ description: 'Webhook is already deleted' });
  hook.close();
});

test('a webhook needs HTTPS, one of four ports and a plain secret', async () => {
  const set = (payload: object): Promise<string> => errorOf(api, 'setWebhook', payload);
  expect(await set({ url: 'http://example.org/x' })).toContain('An HTTPS URL must be provided for webhook');
  expect(await set({ url: 'https://example.org:8000/x' })).toContain('only on ports 80, 88, 443 or 8443');
  expect(await set({ url: 'https://example.org/x', secret_token: 'a b' })).toContain(
    'secret token contains unallowed characters',
  );
});
