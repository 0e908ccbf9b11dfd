import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { ANN, openStage, type Stage } from './stage.ts';

/** Relative luminance of an element's background, 0 black to 1 white. */
const LUMINANCE = `(selector) => {
  const [r, g, b] = getComputedStyle(document.querySelector(selector)).backgroundColor.match(/[\\d.]+/g).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}`;

export const describeLook = (browser: Browser): void => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    await stage.say(ANN, ANN, '/start');
    const long = 'models--sentence-transformers--all-MiniLM-L6-v2'.repeat(4);
    await stage.bot.send(ANN, `${long}\n<pre>${long}</pre>\n<code>${long}</code>`, {
      parse_mode: 'HTML',
      reply_markup: {
        inline_keyboard: [
          Array.from({ length: 8 }, (_, index) => ({ text: `Q${index}_K_M`, callback_data: `q${index}` })),
          [{ text: 'A label that is far too long for a button on a phone', callback_data: 'x' }],
        ],
      },
    });
  });
  afterAll(async () => {
    await stage?.close();
  });

  const isAsWideAsTheScreen =
    'document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll("#timeline, .side")].every((part) => part.scrollWidth <= part.clientWidth)';

  test('at 390 px nothing is wider than the screen, and one goes from the list to a chat and back', async () => {
    const page = await browser.open(stage.url, { isPhone: true });
    await page.locator('.row').first().waitFor();
    expect(await page.getByRole('main').isVisible()).toBe(false);
    expect(await page.evaluate(isAsWideAsTheScreen)).toBe(true);
    await page.locator('.row', { hasText: 'hubgram' }).first().tap();
    await page.locator('.message').first().waitFor();
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    expect(await page.evaluate(isAsWideAsTheScreen)).toBe(true);
    // A line of 22 px with its padding: the field must not have been measured while it was hidden.
    expect((await page.locator('textarea').boundingBox())?.height).toBeGreaterThanOrEqual(40);
    await page.getByRole('link', { name: 'Back to the chats' }).tap();
    await page.getByRole('navigation').waitFor();
    await page.goBack();
    await page.getByRole('main').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('navigation').waitFor();
    expect(page.faults).toEqual([]);
  });

  test('at 390 px no sign lies on the words of its button, and no word of a button is broken', async () => {
    const labels = [
      ['Copy path', 'Copy from_pretrained', 'Copy vllm serve'],
      ['Copy file path', 'Copy llama-cli'],
    ];
    await stage.bot.send(ANN, 'Copy these', {
      reply_markup: {
        inline_keyboard: labels.map((row) => row.map((text) => ({ text, copy_text: { text } }))),
      },
    });
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { isPhone: true });
    await page.locator('.message', { hasText: 'Copy these' }).last().waitFor();
    const faults = await page.evaluate(`[...document.querySelectorAll('.key')].flatMap((key) => {
      const words = document.createRange();
      words.selectNodeContents(key.querySelector('.key-label'));
      const inside = key.getBoundingClientRect();
      const sign = key.querySelector('.key-corner')?.getBoundingClientRect();
      const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      return [...words.getClientRects()].flatMap((line) => [
        sign && meets(line, sign) ? 'under its sign: ' + key.textContent : [],
        line.left < inside.left || line.right > inside.right ? 'out of its button: ' + key.textContent : [],
      ].flat());
    })`);
    expect(faults).toEqual([]);
    // A broken word makes a button of more lines than it has words.
    const broken =
      await page.evaluate(`[...document.querySelectorAll('[data-act="copy"] .key-label')].filter((label) => {
      const words = document.createRange();
      words.selectNodeContents(label);
      return new Set([...words.getClientRects()].map((line) => line.top)).size > label.textContent.split(' ').length;
    }).map((label) => label.textContent)`);
    expect(broken).toEqual([]);
    expect(await page.evaluate(isAsWideAsTheScreen)).toBe(true);
  });

  test('at 390 px a path breaks behind its slashes, and within a name only if the name fills the line', async () => {
    const paths = ['models--gpt2', 'models--sentence-transformers--all-MiniLM-L6-v2'].map(
      (folder) => `/home/ann/.cache/huggingface/hub/${folder}/snapshots/607a30d783dfa663caf39e06633721c8d4cfcd7e`,
    );
    const long = `/disk/models--${'a-very-long-name-'.repeat(8)}/x`;
    const sent = await stage.bot.send(ANN, [...paths, long].map((path) => `<code>${path}</code>`).join('\n'), {
      parse_mode: 'HTML',
    });
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { isPhone: true });
    await page.locator(`#message-${sent}`).waitFor();
    const lines = (await page.evaluate(`{
      const tops = new Map();
      const walker = document.createTreeWalker(document.querySelector('#message-${sent} .text'), NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const node = walker.currentNode;
        if (!node.parentElement.closest('code')) continue;
        for (let at = 0; at < node.length; at += 1) {
          const letter = document.createRange();
          letter.setStart(node, at);
          letter.setEnd(node, at + 1);
          const top = Math.round(letter.getBoundingClientRect().top / 4);
          tops.set(top, (tops.get(top) ?? '') + node.data[at]);
        }
      }
      [...tops.values()];
    }`)) as string[];
    expect(lines.join('')).toBe([...paths, long].join(''));
    expect(lines.slice(0, 2)).toEqual(['/home/ann/.cache/huggingface/hub/', 'models--gpt2/snapshots/']);
    // A commit's forty letters fill a line; so does what comes before a break within a name.
    const FULL = 34;
    expect(lines.filter((line) => line.length < FULL && !/[/\dxe]$/.test(line))).toEqual([]);
    expect(await page.evaluate(isAsWideAsTheScreen)).toBe(true);
  });

  test('on a phone a tap on a message offers what can be done with it', async () => {
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { isPhone: true });
    // The time: the rest of it is a command, which a tap would send.
    await page.locator('.message.own .meta time').first().tap();
    await page.getByRole('menuitem', { name: 'Reply' }).tap();
    expect(await page.locator('#quote-line').innerText()).toBe('/start');
  });

  test('on a wide screen list and chat stand side by side', async () => {
    const page = await browser.open(stage.url);
    await page.locator('.message').first().waitFor();
    expect(await page.getByRole('navigation').isVisible()).toBe(true);
    expect(await page.evaluate(isAsWideAsTheScreen)).toBe(true);
  });

  test('it follows the system from light to dark, and a switch that is remembered', async () => {
    const page = await browser.open(stage.url, { colorScheme: 'light' });
    const luminance = () => page.evaluate(`(${LUMINANCE})('.side')`);
    expect(await luminance()).toBeGreaterThan(0.9);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await luminance()).toBeLessThan(0.2);
    await page.getByRole('button', { name: 'Switch to the light theme' }).click();
    expect(await luminance()).toBeGreaterThan(0.9);
    await page.reload();
    await page.locator('.row').first().waitFor();
    expect(await luminance()).toBeGreaterThan(0.9);
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
    expect(await page.evaluate("localStorage.getItem('hubgram-theme')")).toBe(null);
  });

  test.each(['light', 'dark'] as const)('in the %s theme every text has contrast enough', async (colorScheme) => {
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { colorScheme, reducedMotion: 'reduce' });
    await stage.bot.send(
      ANN,
      'a <a href="https://example.org">link</a> /help <code>code</code> <blockquote>quote</blockquote>',
      {
        parse_mode: 'HTML',
        reply_markup: {
          inline_keyboard: [
            ['danger', 'success', 'primary', undefined].map((style) => ({
              text: style ?? 'plain',
              callback_data: 'k',
              ...(style && { style }),
            })),
          ],
        },
      },
    );
    await page.locator('.message', { hasText: 'quote' }).first().waitFor();
    const poor = await page.evaluate(`{
      const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
      const paint = (colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
      };
      const luminance = (rgb) => {
        const [r, g, b] = rgb.map((value) => value / 255).map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const poor = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const node = walker.currentNode;
        const element = node.parentElement;
        if (!node.data.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest('.hidden, .avatar, :disabled, .skip, noscript')) continue;
        const grounds = [];
        for (let at = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
        const ground = paint(grounds);
        const text = paint([...grounds, getComputedStyle(element).color]);
        const [high, low] = [luminance(ground), luminance(text)].sort((a, b) => b - a);
        const ratio = (high + 0.05) / (low + 0.05);
        if (ratio < 4.5) poor.push(element.className + ' "' + node.data.slice(0, 30) + '" ' + ratio.toFixed(2));
      }
      poor;
    }`);
    expect(poor).toEqual([]);
  });

  test('everything that can be pressed has a name, and every part of the page a landmark', async () => {
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`);
    const nameless =
      await page.evaluate(`[...document.querySelectorAll('a[href], button, textarea, input:not([hidden])')]
      .filter((node) => node.checkVisibility() && !(node.getAttribute('aria-label') || node.labels?.[0]?.textContent || node.textContent).trim())
      .map((node) => node.outerHTML)`);
    expect(nameless).toEqual([]);
    for (const role of ['navigation', 'main'] as const) expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.getByRole('note').innerText()).toBe(
      'Playground — messages go to a stand-in for Telegram; models come from the sample hub',
    );
    const hub = page.getByRole('note').getByRole('link', { name: 'the sample hub' });
    expect(await hub.getAttribute('rel')).toContain('noopener');
    await page.getByRole('region', { name: 'Messages' }).waitFor();
  });

  test('the keyboard alone reaches everything: first the way past the list, then people, chats, messages, box', async () => {
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`);
    await page.evaluate("document.querySelector('.skip').focus()");
    const stops = ['skip'];
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press('Tab');
      stops.push(
        (await page.evaluate(
          "document.activeElement.id || document.activeElement.closest('.person, .row, .key, .bubble')?.className || document.activeElement.className",
        )) as string,
      );
      if (stops.at(-1) === 'attach') break;
    }
    const order = ['skip', 'theme-switch', 'person', 'row', 'timeline', 'key', 'message-box', 'attach'];
    const places = order.map((name) => stops.findIndex((stop) => stop === name));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(await page.evaluate("getComputedStyle(document.activeElement).boxShadow !== 'none'")).toBe(true);
  });

  test('whoever wants little motion gets none', async () => {
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { reducedMotion: 'reduce' });
    const seconds = await page.evaluate(
      "[...document.querySelectorAll('*')].map((node) => Math.max(...getComputedStyle(node).transitionDuration.split(',').map(parseFloat)))",
    );
    expect(Math.max(...(seconds as number[]))).toBeLessThan(0.01);
  });

  test('no line begins with what stands behind a command', async () => {
    // Each line is a little longer than the one before: some are full where their command ends.
    const lines = Array.from(
      { length: 90 },
      (_, at) => `${'o'.repeat(5 + Math.floor(at / 3))}${'i'.repeat(at % 3)} /update, and more`,
    );
    const id = await stage.bot.send(ANN, lines.join('\n'));
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { isPhone: true });
    await page.locator(`#message-${id} .command`).nth(89).waitFor();
    const torn = await page.evaluate(`[...document.querySelectorAll('#message-${id} .command')].filter((command) => {
      const comma = document.createRange();
      comma.setStart(command.nextSibling, 0);
      comma.setEnd(command.nextSibling, 1);
      return comma.getBoundingClientRect().top > command.getBoundingClientRect().bottom - 2;
    }).length`);
    expect(torn).toBe(0);
  });

  test('each line of a message runs as its first letter does', async () => {
    await stage.bot.send(ANN, 'Queue\n\u0646\u0645\u0648\u0630\u062c \u00b7 completed\nTimes are those of UTC.');
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { isPhone: true });
    await page.locator('.message', { hasText: 'Times are those of UTC.' }).waitFor();
    const sides = await page.evaluate(`(() => {
      const text = [...document.querySelectorAll('.text')].at(-1);
      const node = document.createTreeWalker(text, NodeFilter.SHOW_TEXT).nextNode();
      const { left, right } = text.getBoundingClientRect();
      let at = 0;
      return node.data.split('\\n').map((line) => {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + line.length);
        at += line.length + 1;
        const box = range.getBoundingClientRect();
        return box.left - left < right - box.right ? 'left' : 'right';
      });
    })()`);
    expect(sides).toEqual(['left', 'right', 'left']);
  });

  test('names as long as Telegram takes them stay in their places', async () => {
    const page = await browser.open(`${stage.url}/#${ANN}/${ANN}`, { viewport: { width: 1280, height: 800 } });
    await page.locator('.message').first().waitFor();
    const isInside = await page.evaluate(`(() => {
      const put = (selector, name) => {
        const element = document.querySelector(selector);
        element.textContent = name;
        return element.getBoundingClientRect();
      };
      const place = (selector) => document.querySelector(selector).getBoundingClientRect();
      const title = put('#chat-name', 'A group of many words '.repeat(12));
      const name = put('.person strong', 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3));
      return [title.right <= innerWidth, place('#composer').right <= innerWidth, name.right <= place('.person').right];
    })()`);
    expect(isInside).toEqual([true, true, true]);
  });
};
