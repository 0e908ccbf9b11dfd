import { Bot, GrammyError, InputFile } from 'grammy';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';

let api: BotApi;
let bots: Bot[];
const ann = 5001;

const createBot = (): Bot => {
  const bot = new Bot(api.token, { client: { apiRoot: api.apiRoot } });
  bots.push(bot);
  return bot;
};

beforeEach(async () => {
  bots = [];
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann' });
});
afterEach(async () => {
  await Promise.all(bots.map((bot) => bot.stop()));
  await api.close();
});

test('a grammY bot polls, answers a command, edits its message and answers a button', async () => {
  const bot = createBot();
  bot.command('start', (ctx) =>
    ctx.reply('Hello', { reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] } }),
  );
  bot.callbackQuery('go', async (ctx) => {
    await ctx.editMessageText('Gone');
    await ctx.answerCallbackQuery('done');
  });
  void bot.start();
  api.say(ann, ann, '/start');
  const hello = await api.waitFor(() => api.messages(ann).find((message) => message.text === 'Hello'));
  const id = api.press(ann, ann, hello.message_id, 'Go');
  const answer = await api.waitFor(() => api.answers.find((candidate) => candidate.callbackQueryId === id));
  expect(answer.text).toBe('done');
  expect(api.messages(ann).map((message) => message.text)).toEqual(['/start', 'Gone']);
});

test('documents go up and come down through grammY unharmed, whatever their name', async () => {
  const bot = createBot();
  const data = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
  bot.on('message:document', async (ctx) => {
    const file = await ctx.getFile();
    const response = await fetch(`${api.apiRoot}/file/bot${api.token}/${file.file_path}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    await ctx.replyWithDocument(new InputFile(bytes, 'my library (2026).json'), { caption: `${bytes.length} bytes` });
  });
  void bot.start();
  api.sendDocument(ann, ann, { name: 'models.json', data });
  const reply = await api.waitFor(() => api.messages(ann)[1]);
  expect(reply).toMatchObject({
    caption: '70000 bytes',
    document: { file_name: 'my library (2026).json', file_size: 70_000 },
  });
  const { file_path } = await bot.api.getFile(reply.document?.file_id ?? '');
  const response = await fetch(`${api.apiRoot}/file/bot${api.token}/${file_path}`);
  expect(Buffer.from(await response.arrayBuffer()).equals(data)).toBe(true);
});

test('a second bot with the same token ends the first', async () => {
  const first = createBot();
  const ended = first.start().then(
    () => undefined,
    (error: unknown) => error,
  );
  await api.waitFor(() => first.isRunning());
  const second = createBot();
  void second.start();
  expect(await ended).toBeInstanceOf(GrammyError);
  expect(await ended).toMatchObject({ error_code: 409 });
});

test('an update whose handler was cut off comes again to the next bot', async () => {
  api.say(ann, ann, '/start');
  const seen: string[] = [];
  const first = createBot();
  const started = new Promise<void>((resolve) => {
    first.command('start', async () => {
      seen.push('first');
      resolve();
      await new Promise(() => {});
    });
  });
  void first.start();
  await started;
  bots = [];
  const second = createBot();
  second.command('start', async (ctx) => {
    seen.push('second');
    await ctx.reply('again');
  });
  void second.start();
  await api.waitFor(() => api.messages(ann).some((message) => message.text === 'again'));
  expect(seen).toEqual(['first', 'second']);
});

test('errors reach grammY with code, description and parameters', async () => {
  const bot = createBot();
  api.say(ann, ann, 'hi');
  api.setFault({ method: 'sendMessage', kind: '429', times: 1, retryAfter: 3 });
  await expect(bot.api.sendMessage(ann, 'x')).rejects.toMatchObject({
    error_code: 429,
    parameters: { retry_after: 3 },
  });
  api.blockBot(ann);
  await expect(bot.api.sendMessage(ann, 'x')).rejects.toMatchObject({
    error_code: 403,
    description: 'Forbidden: bot was blocked by the user',
  });
});

test('waiting in vain tells what the chats look like', async () => {
  api.say(ann, ann, '/start');
  const failure = await api.waitFor(() => api.messages(ann)[7]?.text, 20).catch((error: unknown) => String(error));
  expect(failure).toContain('Waited 20 ms for () => api.messages(ann)[7]?.text');
  expect(failure).toContain('private 5001 Ann, 1 messages');
  expect(failure).toContain('Ann: "/start"');
  expect(failure).toContain('not confirmed: 1');
});

test('waiting ends when the stand-in closes', async () => {
  const waiting = api.waitFor(() => false);
  await api.close();
  await expect(waiting).rejects.toThrow('closed while waiting');
});
