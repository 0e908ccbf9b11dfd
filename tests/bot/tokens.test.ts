import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/log/log.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { text } from '../../src/bot/tokens/text.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';
import { recentActivity } from '../helpers/rows.ts';

const GROUP = -1_001_000_000_055;

let bench: BotBench;
let logged = '';
beforeEach(async () => {
  logged = '';
  const log = createLog({ level: 'debug', readable: false, write: (line) => void (logged += line) });
  bench = await openBot({ concurrency: 0, log });
});
afterEach(() => bench?.close());

const ann = (): string => bench.hub.tokens.ann;

/** Everything of the database that lies on the disk: also what SQLite has moved, overwritten or not yet. */
const onDisk = (): string =>
  ['', '-wal', '-shm'].map((end) => readFileSync(join(dirname(bench.cacheDir), `hubgram.db${end}`), 'latin1')).join('');

/** What is still there of what this person has written. */
const written = (userId = ANN, chatId: number = userId): readonly SimMessage[] =>
  bench.telegram.messages(chatId).filter(({ from, deleted, text }) => from?.id === userId && !deleted && text);

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

const openGroup = (bot: 'member' | 'administrator' = 'member'): void => {
  bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN], type: 'supergroup', bot });
  bench.store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
  bench.store.chats.setAccess(GROUP, 'approved');
};

describe('/token', () => {
  it('asks for one, deletes the answer, keeps the token, and tells whose it is', async () => {
    const [question] = await bench.say('/token');
    expect(question?.text).toContain('https://huggingface.co/settings/tokens');
    const [said] = await bench.say(ann(), {}, { replyTo: question?.message_id ?? 0 });
    expect(said?.text).toBe('I have it, sealed. I ask the Hub whose it is, and tell you. I deleted your message.');
    const notice = await bench.sees(/^The Hub knows your token/);
    expect(notice.text).toContain(`sample-ann · may read · ends in ${ann().slice(-4)}`);
    expect(written().map(({ text }) => text)).toEqual(['/token']);
    expect(bench.tokens.tokenOf(ANN)).toBe(ann());
  });

  it('names the page of the Hub that is asked, which may have no accounts of its own', () => {
    const own = 'http://hub.lab.example:8080';
    const said = [text.ask, text.groupDeleted, text.groupNotDeleted, text.removed];
    for (const say of said) {
      expect(say()).toMatch(/ at https:\/\/huggingface\.co\/settings\/tokens\./);
      expect(say(own)).toContain(
        ` at ${own}/settings/tokens; if that is a mirror, at https://huggingface.co/settings/tokens.`,
      );
    }
  });

  it('takes one that stands behind it, whatever it looks like', async () => {
    const [said] = await bench.say(`/token ${bench.hub.tokens.gated}`);
    expect(said?.text).toMatch(/^I have it, sealed\..*I deleted your message\.$/);
    await bench.sees(/^The Hub knows your token: sample-person/);
    expect(await bench.ask('/token two words')).toMatch(/^That is no token: .* I deleted your message\.$/);
    expect(written()).toEqual([]);
  });

  it('takes the answer to its question, whatever that looks like, and writes it down nowhere', async () => {
    const [question] = await bench.say('/token');
    const replyTo = question?.message_id ?? 0;
    const token = bench.hub.tokens.gated;
    const [said] = await bench.say(token, {}, { replyTo });
    expect(said?.text).toMatch(/^I have it, sealed\..*I deleted your message\.$/);
    await bench.sees(/^The Hub knows your token: sample-person/);
    expect(written().map(({ text }) => text)).toEqual(['/token']);
    expect(onDisk()).not.toContain(token);
    expect(await bench.ask('/help', {}, { replyTo })).not.toMatch(/sealed|no token/);
  });

  it('says of one that may write that reading is enough', async () => {
    await bench.say(`/token ${bench.hub.tokens.bob}`);
    const { text } = await bench.sees(/^The Hub knows your token/);
    expect(text).toMatch(/sample-bob · may write too .*\nIt may write as well\. One that may only read is enough/);
  });

  it('says that the Hub does not accept it, and keeps nothing of it', async () => {
    await bench.say(`/token hf_${'x'.repeat(34)}`);
    await bench.sees(/^The Hub does not accept the token that you sent \(ends in xxxx\)\. I keep nothing of it/);
    expect(bench.store.personalTokens.tokensOf(ANN)).toEqual([]);
  });

  it('lists it without showing it, and removes it after a question', async () => {
    await bench.say(`/token ${ann()}`);
    await bench.sees(/^The Hub knows your token/);
    const [list] = await bench.say('/token');
    expect(list?.text).toMatch(
      /^Your token of the Hub\nsample-ann · may read · ends in \w{4} · kept since today \d\d:\d\d · not used yet\n/,
    );
    expect(list?.text).not.toContain(ann());
    await bench.press(list, 'Remove');
    const asked = bench.shown().at(-1);
    expect([asked?.text, labels(asked)]).toEqual([expect.stringMatching(/^Remove it\?/), ['Yes, remove', '‹ Back']]);
    await bench.press(asked, '‹ Back');
    expect(bench.tokens.tokenOf(ANN)).toBe(ann());
    await bench.press(bench.shown().at(-1), 'Remove');
    await bench.press(bench.shown().at(-1), 'Yes, remove');
    expect(bench.shown().at(-1)?.text).toMatch(/^Removed\./);
    expect(bench.tokens.tokenOf(ANN)).toBeUndefined();
  });

  it('says so if Telegram does not let the message be deleted', async () => {
    bench.telegram.setFault({
      method: 'deleteMessage',
      kind: '400',
      times: 1,
      description: "Bad Request: message can't be deleted",
    });
    expect(await bench.ask(`/token ${ann()}`)).toMatch(/^I have it, sealed\..*Telegram did not let me delete/);
  });
});

describe('the question for a token, answered', () => {
  it.each([
    ['hello', /^That is no token: one looks like hf_/],
    ['sample/tiny-llama', /^That is no token: one looks like hf_/],
    ['/cancel', /^Left\. I was given no token\.$/],
    ['/queue', /^The queue is empty|^Nothing/],
  ])('by %s says what that is', async (written, said) => {
    const [question] = await bench.say('/token');
    const [answer] = await bench.say(written, {}, { replyTo: question?.message_id ?? 0 });
    expect(answer?.text).toMatch(said);
    expect(bench.store.personalTokens.tokensOf(ANN)).toEqual([]);
  });
});

describe('a token that somebody sends without being asked', () => {
  it('who may only look is refused, and it is deleted', async () => {
    bench.store.users.setRole(ANN, 'viewer');
    expect(await bench.ask(ann())).toBe('Only people who may add models can give me a token. I deleted your message.');
    expect(recentActivity(bench.store, 1)).toMatchObject([{ action: 'token', result: 'refused' }]);
    expect(bench.refusals.counts().viewer).toBe(1);
  });

  it.each([
    ['Use it', /^I have it, sealed/, true],
    ['No', /^Forgotten/, false],
  ] as const)('is deleted, and used only if they say so: %s', async (button, said, isKept) => {
    const [offer] = await bench.say(ann());
    expect([offer?.text, labels(offer)]).toEqual([
      'That is a token of the Hub. I kept nothing of it yet. Shall I use it for what you add? I deleted your message.',
      ['Use it', 'No'],
    ]);
    expect(written()).toEqual([]);
    expect(bench.tokens.tokenOf(ANN)).toBeUndefined();
    await bench.press(offer, button);
    expect(bench.shown()[0]?.text).toMatch(said);
    expect(bench.tokens.tokenOf(ANN)).toBe(isKept ? ann() : undefined);
  });

  it('is found within a sentence, a link, and a message that is corrected', async () => {
    await bench.ask(`look: https://user:${ann()}@huggingface.co/gpt2`);
    // Something has come of it: what corrects it would be passed over.
    await bench.say('/help');
    await bench.say('/add sample/tiny-llama');
    await bench.correct(`my token is ${ann()}.`);
    expect(written().map(({ text }) => text)).toEqual(['/help']);
    const offers = bench.shown().filter(({ text }) => text?.startsWith('That is a token') === true);
    expect(offers).toHaveLength(2);
    expect(await bench.press(offers[0], 'Use it')).toBe('I do not have that token any more. Send it again.');
    await bench.press(offers[1], 'Use it');
    expect(bench.tokens.tokenOf(ANN)).toBe(ann());
  });

  it('does not reach a dialogue that waits for something else', async () => {
    await bench.say('/add');
    expect(await bench.ask(ann())).toMatch(/^That is a token of the Hub/);
    expect(written().map(({ text }) => text)).toEqual(['/add']);
    expect(await bench.ask('sample/tiny-llama')).not.toMatch(/token/);
    await bench.sees(/^sample\/tiny-llama · /);
  });
});

describe('in a group', () => {
  it('a message with a token is deleted where that is allowed, and nothing of it is kept', async () => {
    openGroup('administrator');
    const [said] = await bench.say(`/token@${bench.telegram.bot.username} ${ann()}`, { chatId: GROUP });
    expect(said?.text).toMatch(/^I have deleted a message with a token\./);
    expect(labels(said)).toEqual(['Our private chat']);
    expect(written(ANN, GROUP)).toEqual([]);
    expect(bench.store.personalTokens.tokensOf(ANN)).toEqual([]);
  });

  it('one that may not be deleted is told of', async () => {
    openGroup();
    const said = await bench.ask(`/token@${bench.telegram.bot.username} ${ann()}`, { chatId: GROUP });
    expect(said).toMatch(/^A message here shows a token, and I may not delete it/);
    expect(bench.store.personalTokens.tokensOf(ANN)).toEqual([]);
  });

  it('no token is asked for or shown', async () => {
    openGroup();
    expect(await bench.ask('/token', { chatId: GROUP })).toBe('A token is for our private chat only.');
    const hello = bench.telegram.say(ANN, GROUP, '/help');
    bench.telegram.pressForged(ANN, GROUP, hello.message_id, 'token:list');
    await bench.say('/help', { chatId: GROUP });
    expect(bench.shown(GROUP).some(({ text }) => text?.includes('Your token') === true)).toBe(false);
  });
});

it('a token that was typed is nowhere on the disk, in no message of the bot, and in no line of the log', async () => {
  openGroup();
  const [question] = await bench.say('/token');
  await bench.say(ann(), {}, { replyTo: question?.message_id ?? 0 });
  await bench.sees(/^The Hub knows your token/);
  await bench.say(`/token ${ann()}`);
  const [offer] = await bench.say(`here: ${ann()}`);
  bench.telegram.pressForged(ANN, ANN, offer?.message_id ?? 0, `tokenOffer:keep:${ann()}`);
  for (const line of [
    `/add ${ann()}`,
    `/search ${ann()}`,
    `/edit x description="${ann()}"`,
    `/schedule add daily 23:00 name=${ann()}`,
    `${ann()} ${'x'.repeat(900)}`,
    `/categories add ${ann()}`,
  ])
    await bench.say(line);
  await bench.say('/add');
  await bench.say(ann());
  await bench.say(`/add ${ann()}`, { chatId: GROUP });
  await bench.say(ann(), { userId: BOB });
  await bench.say('hello');
  await bench.correct(`/add ${ann()}`);
  bench.telegram.askInline(ANN, ann());
  await bench.say('/token');
  expect(onDisk().includes(ann())).toBe(false);
  expect(logged).not.toContain(ann());
  const said = [ANN, BOB, GROUP].flatMap((chatId) => bench.shown(chatId));
  expect(JSON.stringify(said.map(({ text, reply_markup: keys }) => [text, keys]))).not.toContain(ann());
});

it('the token of a bot and what signs a URL are hidden wherever somebody writes them', async () => {
  const [bot, signature] = ['1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-', 'abcdef0123456789'];
  const signed = `https://cdn.example/x?X-Amz-Date=20261129T0000&X-Amz-Signature=${signature}`;
  for (const line of [
    `/add ${bot}`,
    `/${bot}`,
    `/search ${bot}`,
    `/add ${signed}`,
    signed,
    `/edit x description="${bot}"`,
  ])
    await bench.say(line);
  await bench.say('/add');
  await bench.say(bot);
  bench.telegram.askInline(ANN, bot);
  await bench.say('/help');
  const said = JSON.stringify(bench.shown().map(({ text, reply_markup: keys }) => [text, keys]));
  for (const secret of [bot.slice(11), signature])
    for (const place of [onDisk(), logged, said]) expect(place.includes(secret)).toBe(false);
});
