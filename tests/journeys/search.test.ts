import { afterEach, describe, expect, it } from 'vitest';
import { type Browser, chromiumPath, openBrowser } from '../../playground/tests/browser/browser.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

describe('a search', () => {
  it('leads from words to a model on the disk, over an end of the program in between', async () => {
    world = await openAppWorld();
    const first = await world.start();
    world.say('/search tiny-llama');
    const list = await world.sees(ANN, /^Search: tiny-llama · trending first[^]*\n1 sample\//);
    await first.stop();
    await world.start();
    const number = /^(\d) sample\/tiny-llama$/m.exec(list.text ?? '')?.[1];
    world.telegram.press(ANN, ANN, list.message_id, `Add ${number}`);
    expect((await world.sees(ANN, 'sample/tiny-llama · completed')).text).toContain('verified');
  });

  it('that has no answer when the program ends gets it after the next start, in the same message', async () => {
    world = await openAppWorld();
    const release = world.hub.setFault({ kind: 'silence', path: '/api/models' });
    const first = await world.start();
    world.say('/search tiny-diffusion');
    const { message_id: shown } = await world.sees(ANN, 'Search: tiny-diffusion · searching');
    await first.stop();
    release();
    await world.start();
    expect((await world.sees(ANN, '1 sample/tiny-diffusion')).message_id).toBe(shown);
  });
});

describe.skipIf(chromiumPath === undefined)('what was found, on the chat page', () => {
  let browser: Browser;
  afterEach(async () => {
    await browser?.close();
  });

  it('fits a phone of 390 px, with its buttons', async () => {
    world = await openAppWorld();
    const { ready } = await world.start({ HUBGRAM_PLAYGROUND_PORT: '0' }, ['--playground']);
    browser = await openBrowser();
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const page = await browser.open(`${ready.page}/#${ANN}/${ANN}`, phone);
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
});
