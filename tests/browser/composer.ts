import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, until } from './browser.ts';
import { ANN, GROUP, openStage, type Stage } from './stage.ts';

const COMMANDS = [
  { command: 'add', description: 'add a model' },
  { command: 'pause', description: 'pause a download' },
  { command: 'priority', description: 'change the order' },
  { command: 'status', description: 'disk, speed, health' },
];

export const describeComposer = (browser: Browser): void => {
  let stage: Stage;
  let folder: string;

  beforeAll(async () => {
    stage = await openStage();
    folder = await mkdtemp(join(tmpdir(), 'hubgram-files-'));
    await stage.say(ANN, ANN, '/start');
    await stage.bot.call('setMyCommands', { commands: COMMANDS });
  });
  afterAll(async () => {
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const openChat = (chat = ANN) => browser.open(`${stage.url}/#${ANN}/${chat}`);
  const heard = (text: string) => stage.bot.next(({ message }) => (message?.text === text ? message : undefined));

  test('the command menu filters while a command is typed and is worked with the arrow keys', async () => {
    const page = await openChat();
    const options = page.getByRole('option');
    await page.getByRole('button', { name: 'Commands' }).waitFor();
    await page.getByLabel('Message', { exact: true }).focus();
    await page.keyboard.type('/');
    await options.nth(3).waitFor();
    await page.keyboard.type('p');
    await page.getByRole('option', { name: '/add' }).waitFor({ state: 'detached' });
    expect(await options.allInnerTexts()).toEqual(['/pause\npause a download', '/priority\nchange the order']);
    expect(await page.getByRole('option', { selected: true }).innerText()).toContain('/pause');
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('option', { selected: true }).innerText()).toContain('/priority');
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('option', { selected: true }).innerText()).toContain('/pause');
    await page.keyboard.press('Enter');
    await heard('/pause');
    expect(await options.count()).toBe(0);
  });

  test('an inline query lists what the bot finds while it is typed, and what is chosen is posted', async () => {
    const page = await openChat();
    const box = page.getByLabel('Message', { exact: true });
    await box.fill('@hubgram_bot lla');
    const { id } = await stage.bot.next(({ inline_query: query }) => (query?.query === 'lla' ? query : undefined));
    await stage.bot.call('answerInlineQuery', {
      inline_query_id: id,
      results: ['org/llama', 'org/llama-2'].map((title, at) => ({
        type: 'article',
        id: String(at),
        title,
        description: '3 MB\n12 downloads',
        input_message_content: { message_text: `https://huggingface.co/${title}` },
      })),
    });
    const options = page.getByRole('option');
    await options.nth(1).waitFor();
    expect(await options.allInnerTexts()).toEqual(['org/llama\n3 MB\n12 downloads', 'org/llama-2\n3 MB\n12 downloads']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await heard('https://huggingface.co/org/llama-2');
    expect(await box.inputValue()).toBe('');
    expect(await options.count()).toBe(0);
    expect(page.faults).toEqual([]);
  });

  test('an inline query that gets no hits but a button offers that', async () => {
    const page = await openChat();
    const box = page.getByLabel('Message', { exact: true });
    await box.fill('@hubgram_bot x');
    const { id } = await stage.bot.next(({ inline_query: query }) => (query?.query === 'x' ? query : undefined));
    const button = { text: 'Ask to be let in', start_parameter: 'search' };
    await stage.bot.call('answerInlineQuery', { inline_query_id: id, results: [], button });
    await page.getByRole('option', { name: 'Ask to be let in' }).click();
    expect((await heard('/start search')).chat.id).toBe(ANN);
  });

  test('Tab completes, Escape closes, and a closed menu lets Enter send what is written', async () => {
    const page = await openChat();
    const box = page.getByLabel('Message', { exact: true });
    await page.getByRole('button', { name: 'Commands' }).waitFor();
    await box.focus();
    await page.keyboard.type('/st');
    await page.getByRole('option', { name: '/status' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await box.inputValue()).toBe('/status ');
    await box.fill('');
    await page.keyboard.type('/pa');
    await page.getByRole('option', { name: '/pause' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#menu').waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await heard('/pa');
  });

  test('the button opens the menu, and in a group a command says which bot it is for', async () => {
    const page = await openChat(GROUP);
    const button = page.getByRole('button', { name: 'Commands' });
    await button.click();
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    await page.getByRole('option', { name: '/status' }).click();
    expect((await heard('/status@hubgram_bot')).chat.id).toBe(GROUP);
  });

  test('new commands of the bot appear without reloading', async () => {
    const page = await openChat();
    await stage.bot.call('setMyCommands', {
      commands: [...COMMANDS, { command: 'brandnew', description: 'came later' }],
    });
    await page.getByLabel('Message', { exact: true }).focus();
    await page.keyboard.type('/brand');
    await page.getByRole('option', { name: '/brandnew' }).waitFor();
    await page.keyboard.press('Enter');
    expect((await heard('/brandnew')).chat.id).toBe(ANN);
  });

  test('a file is attached, sent with a caption, shown with its size and can be downloaded', async () => {
    const page = await openChat();
    const file = join(folder, 'models.json');
    await writeFile(file, '{"models": []}'.padEnd(1500));
    await page.locator('#file-input').setInputFiles(file);
    await page.getByLabel('Files to send').getByText('models.json').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('/import');
    await page.keyboard.press('Enter');
    const message = await stage.bot.next((update) => (update.message?.document ? update.message : undefined));
    expect(message).toMatchObject({ caption: '/import', document: { file_name: 'models.json' } });
    const link = page.getByRole('link', { name: /models\.json\s*1\.5 kB/ });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe('models.json');
  });

  const put = async (...names: string[]): Promise<string[]> => {
    for (const name of names) await writeFile(join(folder, name), name);
    return names.map((name) => join(folder, name));
  };
  const heardFile = () => stage.bot.next((update) => (update.message?.document ? update.message : undefined));

  test('files that are sent together answer what they reply to, also where the bot hears answers alone', async () => {
    const question = await stage.bot.send(GROUP, 'Which files?');
    const page = await openChat(GROUP);
    await page.locator(`#message-${question}`).hover();
    await page.locator(`#message-${question}`).getByRole('button', { name: 'Message actions' }).click();
    await page.getByRole('menuitem', { name: 'Reply' }).click();
    await page.locator('#file-input').setInputFiles(await put('one.txt', 'two.txt'));
    await page.getByLabel('Files to send').getByText('two.txt').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('both');
    await page.keyboard.press('Enter');
    const [first, second] = [await heardFile(), await heardFile()];
    expect([first, second].map((message) => [message.document?.file_name, message.caption])).toEqual([
      ['one.txt', 'both'],
      ['two.txt', undefined],
    ]);
    expect([first, second].map((message) => message.reply_to_message?.message_id)).toEqual([question, question]);
    expect(first.media_group_id).toMatch(/^\d+$/);
    expect(second.media_group_id).toBe(first.media_group_id);
    await page.locator('#quote-bar').waitFor({ state: 'hidden' });
  });

  test('of what could not be sent only that comes back', async () => {
    const page = await openChat();
    const names = page.locator('.attachment-name');
    await page.locator('#file-input').setInputFiles(await put('kept.txt', 'lost.txt'));
    await names.nth(1).waitFor();
    const box = page.getByLabel('Message', { exact: true });
    await box.fill('x'.repeat(1025));
    await page.keyboard.press('Enter');
    await page.locator('.toast', { hasText: 'at most 1,024 characters' }).waitFor();
    expect([await names.allInnerTexts(), (await box.inputValue()).length]).toEqual([['kept.txt', 'lost.txt'], 1025]);
    await page.route(/sim\/upload.*name=lost\.txt/, (route) =>
      route.fulfill({ status: 400, json: { error: 'Not this one' } }),
    );
    await box.fill('x'.repeat(1024));
    await page.keyboard.press('Enter');
    expect((await heardFile()).document?.file_name).toBe('kept.txt');
    await page.locator('.toast', { hasText: 'Not this one' }).waitFor();
    expect([await names.allInnerTexts(), await box.inputValue()]).toEqual([['lost.txt'], '']);
    await page.unrouteAll();
    await page.locator('#send').click();
    expect((await heardFile()).document?.file_name).toBe('lost.txt');
  });

  test('a text that is too long for a message becomes several, as in Telegram’s apps', async () => {
    const page = await openChat();
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at} ${'word '.repeat(10).trim()}`);
    await page.getByLabel('Message', { exact: true }).fill(lines.join('\n'));
    await page.keyboard.press('Enter');
    const first = await stage.bot.next(({ message }) =>
      message?.text?.startsWith('line 0') ? message.text : undefined,
    );
    const second = await stage.bot.next(({ message }) => message?.text);
    expect(first.length).toBeLessThanOrEqual(4096);
    expect(`${first}\n${second}`).toBe(lines.join('\n'));
  });

  test('nothing is answered any more that has been deleted', async () => {
    const gone = await stage.bot.send(ANN, 'soon deleted');
    const page = await openChat();
    await page.locator(`#message-${gone}`).hover();
    await page.locator(`#message-${gone}`).getByRole('button', { name: 'Message actions' }).click();
    await page.getByRole('menuitem', { name: 'Reply' }).click();
    await page.locator('#quote-bar', { hasText: 'soon deleted' }).waitFor();
    await stage.bot.call('deleteMessage', { chat_id: ANN, message_id: gone });
    await page.locator('#quote-bar').waitFor({ state: 'hidden' });
    await page.getByLabel('Message', { exact: true }).fill('to nobody');
    await page.keyboard.press('Enter');
    expect((await heard('to nobody')).reply_to_message).toBe(undefined);
  });

  test('a file dropped on the chat is attached', async () => {
    const page = await openChat();
    await page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File(['abc'], 'dropped.txt', { type: 'text/plain' }));
      const fire = (name) => document.getElementById('messages').dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: data }));
      fire('dragenter');
      window.sawVeil = !document.getElementById('drop').hidden;
      fire('drop');
    }`);
    expect(await page.evaluate('window.sawVeil')).toBe(true);
    await page.getByLabel('Files to send').getByText('dropped.txt').waitFor();
    expect(await page.locator('#drop').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Do not send dropped.txt' }).click();
    expect(await page.locator('#attachments li').count()).toBe(0);
  });

  test('each chat keeps its own draft', async () => {
    const page = await openChat();
    const box = page.getByLabel('Message', { exact: true });
    await box.fill('half a thought');
    await page.getByRole('link', { name: /GPU box/ }).click();
    await page.getByRole('heading', { name: 'GPU box' }).waitFor();
    expect(await box.inputValue()).toBe('');
    await page
      .getByRole('link', { name: /hubgram/ })
      .first()
      .click();
    await page.getByRole('main').getByRole('heading', { name: 'hubgram' }).first().waitFor();
    expect(await box.inputValue()).toBe('half a thought');
    await page.reload();
    await until(page, "document.getElementById('message-box').value === 'half a thought'");
    // Its text is there before the page has given it the focus.
    await box.press('Enter');
    await heard('half a thought');
    await page.reload();
    await page.locator('.message.own', { hasText: 'half a thought' }).waitFor();
    expect(await box.inputValue()).toBe('');
    expect(page.faults).toEqual([]);
  });
};
