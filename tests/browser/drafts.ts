import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { ANN, openStage, type Stage } from './stage.ts';

export const describeDrafts = (browser: Browser): void => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    await stage.say(ANN, ANN, '/try tiny Who are you?');
  });
  afterAll(async () => {
    await stage?.close();
  });

  const draft = (text: string): Promise<unknown> =>
    stage.bot.call('sendMessageDraft', { chat_id: ANN, draft_id: 7, text, can_stop: true });

  test('stands in line with the messages of a wide screen', async () => {
    await draft('I am a model.');
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { viewport: { width: 1280, height: 900 } });
    await page.locator('.draft').getByText('I am a model.').waitFor();
    const leftOf = (selector: string) =>
      page.evaluate(`Math.round(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().left)`);
    expect(await leftOf('.draft')).toBe(await leftOf('.messages'));
  });

  test('grows below the messages of a phone, can be stopped, and goes with the message', async () => {
    await draft('');
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { isPhone: true });
    const writing = page.locator('.draft');
    // It was there before the page was.
    await writing.getByText('Thinking…').waitFor();
    const long = 'models--sentence-transformers--all-MiniLM-L6-v2'.repeat(4);
    await draft(`I am a model.\nThis is my name: ${long}`);
    await writing.getByText('I am a model.').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    const stop = writing.getByRole('button', { name: 'Stop' });
    expect((await stop.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    const end = await page.evaluate(
      '(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector("#timeline"))',
    );
    expect(end).toBeLessThan(2);
    await stop.tap();
    const stopped = await stage.bot.next(
      (update) => (update as { readonly stopped_message_generation?: object }).stopped_message_generation,
    );
    expect(stopped).toMatchObject({ chat: { id: ANN }, draft_id: 7 });
    await stop.waitFor({ state: 'detached' });
    await stage.bot.send(ANN, 'I am a model.');
    await writing.waitFor({ state: 'detached' });
    await page.locator('.message', { hasText: 'I am a model.' }).waitFor();
    expect(page.faults).toEqual([]);
  });
};
