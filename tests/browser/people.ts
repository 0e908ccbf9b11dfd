import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, until } from './browser.ts';
import { ANN, BOB, GROUP, openStage, type Stage } from './stage.ts';

/** A door in front of the page server that can be slammed. */
const openDoor = async (url: string) => {
  const sockets = new Set<Socket>();
  const { port } = new URL(url);
  const server = createServer((inside) => {
    const outside = connect(Number(port), '127.0.0.1');
    for (const socket of [inside, outside]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    }
    inside.pipe(outside).pipe(inside);
  });
  const listen = (on: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(on, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port: own } = server.address() as AddressInfo;
  const slam = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${own}`, slam, open: () => listen(own) };
};

export const describePeople = (browser: Browser): void => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    await stage.say(ANN, ANN, '/start');
    await stage.say(BOB, BOB, '/start');
  });
  afterAll(async () => {
    await stage?.close();
  });

  test('one can be either person, by mouse and by arrow keys, and reloading remembers', async () => {
    const page = await browser.open(stage.url);
    await page.getByText('You are Ann').waitFor();
    await page.locator('.person', { hasText: 'Bob' }).click();
    await page.getByText('You are Bob').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('I am Bob');
    await page.keyboard.press('Enter');
    const heard = await stage.bot.next(({ message }) => (message?.text === 'I am Bob' ? message : undefined));
    expect(heard.chat.id).toBe(BOB);
    await page.reload();
    await page.getByText('You are Bob').waitFor();
    await page.getByRole('radio', { name: /Bob/ }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByText('You are Ann').waitFor();
    expect(page.faults).toEqual([]);
  });

  test('several tabs can be open, and each of them is alive', async () => {
    const page = await browser.open(stage.url);
    const others = await Promise.all([1, 2, 3].map(() => page.context().newPage()));
    for (const [index, other] of others.entries()) {
      await other.goto(`${stage.url}/#${ANN}/${ANN}`);
      await other.locator('body[data-stream="up"]').waitFor();
      await other.getByLabel('Message', { exact: true }).fill(`from tab ${index}`);
      await other.keyboard.press('Enter');
      await other.locator('.message.own', { hasText: `from tab ${index}` }).waitFor();
    }
    await page.locator('.row-line', { hasText: 'from tab 2' }).first().waitFor();
    expect(page.faults).toEqual([]);
    for (const other of others) await other.close();
  });

  test('a group stays open when the person changes', async () => {
    const page = await browser.open(`${stage.url}/#${ANN}/${GROUP}`);
    await page.locator('.person', { hasText: 'Bob' }).click();
    await page.getByText('You are Bob').waitFor();
    expect(await page.locator('#chat-name').innerText()).toBe('GPU box');
  });

  test('an audible message elsewhere shows a banner that leads there; a silent one only counts', async () => {
    const page = await browser.open(`${stage.url}/#${ANN}/${GROUP}`);
    await stage.bot.send(ANN, 'hush', { disable_notification: true });
    const row = page.locator('.row', { hasText: 'hubgram' }).first();
    await row.locator('.badge', { hasText: '1' }).waitFor();
    expect(await page.locator('.banner').count()).toBe(0);
    await stage.bot.send(ANN, 'gpt2 · completed');
    await row.locator('.badge', { hasText: '2' }).waitFor();
    await page.locator('.banner', { hasText: 'gpt2 · completed' }).click();
    await page.locator('.message', { hasText: 'gpt2 · completed' }).waitFor();
    await row.locator('.badge').waitFor({ state: 'detached' });
    await page.locator('.unread-line').waitFor();
  });

  test('what the other person gets is noticed: the banner says for whom, and changes the person', async () => {
    const page = await browser.open(`${stage.url}/#${BOB}/${BOB}`);
    await stage.bot.send(ANN, 'Bob asks to be let in');
    await page.locator('.person', { hasText: 'Ann' }).locator('.badge').waitFor();
    await page.locator('.banner', { hasText: 'hubgram to Ann' }).click();
    await page.getByText('You are Ann').waitFor();
    await page.locator('.message', { hasText: 'let in' }).waitFor();
    expect(await page.locator('.person .badge').count()).toBe(0);
  });

  test('blocking the bot can be tried: it is told so, and lifting it brings the box back to use', async () => {
    const page = await browser.open(`${stage.url}/#${BOB}/${BOB}`);
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByRole('button', { name: 'Unblock' }).waitFor();
    await expect(stage.bot.send(BOB, 'hello?')).rejects.toThrow('blocked');
    await page.getByRole('button', { name: 'Unblock' }).click();
    await page.getByRole('button', { name: 'Block', exact: true }).waitFor();
    await stage.bot.send(BOB, 'welcome back');
    await page.locator('.message', { hasText: 'welcome back' }).waitFor();
  });

  test('after a lost connection the page comes back by itself and reads what it has missed', async () => {
    const door = await openDoor(stage.url);
    const page = await browser.open(`${door.url}/#${ANN}/${ANN}`);
    const kept = await stage.bot.send(ANN, 'before the cut: 10 %');
    await page.locator(`#message-${kept}`).waitFor();
    await page.evaluate(`window.bubble = document.querySelector('#message-${kept} .bubble')`);
    await door.slam();
    await page.getByText('connecting…').waitFor();
    await stage.bot.edit(ANN, kept, 'after the cut: 90 %');
    await stage.bot.send(ANN, 'sent meanwhile');
    await door.open();
    await page.locator('.message', { hasText: 'sent meanwhile' }).waitFor();
    await page.locator(`#message-${kept}`, { hasText: 'after the cut: 90 %' }).waitFor();
    await until(page, `window.bubble === document.querySelector('#message-${kept} .bubble')`);
    await page.locator('#chat-note', { hasText: 'bot' }).waitFor();
    await stage.bot.send(ANN, 'and live again');
    await page.locator('.message', { hasText: 'and live again' }).waitFor();
    expect(await page.locator('.message', { hasText: 'sent meanwhile' }).count()).toBe(1);
    await door.slam();
  });

  test('a message that overtakes the answer to a reading is neither lost nor counted twice', async () => {
    const door = await openDoor(stage.url);
    const page = await browser.open(`${door.url}/#${ANN}/${GROUP}`);
    const row = page.locator('.row', { hasText: 'hubgram' }).first();
    await page.locator('.service').first().waitFor();
    await door.slam();
    await page.getByText('connecting…').waitFor();
    // What was read is held back until a newer event is on the page.
    await page.route(/sim\/messages\?user=1001/, async (route) => {
      const response = await route.fetch();
      await stage.bot.send(GROUP, 'faster than the list');
      await page.locator('.row-line', { hasText: 'faster than the list' }).waitFor();
      await route.fulfill({ response });
    });
    await page.route(/sim\/state\?user=1001/, async (route) => {
      const response = await route.fetch();
      await stage.bot.send(ANN, 'faster than the state', { disable_notification: true });
      await row.locator('.badge', { hasText: '1' }).waitFor();
      await route.fulfill({ response });
    });
    await door.open();
    await page.locator('.message', { hasText: 'faster than the list' }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await until(page, "document.querySelector('#chat-note').textContent.includes('Bob')");
    expect(await row.locator('.badge').innerText()).toMatch(/^1\b/);
    expect(await page.locator('.message', { hasText: 'faster than the list' }).count()).toBe(1);
    await door.slam();
  });

  test.each(['Ann, Bob, Ann', 'Bob, Ann, Bob'])(
    'what is written in a group stands there at once, and so do its answer and its edit, whoever one was before: %s',
    async (order) => {
      const page = await browser.open(stage.url);
      for (const [index, name] of order.split(', ').entries()) {
        await page.locator('.person', { hasText: name }).click();
        await page.getByText(`You are ${name}`).waitFor();
        await page.locator('.row', { hasText: 'GPU box' }).click();
        await page.locator('#chat-name', { hasText: 'GPU box' }).waitFor();
        const line = `${order}: ${index}`;
        await page.getByLabel('Message', { exact: true }).fill(line);
        await page.keyboard.press('Enter');
        await page.locator('.message.own', { hasText: line }).waitFor();
        const answer = await stage.bot.send(GROUP, `answer to ${line}`);
        await page.locator('.message.other', { hasText: `answer to ${line}` }).waitFor();
        await stage.bot.edit(GROUP, answer, `edited answer to ${line}`);
        await page.locator('.message.other', { hasText: `edited answer to ${line}` }).waitFor();
        expect(await page.locator('.message', { hasText: line }).count()).toBe(2);
      }
      expect(page.faults).toEqual([]);
    },
  );
};

export const describeEmptyChat = (browser: Browser): void => {
  test('shows what the bot says of itself, also if it says so later', async () => {
    const stage = await openStage();
    try {
      const page = await browser.open(stage.url);
      const empty = page.locator('#empty');
      await empty.getByText('Press Start.').waitFor();
      await stage.bot.call('setMyDescription', { description: 'I keep models.\n\nWrite /add gpt2.' });
      await empty.getByRole('heading', { name: 'What can this bot do?' }).waitFor();
      await page.reload();
      await empty.getByRole('heading', { name: 'What can this bot do?' }).waitFor();
      expect(await empty.innerText()).toContain('I keep models.\n\nWrite /add gpt2.');
    } finally {
      await stage.close();
    }
  });
};
