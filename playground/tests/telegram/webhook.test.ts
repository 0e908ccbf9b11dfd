import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { call } from './call.ts';

const ANN = 1001;
const BOB = 1002;

let api: BotApi;
beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ANN, firstName: 'Ann' });
  api.addUser({ id: BOB, firstName: 'Bob' });
});
afterEach(() => api.close());

/** A bot that is brought updates: their texts, and what they are answered with. */
const openHook = async (answer: (text: string, response: ServerResponse) => void, settings: object = {}) => {
  const texts: string[] = [];
  const hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { text } = (JSON.parse(body) as { readonly message: { readonly text: string } }).message;
      texts.push(text);
      answer(text, response);
    });
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
  const set = () => call(api, 'setWebhook', { url, ...settings });
  expect(await set()).toMatchObject({ description: 'Webhook was set' });
  const close = (): void => {
    hook.close();
    hook.closeAllConnections();
  };
  return { texts, set, close };
};

test('a chat whose update is refused is tried again and keeps its order; others go on meanwhile', async () => {
  let refusals = 2;
  const hook = await openHook((text, response) =>
    response.writeHead(text === 'a1' && refusals-- > 0 ? 500 : 200).end(),
  );
  for (const text of ['a1', 'a2']) api.say(ANN, ANN, text);
  api.say(BOB, BOB, 'b1');
  await api.waitFor(() => api.pendingUpdates().length === 0);
  // At once, and then after two seconds.
  expect(hook.texts.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a1', 'a1', 'a2']);
  expect(hook.texts.indexOf('b1')).toBeLessThan(hook.texts.lastIndexOf('a1'));
  expect((await call(api, 'getWebhookInfo')).result).toMatchObject({
    last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
  });
  hook.close();
});

test('as many are brought at once as the bot has said', async () => {
  const held: ServerResponse[] = [];
  const hook = await openHook((_text, response) => void held.push(response), { max_connections: 1 });
  api.say(ANN, ANN, 'a1');
  api.say(BOB, BOB, 'b1');
  await expect.poll(() => hook.texts).toEqual(['a1']);
  held.pop()?.end();
  await expect.poll(() => hook.texts).toEqual(['a1', 'b1']);
  held.pop()?.end();
  await api.waitFor(() => api.pendingUpdates().length === 0);
  hook.close();
});

test('what was set before is said to be; a redirection is not followed', async () => {
  const hook = await openHook((_text, response) => response.writeHead(302, { location: '/elsewhere' }).end());
  expect(await hook.set()).toMatchObject({ result: true, description: 'Webhook is already set' });
  api.say(ANN, ANN, 'a1');
  await expect.poll(() => hook.texts).toEqual(['a1', 'a1']);
  await expect
    .poll(async () => (await call(api, 'getWebhookInfo')).result)
    .toMatchObject({ pending_update_count: 1, last_error_message: 'Wrong response from the webhook: 302 Found' });
  hook.close();
});
