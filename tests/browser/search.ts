import { afterEach, expect, it } from 'vitest';
import type { Browser } from './browser.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';

export const describeSearch = (browser: Browser): void => {
  let world: AppWorld;
  afterEach(async () => {
    await world?.close();
  });

  it('fits a phone of 390 px, with its buttons', async () => {
    world = await openAppWorld();
    const { ready } = await world.start({ HUBGRAM_PLAYGROUND_PORT: '0' }, ['--playground']);
    const page = await browser.open(`${ready.page}/#${ANN}/${ANN}`, { isPhone: true });
    await page.getByLabel('Message', { exact: true }).fill('/search llama');
    await page.keyboard.press('Enter');
    const list = page.locator('.message.other', { hasText: 'Search: llama · trending first' });
    await list.waitFor();
    const labels = ['Add 1', 'Add 2', 'Add 3', 'Add 4', 'Add 5', 'Most downloaded', 'Newest'];
    expect(await list.getByRole('button').allInnerTexts()).toEqual(expect.arrayContaining(labels));
    const boxes = await Promise.all(
      labels.map((label) => list.getByRole('button', { name: label, exact: true }).boundingBox()),
    );
    const outside = labels.filter((_, at) => {
      const { x = -1, width = 0 } = boxes[at] ?? {};
      return x < 0 || x + width > 390;
    });
    expect(outside).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(page.faults).toEqual([]);
  });
};
