import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { call, errorOf } from './call.ts';

let api: BotApi;
const ann = 5001;
const bob = 5002;

beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann', started: true });
  api.addUser({ id: bob, firstName: 'Bob' });
});
afterEach(() => api.close());

const drain = async (): Promise<Record<string, unknown>[]> => {
  const { result } = await call(api, 'getUpdates');
  if (result.length > 0) await call(api, 'getUpdates', { offset: result.at(-1).update_id + 1 });
  return result;
};

test('blocking and unblocking the bot is told as a change of its own membership', async () => {
  api.blockBot(ann);
  expect(() => api.say(ann, ann, 'hi')).toThrow('unblock it first');
  api.unblockBot(ann);
  const [blocked, unblocked] = await drain();
  expect(blocked).toMatchObject({
    my_chat_member: {
      chat: { id: ann, type: 'private' },
      from: { id: ann },
      date: expect.any(Number),
      old_chat_member: { user: { username: 'hubgram_bot' }, status: 'member' },
      new_chat_member: { status: 'kicked', until_date: 0 },
    },
  });
  expect(unblocked).toMatchObject({
    my_chat_member: { old_chat_member: { status: 'kicked' }, new_chat_member: { status: 'member' } },
  });
});

test('being added to a group, promoted and thrown out is told, and closes the group', async () => {
  const { id } = api.addGroup({ id: -4001, title: 'Lab', type: 'group', members: [ann, bob] });
  expect(await drain()).toMatchObject([
    {
      my_chat_member: {
        chat: { id: -4001, title: 'Lab', type: 'group' },
        old_chat_member: { status: 'left' },
        new_chat_member: { status: 'member' },
      },
    },
    { message: { new_chat_members: [{ username: 'hubgram_bot' }], chat: { all_members_are_administrators: false } } },
  ]);
  api.addBot(ann, id, 'administrator');
  expect(await drain()).toMatchObject([
    { my_chat_member: { new_chat_member: { status: 'administrator', can_delete_messages: true } } },
  ]);
  api.removeBot(ann, id);
  expect(await drain()).toMatchObject([
    { message: { left_chat_member: { username: 'hubgram_bot' } } },
    { my_chat_member: { new_chat_member: { status: 'kicked' } } },
  ]);
  api.say(ann, id, '/help@hubgram_bot');
  expect(await drain()).toEqual([]);
  expect(await errorOf(api, 'sendMessage', { chat_id: id, text: 'x' })).toBe(
    '403 Forbidden: bot was kicked from the group chat',
  );
  expect(await errorOf(api, 'editMessageText', { chat_id: id, message_id: 1, text: 'x' })).toBe(
    '403 Forbidden: bot was kicked from the group chat',
  );
});

test('the bot leaves a supergroup and is no member of it any more', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann] });
  expect((await call(api, 'leaveChat', { chat_id: id })).result).toBe(true);
  expect(await errorOf(api, 'sendMessage', { chat_id: id, text: 'x' })).toBe(
    '403 Forbidden: bot is not a member of the supergroup chat',
  );
});

test('a group can forbid the bot to write', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann] });
  const { result } = await call(api, 'sendMessage', { chat_id: id, text: 'once' });
  api.letBotWrite(id, false);
  expect(await errorOf(api, 'sendMessage', { chat_id: id, text: 'x' })).toBe(
    '400 Bad Request: not enough rights to send text messages to the chat',
  );
  // What it has written may be changed and taken away all the same.
  const own = { chat_id: id, message_id: result.message_id };
  expect((await call(api, 'editMessageText', { ...own, text: 'twice' })).ok).toBe(true);
  expect((await call(api, 'deleteMessage', own)).ok).toBe(true);
});

test('privacy mode hides from the bot what is not meant for it', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann, bob] });
  await drain();
  const { result } = await call(api, 'sendMessage', { chat_id: id, text: 'ask me' });
  const texts = async (): Promise<string[]> =>
    (await drain()).map((update) => (update.message as { text: string }).text);
  const spoken = ['hello', '/help', '/help@hubgram_bot', '/help@other_bot', 'say /help', '@hubgram_bot hello'];
  for (const text of spoken) api.say(bob, id, text);
  api.say(bob, id, 'an answer', { replyTo: result.message_id });
  expect(await texts()).toEqual(['/help', '/help@hubgram_bot', 'an answer']);
  api.addBot(ann, id, 'administrator');
  await drain();
  api.say(bob, id, 'hello');
  expect(await texts()).toEqual(['hello']);
  const open = await startBotApi({ privacyMode: false });
  open.addUser({ id: ann, firstName: 'Ann' });
  open.addGroup({ id: -4001, title: 'Lab', type: 'group', members: [ann] });
  open.say(ann, -4001, 'hello');
  expect(open.pendingUpdates().at(-1)).toMatchObject({ message: { text: 'hello' } });
  await open.close();
});

test('a group that becomes a supergroup says so twice, refuses new messages and still takes edits', async () => {
  api.addGroup({ id: -4001, title: 'Lab', type: 'group', members: [ann, bob] });
  const { result } = await call(api, 'sendMessage', { chat_id: -4001, text: 'card' });
  await drain();
  const id = api.migrateGroup(-4001);
  expect(await drain()).toMatchObject([
    { message: { chat: { id: -4001, type: 'group' }, from: { id: ann }, migrate_to_chat_id: id } },
    {
      message: {
        message_id: 1,
        from: { id: 1087968824, username: 'GroupAnonymousBot' },
        sender_chat: { id, type: 'supergroup' },
        chat: { id, title: 'Lab', type: 'supergroup' },
        migrate_from_chat_id: -4001,
      },
    },
  ]);
  const refused = await call(api, 'sendMessage', { chat_id: -4001, text: 'x' });
  expect(refused).toMatchObject({
    status: 400,
    description: 'Bad Request: group chat was upgraded to a supergroup chat',
    parameters: { migrate_to_chat_id: id },
  });
  expect(
    (await call(api, 'editMessageText', { chat_id: -4001, message_id: result.message_id, text: 'edited' })).ok,
  ).toBe(true);
  expect((await call(api, 'sendMessage', { chat_id: id, text: 'x' })).result.message_id).toBe(2);
});

test('supergroups count their messages for themselves, other chats together', async () => {
  const one = api.addGroup({ title: 'One', type: 'supergroup', members: [ann] });
  const two = api.addGroup({ title: 'Two', type: 'supergroup', members: [ann] });
  const group = api.addGroup({ title: 'Three', type: 'group', members: [ann] });
  const ids = [one.id, two.id, group.id, ann].map((chatId) => api.say(ann, chatId, 'hi').message_id);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[3]).toBe((ids[2] ?? 0) + 1);
});

test('topics: replies stay in theirs, the general one has no id, a missing one is an error', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann], isForum: true });
  const threadId = api.addTopic(id, 'Models');
  const asked = api.say(ann, id, '/add gpt2', { threadId });
  expect(asked).toMatchObject({ message_thread_id: threadId, is_topic_message: true, chat: { is_forum: true } });
  const send = (payload: object): ReturnType<typeof call> =>
    call(api, 'sendMessage', { chat_id: id, text: 'x', ...payload });
  expect((await send({ message_thread_id: threadId })).result).toMatchObject({
    message_thread_id: threadId,
    is_topic_message: true,
  });
  expect((await send({ reply_parameters: { message_id: asked.message_id } })).result.message_thread_id).toBe(threadId);
  for (const message_thread_id of [1, 4711])
    expect((await send({ message_thread_id })).description).toBe('Bad Request: message thread not found');
  expect((await call(api, 'sendMessage', { chat_id: ann, text: 'x', message_thread_id: 3 })).description).toContain(
    'thread not found',
  );
  api.closeTopic(id, threadId);
  expect((await send({ message_thread_id: threadId })).description).toBe('Bad Request: TOPIC_CLOSED');
  expect((await send({ reply_parameters: { message_id: asked.message_id } })).description).toContain('TOPIC_CLOSED');
  expect((await send({})).ok).toBe(true);
  api.closeTopic(id, 1);
  expect((await send({})).description).toBe('Bad Request: TOPIC_CLOSED');
  for (const topic of [1, threadId]) api.reopenTopic(id, topic);
  expect([(await send({})).ok, (await send({ message_thread_id: threadId })).ok]).toEqual([true, true]);
  expect(api.pendingUpdates().map(({ message }) => Object.keys(message ?? {}).at(-1))).toContain('is_topic_message');
  api.deleteTopic(id, threadId);
  expect((await send({ message_thread_id: threadId })).description).toBe('Bad Request: message thread not found');
});

test('in a topic what replies to nobody comes as a reply to what has opened it; people see no such reply', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann], isForum: true });
  const threadId = api.addTopic(id, 'Models');
  await drain();
  const { message_id: asked } = api.say(ann, id, '/help', { threadId });
  const { message_id: replied } = api.say(ann, id, '/help again', { replyTo: asked });
  const opened = { message_id: threadId, forum_topic_created: { name: 'Models' }, is_topic_message: true };
  const common = { message_thread_id: threadId, is_topic_message: true };
  expect(await drain()).toMatchObject([
    { message: { message_id: asked, ...common, reply_to_message: opened } },
    { message: { message_id: replied, ...common, reply_to_message: { message_id: asked } } },
  ]);
  const { result } = await call(api, 'sendMessage', { chat_id: id, text: 'x', message_thread_id: threadId });
  expect(result.reply_to_message).toMatchObject(opened);
  expect(api.messages(id).map((message) => message.reply_to_message?.message_id)).toEqual(
    api.messages(id).map(({ message_id: each }) => (each === replied ? asked : undefined)),
  );
});

test('in a supergroup replies are a thread also where there is no topic, and nothing can be sent to that', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann], bot: 'administrator' });
  const group = api.addGroup({ title: 'Small', type: 'group', members: [ann], bot: 'administrator' });
  await drain();
  const first = api.say(ann, id, 'first').message_id;
  const second = api.say(ann, id, 'second', { replyTo: first }).message_id;
  const third = api.say(ann, id, 'third', { replyTo: second });
  api.say(ann, group.id, 'again', { replyTo: api.say(ann, group.id, 'once').message_id });
  const told = (await drain()).map(({ message }) => message as Record<string, unknown>);
  expect(told.map((message) => message['message_thread_id'])).toEqual([undefined, first, first, undefined, undefined]);
  expect(told.some((message) => 'is_topic_message' in message)).toBe(false);
  expect(third.message_thread_id).toBe(undefined);
  expect(await errorOf(api, 'sendMessage', { chat_id: id, text: 'x', message_thread_id: first })).toBe(
    '400 Bad Request: message thread not found',
  );
});

test('the bot makes a topic only in a forum and as administrator', async () => {
  const { id } = api.addGroup({
    title: 'Lab',
    type: 'supergroup',
    members: [ann],
    isForum: true,
    bot: 'administrator',
  });
  const { result } = await call(api, 'createForumTopic', { chat_id: id, name: 'Downloads' });
  expect(result).toMatchObject({ message_thread_id: expect.any(Number), name: 'Downloads' });
  expect(
    (await call(api, 'sendMessage', { chat_id: id, text: 'x', message_thread_id: result.message_thread_id })).ok,
  ).toBe(true);
  const plain = api.addGroup({ title: 'Lab', type: 'supergroup', members: [ann] });
  expect(await errorOf(api, 'createForumTopic', { chat_id: plain.id, name: 'x' })).toBe(
    '400 Bad Request: the chat is not a forum',
  );
});

test('members and administrators are told by their status', async () => {
  const { id } = api.addGroup({ title: 'Lab', type: 'supergroup', username: 'lab_chat', members: [ann] });
  const status = async (user_id: number): Promise<string> =>
    (await call(api, 'getChatMember', { chat_id: id, user_id })).result.status;
  expect([await status(ann), await status(bob), await status(api.bot.id)]).toEqual(['creator', 'left', 'member']);
  api.addMember(id, bob, 'administrator');
  expect(await status(bob)).toBe('administrator');
  const admins = (await call(api, 'getChatAdministrators', { chat_id: '@lab_chat' })).result;
  expect(admins.map((member: { user: { id: number } }) => member.user.id)).toEqual([ann, bob]);
  api.removeMember(id, bob);
  expect(await status(bob)).toBe('left');
  expect(await errorOf(api, 'getChatMember', { chat_id: id, user_id: 1 })).toBe('400 Bad Request: user not found');
  expect(await errorOf(api, 'getChatAdministrators', { chat_id: ann })).toBe(
    '400 Bad Request: there are no administrators in the private chat',
  );
  expect((await call(api, 'getChat', { chat_id: id })).result).toMatchObject({
    id,
    title: 'Lab',
    username: 'lab_chat',
    type: 'supergroup',
  });
});
