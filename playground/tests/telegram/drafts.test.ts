import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { call, errorOf } from './call.ts';

let api: BotApi;
const ann = 5001;

beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann', started: true });
});
afterEach(() => api.close());

const draft = async (payload: object = {}): Promise<unknown> =>
  (await call(api, 'sendMessageDraft', { chat_id: ann, draft_id: 7, text: 'Once', can_stop: true, ...payload })).result;

test('a draft grows, is no message, and goes when one is sent', async () => {
  expect(await draft({ text: '' })).toBe(true);
  expect(api.draft(ann)).toMatchObject({ id: 7, text: '', canStop: true });
  await draft({ text: 'Once upon' });
  expect(api.draft(ann)).toMatchObject({ id: 7, text: 'Once upon' });
  expect(api.messages(ann)).toEqual([]);
  await call(api, 'sendMessage', { chat_id: ann, text: 'Once upon a time' });
  expect(api.draft(ann)).toBeUndefined();
});

test('a draft goes after half a minute', async () => {
  await draft();
  api.advance(29_000);
  expect(api.draft(ann)).toBeDefined();
  api.advance(1000);
  expect(api.draft(ann)).toBeUndefined();
});

test('its person stops it, once, and the bot is told', async () => {
  await draft();
  expect(() => api.stopDraft(ann, 8)).toThrow('There is no draft 8 to stop in chat 5001');
  api.stopDraft(ann, 7);
  const { result } = await call(api, 'getUpdates');
  expect(result).toEqual([
    {
      update_id: expect.any(Number),
      stopped_message_generation: { chat: { id: ann, first_name: 'Ann', type: 'private' }, draft_id: 7 },
    },
  ]);
  expect(() => api.stopDraft(ann, 7)).toThrow('There is no draft 7 to stop');
  await draft({ can_stop: false });
  expect(() => api.stopDraft(ann, 7)).toThrow('There is no draft 7 to stop');
});

test('a draft is refused in groups, without an id, and where a text is longer than a message', async () => {
  const { id } = api.addGroup({ title: 'Lab', members: [ann], type: 'supergroup' });
  const refused = (payload: object): Promise<string> =>
    errorOf(api, 'sendMessageDraft', { chat_id: ann, draft_id: 7, text: 'Once', ...payload });
  expect(await refused({ chat_id: id })).toBe('400 Bad Request: TEXTDRAFT_PEER_INVALID');
  expect(await refused({ draft_id: 0 })).toBe('400 Bad Request: draft identifier must be non-zero');
  expect(await refused({ text: 'x'.repeat(4097) })).toBe('400 Bad Request: message is too long');
  expect(await draft({ text: 'x'.repeat(4096) })).toBe(true);
});
