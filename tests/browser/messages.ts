import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, until } from './browser.ts';
import { ANN, BOB, GROUP, openStage, type Stage } from './stage.ts';

export const describeMessages = (browser: Browser): void => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    await stage.say(ANN, ANN, '/start');
    await stage.say(BOB, BOB, '/start');
  });
  afterAll(async () => {
    await stage?.close();
  });

  const openChat = (user = ANN, chat = user) => browser.open(`${stage.url}/#${user}/${chat}`);

  test('what a person types reaches the bot, and its answer appears below', async () => {
    const page = await openChat();
    await page.getByLabel('Message', { exact: true }).fill('hello bot');
    await page.keyboard.press('Enter');
    const heard = await stage.bot.next(({ message }) => (message?.text === 'hello bot' ? message : undefined));
    expect(heard.chat.id).toBe(ANN);
    await stage.bot.send(ANN, 'hello Ann');
    await page.locator('.message.other', { hasText: 'hello Ann' }).waitFor();
    await page.locator('.message.own', { hasText: 'hello bot' }).waitFor();
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('');
    expect(page.faults).toEqual([]);
  });

  test('Shift+Enter makes a new line, and the box grows with it', async () => {
    const page = await openChat();
    const box = page.getByLabel('Message', { exact: true });
    const before = await box.boundingBox();
    await box.fill('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    expect((await box.boundingBox())!.height).toBeGreaterThan(before!.height);
    await page.keyboard.press('Enter');
    expect(await stage.bot.next(({ message }) => (message?.text?.startsWith('one') ? message.text : undefined))).toBe(
      'one\ntwo',
    );
  });

  test('every kind of entity becomes what it stands for', async () => {
    const page = await openChat();
    const unix = 1_795_000_000;
    const html = [
      '<b>fat</b> <i>leaning</i> <u>lined</u> <s>struck</s> <code>mono</code> <tg-spoiler>secret</tg-spoiler>',
      '<a href="https://huggingface.co/gpt2">the card</a> https://example.org/x @ann /help',
      `<tg-time unix="${unix}" format="D">that day</tg-time>`,
      '<blockquote>said before</blockquote>',
      '<blockquote expandable>1\n2\n3\n4\n5\n6</blockquote>',
      '<pre><code class="language-python">print("hi")</code></pre>',
      '<b>fat <i>and leaning</i></b>',
    ].join('\n');
    await stage.bot.send(ANN, html, { parse_mode: 'HTML' });
    const bubble = page.locator('.message', { hasText: 'fat leaning' });
    await bubble.waitFor();
    for (const [selector, text] of [
      ['strong', 'fat'],
      ['em', 'leaning'],
      ['u', 'lined'],
      ['s', 'struck'],
      ['code.inline-code', 'mono'],
      ['a[href="https://huggingface.co/gpt2"]', 'the card'],
      ['a[href="https://example.org/x"]', 'https://example.org/x'],
      ['.mention', '@ann'],
      ['.command[role=button]', '/help'],
      ['blockquote', 'said before'],
      ['.pre pre', 'print("hi")'],
      ['.pre .pre-head', 'python'],
      ['time.moment', '18 November 2026'],
      ['strong > em', 'and leaning'],
    ] as const) {
      await bubble.locator('.text').locator(selector, { hasText: text }).first().waitFor({ state: 'attached' });
    }
    const command = bubble.getByRole('button', { name: '/help' });
    await command.focus();
    await page.keyboard.press('Enter');
    await stage.bot.next(({ message }) => (message?.text === '/help' ? message : undefined));

    const link = bubble.getByRole('link', { name: 'the card' });
    expect(await link.getAttribute('rel')).toContain('noopener');

    const spoiler = bubble.getByRole('button', { name: 'Hidden text' });
    expect(await spoiler.locator('span').isVisible()).toBe(false);
    await spoiler.click();
    expect(await bubble.locator('.spoiler span').isVisible()).toBe(true);

    const quote = bubble.locator('.expandable .quote-body');
    const folded = (await quote.boundingBox())!.height;
    await bubble.getByRole('button', { name: 'Show the whole quote' }).click();
    expect((await quote.boundingBox())!.height).toBeGreaterThan(folded);
  });

  test('text of others never becomes markup, and links lead only to the web and Telegram', async () => {
    const page = await openChat();
    const hostile = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
    await stage.bot.send(ANN, hostile, {
      reply_markup: { inline_keyboard: [[{ text: hostile, callback_data: hostile.slice(0, 20) }]] },
    });
    await stage.bot.send(ANN, 'a trap', {
      entities: [{ type: 'text_link', offset: 2, length: 4, url: 'https://example.org/"onclick="x' }],
    });
    await page.locator('.message', { hasText: 'a trap' }).waitFor();
    const bubble = page.locator('.message', { hasText: 'onerror' });
    expect(await bubble.locator('.text').innerText()).toContain(hostile);
    expect(await page.locator('#messages :is(img, script)').count()).toBe(0);
    expect(await page.title()).not.toContain('owned');

    const checked = await page.evaluate(`import('/timeline/links.js').then(({ safeUrl }) => [
      'javascript:alert(1)', ' JaVaScRiPt:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', 'blob:x', 'http://', '',
    ].map(safeUrl))`);
    expect(checked).toEqual(Array.from({ length: 8 }, () => null).map(() => undefined));
    const kept = await page.evaluate(`import('/timeline/links.js').then(({ safeUrl }) => [
      'https://huggingface.co/gpt2', 'huggingface.co/gpt2', 'http://localhost:8080/x', 'tg://resolve?domain=x',
    ].map(safeUrl))`);
    expect(kept).toEqual([
      'https://huggingface.co/gpt2',
      'https://huggingface.co/gpt2',
      'http://localhost:8080/x',
      'tg://resolve?domain=x',
    ]);
  });

  test('the page refuses inline code, foreign sources and strings as markup', async () => {
    const response = await fetch(stage.url);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    const page = await openChat();
    await expect(page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b>x</b>')")).rejects.toThrow(
      'TrustedHTML',
    );
  });

  test('a live edit changes the bubble in place: same elements, same size, nothing moves, nothing is read out', async () => {
    const page = await openChat();
    const keyboard = {
      reply_markup: { inline_keyboard: [[{ text: 'Pause', callback_data: 'p' }]] },
      disable_notification: true,
    };
    const id = await stage.bot.send(ANN, 'gpt2 · downloading\n11 % at 11.1 MB/s', keyboard);
    const bubble = page.locator(`#message-${id}`);
    await bubble.waitFor();
    await until(page, "document.getElementById('announcer').textContent.includes('gpt2')");
    const keys = bubble.getByRole('button', { name: 'Pause' });
    await keys.focus();
    const before = await bubble.boundingBox();
    const read = await page.locator('#announcer').textContent();
    await page.evaluate(`{
      window.shifts = [];
      new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((entry) => entry.value))).observe({ type: 'layout-shift' });
      window.bubble = document.querySelector('#message-${id} .bubble');
    }`);
    for (const percent of [18, 47, 88]) {
      await stage.bot.edit(ANN, id, `gpt2 · downloading\n${percent} % at ${percent}.4 MB/s`, keyboard);
    }
    await bubble.getByText('88 % at').waitFor();
    expect(await bubble.boundingBox()).toEqual(before);
    expect(await page.evaluate('window.shifts')).toEqual([]);
    expect(await page.evaluate(`window.bubble === document.querySelector('#message-${id} .bubble')`)).toBe(true);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Pause');
    expect(await page.locator('#announcer').textContent()).toBe(read);
    await bubble.locator('.meta').getByText('edited').waitFor();
    await bubble.locator('.meta .meta-silent').waitFor();
  });

  test('a caption stands above its picture if it was sent so, and the time lies on neither', async () => {
    const page = await openChat();
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const form = new FormData();
    form.set('chat_id', String(ANN));
    form.set('caption', 'Status · well');
    form.set('show_caption_above_media', 'true');
    form.set('photo', new Blob([Buffer.from(png, 'base64')]), 'dot.png');
    await stage.bot.call('sendPhoto', form);
    const bubble = page.locator('.message.other', { hasText: 'Status · well' });
    const [text, photo, time] = await Promise.all(
      ['.text', '.photo', '.meta'].map((part) => bubble.locator(part).boundingBox()),
    );
    expect(text!.y + text!.height).toBeLessThanOrEqual(photo!.y);
    expect(photo!.y + photo!.height).toBeLessThanOrEqual(time!.y);
  });

  test('at the end the newest message stays in view; elsewhere the place is kept and a button tells', async () => {
    for (let index = 0; index < 30; index++) await stage.say(BOB, BOB, `line ${index}\nand more of it`);
    const page = await openChat(BOB);
    const atEnd =
      "(() => { const t = document.getElementById('timeline'); return t.scrollHeight - t.scrollTop - t.clientHeight < 2; })()";
    await page.locator('.message', { hasText: 'line 29' }).waitFor();
    await until(page, atEnd);
    await stage.bot.send(BOB, 'in view');
    await page.locator('.message', { hasText: 'in view' }).waitFor();
    await until(page, atEnd);
    // What has grown before the scrolling is told has moved nobody away.
    const hidden = await page.evaluate(`(() => {
      const timeline = document.getElementById('timeline');
      const tall = document.createElement('div');
      tall.style.height = '900px';
      timeline.append(tall);
      timeline.dispatchEvent(new Event('scroll'));
      tall.remove();
      return document.getElementById('jump').hidden;
    })()`);
    expect(hidden).toBe(true);

    await page.evaluate("document.getElementById('timeline').scrollTop = 0");
    await page.locator('#jump').waitFor();
    await stage.bot.send(BOB, 'far below');
    await stage.bot.send(BOB, 'further below');
    await page.getByRole('button', { name: '2 new messages' }).waitFor();
    expect(await page.evaluate("document.getElementById('timeline').scrollTop")).toBe(0);
    await page.getByRole('button', { name: '2 new messages' }).click();
    await until(page, atEnd);
    await page.locator('#jump').waitFor({ state: 'hidden' });
  });

  test('a reply shows what it answers, and leads there', async () => {
    const page = await openChat(BOB);
    // A menu closes when what is below it scrolls, and the way to a message is a smooth one otherwise.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const first = await stage.bot.send(BOB, 'the question');
    for (let index = 0; index < 20; index++) await stage.bot.send(BOB, `filler ${index}\n.`);
    await stage.bot.send(BOB, 'the answer', { reply_parameters: { message_id: first } });
    const answer = page.locator('.message', { hasText: 'the answer' });
    await answer.waitFor();
    await answer.getByRole('button', { name: 'the question' }).click();
    await until(page, `document.activeElement.id === 'message-${first}'`);

    await page.locator(`#message-${first}`).hover();
    await page.locator(`#message-${first}`).getByRole('button', { name: 'Message actions' }).click();
    await page.getByRole('menuitem', { name: 'Reply' }).click();
    await page.keyboard.type('my reply');
    await page.keyboard.press('Enter');
    const heard = await stage.bot.next(({ message }) => (message?.text === 'my reply' ? message : undefined));
    expect(heard.reply_to_message?.message_id).toBe(first);
  });

  test('a deleted message leaves the page', async () => {
    const page = await openChat();
    const id = await stage.bot.send(ANN, 'soon gone');
    await page.locator(`#message-${id}`).waitFor();
    await stage.bot.call('deleteMessage', { chat_id: ANN, message_id: id });
    await page.locator(`#message-${id}`).waitFor({ state: 'detached' });
    expect(await page.locator('#chat-list').innerText()).not.toContain('soon gone');
  });

  test('at midnight what was today becomes yesterday', async () => {
    const page = await openChat();
    await stage.bot.send(ANN, 'good night');
    await page.locator('.message', { hasText: 'good night' }).waitFor();
    expect(await page.locator('.day').allInnerTexts()).toEqual(['Today']);
    await page.evaluate(`{
      const Real = Date;
      globalThis.Date = class extends Real {
        constructor(...given) {
          super(...(given.length > 0 ? given : [Real.now() + 86_400_000]));
        }
      };
    }`);
    await page.locator('.day', { hasText: 'Yesterday' }).waitFor();
    expect(await page.locator('.day').count()).toBe(1);
  });

  test('a group shows who wrote what', async () => {
    await stage.say(BOB, GROUP, '/hello from Bob');
    const page = await openChat(ANN, GROUP);
    const bubble = page.locator('.message.other', { hasText: 'from Bob' });
    await bubble.waitFor();
    expect(await bubble.locator('.sender').innerText()).toBe('Bob');
    expect(await page.locator('#chat-note').innerText()).toBe('Ann, Bob, bot');
  });
};
