import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { ANN, GROUP, openStage, type Stage } from './stage.ts';

export const describeButtons = (browser: Browser): void => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    await stage.say(ANN, ANN, '/start');
  });
  afterAll(async () => {
    await stage?.close();
  });

  const openChat = (options = {}) => browser.open(`${stage.url}/#${ANN}/${ANN}`, options);
  const sendKeys = (text: string, ...rows: object[][]) =>
    stage.bot.send(ANN, text, { reply_markup: { inline_keyboard: rows } });
  const pressed = (data: string) =>
    stage.bot.next(({ callback_query: query }) => (query?.data === data ? query.id : undefined));

  test('a pressed button waits for the answer, which is shown as a toast', async () => {
    const page = await openChat();
    const id = await sendKeys('choose', [{ text: 'Pause', callback_data: 'pause:1' }]);
    const key = page.locator(`#message-${id}`).getByRole('button', { name: 'Pause' });
    await key.click();
    const query = await pressed('pause:1');
    await page.locator(`#message-${id} .key[data-pending][aria-busy="true"]`).waitFor();
    await stage.bot.call('answerCallbackQuery', { callback_query_id: query, text: 'Paused' });
    await page.getByRole('status').getByText('Paused').waitFor();
    await page.locator(`#message-${id} .key:not([data-pending])`).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('a toast goes by itself where it comes up under a pointer that rests, and stays while somebody points at it', async () => {
    const page = await openChat({ setsClock: true });
    await page.clock.install();
    const id = await sendKeys('rest', [{ text: 'Rest', callback_data: 'rest:1' }]);
    const told = async (words: string) => {
      await page.locator(`#message-${id}`).getByRole('button', { name: 'Rest' }).click();
      await stage.bot.call('answerCallbackQuery', { callback_query_id: await pressed('rest:1'), text: words });
      const toast = page.locator('.toast').getByText(words);
      await toast.waitFor();
      return toast;
    };
    const rested = await told('Rested');
    await rested.dispatchEvent('pointerenter');
    await page.clock.runFor(5000);
    await rested.waitFor({ state: 'detached' });
    const read = await told('Read');
    await read.dispatchEvent('pointermove');
    await page.clock.runFor(5000);
    expect(await read.count()).toBe(1);
    await read.dispatchEvent('pointerleave');
    await page.clock.runFor(5000);
    await read.waitFor({ state: 'detached' });
  });

  test('an edit that arrives while a button waits leaves it waiting', async () => {
    const page = await openChat();
    const keyboard = { inline_keyboard: [[{ text: 'Cancel', callback_data: 'cancel:2', style: 'danger' }]] };
    const id = await stage.bot.send(ANN, 'at 10 %', { reply_markup: keyboard });
    await page.locator(`#message-${id}`).getByRole('button', { name: 'Cancel' }).click();
    const query = await pressed('cancel:2');
    await stage.bot.edit(ANN, id, 'at 20 %', { reply_markup: keyboard });
    await page.locator(`#message-${id}`).getByText('at 20 %').waitFor();
    expect(await page.locator(`#message-${id} .key[data-pending]`).count()).toBe(1);
    await stage.bot.edit(ANN, id, 'cancelled');
    await stage.bot.call('answerCallbackQuery', { callback_query_id: query });
    await page.locator(`#message-${id} .key`).waitFor({ state: 'detached' });
  });

  test('an alert is a dialog that Escape closes, and the focus goes back to the button', async () => {
    const page = await openChat();
    const id = await sendKeys('careful', [{ text: 'Remove', callback_data: 'remove:3' }]);
    await page.locator(`#message-${id}`).getByRole('button', { name: 'Remove' }).focus();
    await page.keyboard.press('Enter');
    const query = await pressed('remove:3');
    await stage.bot.call('answerCallbackQuery', {
      callback_query_id: query,
      text: 'Only owners may do that.',
      show_alert: true,
    });
    const dialog = page.getByRole('dialog', { name: 'Only owners may do that.' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Remove');
  });

  test('a copy button puts its text on the clipboard', async () => {
    const page = await openChat({ permissions: ['clipboard-read', 'clipboard-write'] });
    const id = await sendKeys('done', [{ text: 'Copy path', copy_text: { text: '/models/hub/models--gpt2' } }]);
    await page.locator(`#message-${id}`).getByRole('button', { name: 'Copy path' }).click();
    await page.getByRole('status').getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('/models/hub/models--gpt2');
  });

  test('where the clipboard is refused, copying still works by the old way', async () => {
    const page = await openChat();
    await page.evaluate(`{
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
      document.addEventListener('copy', () => { window.copied = document.activeElement.value; });
    }`);
    const id = await sendKeys('done again', [{ text: 'Copy path', copy_text: { text: '/models/other' } }]);
    await page.locator(`#message-${id}`).getByRole('button', { name: 'Copy path' }).click();
    await page.getByRole('status').getByText('Copied').waitFor();
    expect(await page.evaluate('window.copied')).toBe('/models/other');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Copy path');
  });

  test('links open outside, inline queries fill the message box, disabled buttons do nothing', async () => {
    const page = await openChat();
    const id = await sendKeys(
      'many kinds',
      [{ text: 'On the Hub', url: 'https://huggingface.co/gpt2', style: 'primary' }],
      [
        { text: 'Search', switch_inline_query_current_chat: 'qwen' },
        { text: 'Queued', disabled: {} },
      ],
    );
    const message = page.locator(`#message-${id}`);
    const link = message.getByRole('link', { name: 'On the Hub' });
    expect(await link.getAttribute('href')).toBe('https://huggingface.co/gpt2');
    expect(await link.getAttribute('target')).toBe('_blank');
    expect(await link.getAttribute('rel')).toContain('noopener');
    expect(await link.getAttribute('data-style')).toBe('primary');
    expect(await message.getByRole('button', { name: 'Queued' }).isDisabled()).toBe(true);
    await message.getByRole('button', { name: 'Search' }).click();
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('@hubgram_bot qwen');
  });

  test('a deep link to this bot becomes /start in the private chat', async () => {
    const page = await browser.open(`${stage.url}/#${ANN}/${GROUP}`);
    const id = await stage.bot.send(GROUP, 'the settings are private', {
      reply_markup: { inline_keyboard: [[{ text: 'Open', url: 'https://t.me/hubgram_bot?start=settings' }]] },
    });
    await page.locator(`#message-${id}`).getByRole('link', { name: 'Open' }).click();
    await page.locator('.message.own', { hasText: '/start settings' }).waitFor();
    const heard = await stage.bot.next(({ message }) => (message?.text === '/start settings' ? message : undefined));
    expect(heard.chat.id).toBe(ANN);
  });

  test('a command in a text is sent when it is pressed', async () => {
    const page = await openChat();
    const id = await stage.bot.send(ANN, 'see /queue');
    await page.locator(`#message-${id}`).getByRole('button', { name: '/queue' }).click();
    await stage.bot.next(({ message }) => (message?.text === '/queue' ? true : undefined));
    expect(page.faults).toEqual([]);
  });
};
