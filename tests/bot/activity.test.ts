import { globSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { csvOf } from '../../src/bot/activity/export.ts';
import { ITSELF } from '../../src/domain/activity/activity.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const LAB = -1_002_000_000_009;

let clock: TestClock;
let bench: BotBench;
beforeEach(async () => {
  clock = createTestClock(Date.UTC(2026, 10, 21, 12));
  bench = await openBot({ concurrency: 0, clock });
  bench.telegram.addGroup({ id: LAB, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  bench.store.chats.upsertChat({ chatId: LAB, kind: 'supergroup', title: 'Lab' });
  bench.store.chats.setAccess(LAB, 'approved');
  bench.store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: 'ann' });
  bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
});
afterEach(() => bench?.close());

const now = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);

const labels = (message: SimMessage | undefined): string[] =>
  now(message)
    ?.reply_markup?.inline_keyboard.flat()
    .map(({ text }) => text) ?? [];

/** The lines of a list, without its head. */
const linesOf = (message: SimMessage | undefined): string[] => (now(message)?.text ?? '').split('\n').slice(1);

/** The document that was sent last. */
const sent = async (): Promise<Buffer> => {
  const document = bench.shown().findLast(({ document: one }) => one !== undefined)?.document;
  const { apiRoot, token } = bench.telegram;
  const file = (await (await fetch(`${apiRoot}/bot${token}/getFile?file_id=${document?.file_id}`)).json()) as {
    result: { file_path: string };
  };
  return Buffer.from(await (await fetch(`${apiRoot}/file/bot${token}/${file.result.file_path}`)).arrayBuffer());
};

/** Something that was done, a minute after the one before. */
const note = (userId: number, chatId: number, action: string, more: object = {}): void => {
  clock.pass(60_000);
  bench.store.activity.noteActivity({ userId, chatId, action, metadata: null, ...more });
};

describe('/activity', () => {
  it('tells in words who did what, where and when, the newest first', async () => {
    const model = { id: 7, name: 'gpt2' };
    note(ANN, ANN, 'add', { metadata: { by: 'command', said: 'gpt2' } });
    note(ITSELF, LAB, 'download_completed', { metadata: { model } });
    note(ITSELF, LAB, 'download_failed', { result: 'failed', metadata: { model, error: 'gated' } });
    note(BOB, LAB, 'hold', { result: 'refused', metadata: { by: 'command' } });
    note(ANN, LAB, 'forget', { metadata: { by: 'button', model } });
    note(ANN, ANN, 'access_approved', { metadata: { id: BOB } });
    note(ITSELF, ANN, 'download_started', { metadata: { model } });
    const [list] = await bench.say('/activity');
    expect(linesOf(list)).toEqual([
      'hubgram began to download gpt2 for Ann · today 12:07',
      'Ann let Bob in · today 12:06',
      'Ann removed gpt2 from the library in Lab · today 12:05',
      'Bob was not allowed to use /hold in Lab · today 12:04',
      'hubgram could not download gpt2 in Lab: its terms have to be accepted first · today 12:03',
      'hubgram downloaded gpt2 in Lab · today 12:02',
      'Ann added gpt2 · today 12:01',
    ]);
  });

  it('says times by the clock of the chat', async () => {
    bench.store.chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
    note(ANN, ANN, 'add', { metadata: { said: 'gpt2' } });
    await bench.say('/timezone Asia/Tokyo');
    const [list] = await bench.say('/activity action=add');
    expect(linesOf(list)).toEqual(['add', 'Ann added gpt2 · today 21:01']);
  });

  it('is paged, and new lines move none of an older page', async () => {
    for (let at = 1; at <= 25; at += 1) note(ANN, ANN, 'add', { metadata: { said: `m${at}` } });
    const [list] = await bench.say('/activity action=add');
    const names = (): string[] =>
      linesOf(list)
        .slice(1)
        .map((line) => /m\d+/.exec(line)?.[0] ?? line);
    const range = (from: number, to: number): string[] =>
      Array.from({ length: from - to + 1 }, (_, index) => `m${from - index}`);
    expect(names()).toEqual(range(25, 16));
    expect(labels(list)).toEqual(['Older ›', 'Filter', 'Export']);
    await bench.press(list, 'Older ›');
    expect(names()).toEqual(range(15, 6));
    note(ANN, ANN, 'add', { metadata: { said: 'm26' } });
    await bench.press(list, 'Older ›');
    expect(names()).toEqual(range(5, 1));
    expect(labels(list)).toEqual(['‹ Newer', 'Filter', 'Export']);
    await bench.press(list, '‹ Newer');
    expect(names()).toEqual(range(15, 6));
    await bench.press(list, '‹ Newer');
    expect(names()).toEqual(range(25, 16));
    await bench.press(list, '‹ Newer');
    expect(names()).toEqual(range(26, 17));
  });

  it('is filtered by what is written', async () => {
    note(ANN, ANN, 'add', { metadata: { said: 'one' } });
    note(BOB, LAB, 'add', { metadata: { said: 'two' } });
    note(BOB, LAB, 'forget', { result: 'refused', metadata: { said: 'three' } });
    clock.pass(48 * 3_600_000);
    note(BOB, ANN, 'add', { metadata: { said: 'four' } });
    const found = async (line: string): Promise<string[]> => {
      const [list] = await bench.say(`/activity ${line}`);
      return linesOf(list)
        .map((one) => /one|two|three|four/.exec(one)?.[0] ?? '')
        .filter((one) => one !== '');
    };
    expect(await found('person=Bob action=add')).toEqual(['four', 'two']);
    expect(await found('person=@ann action=add')).toEqual(['one']);
    expect(await found('chat=lab')).toEqual(['three', 'two']);
    for (const line of [`chat=${LAB} result=refused`, 'Refused']) expect(await found(line)).toEqual(['three']);
    expect(await found('person=Bob since=24h')).toEqual(['four']);
    expect(await found('person=Bob since=2026-11-22')).toEqual(['four']);
    expect(await found('person=Bob since=2026-11-21')).toEqual(['four', 'three', 'two']);
    expect(await bench.ask('/activity person=Bob action=add result=failed')).toContain(
      'Nothing of that kind was done.',
    );
  });

  it('says what it does not understand', async () => {
    bench.store.users.upsertUser({ userId: 77, firstName: 'Bob', username: null });
    expect(await bench.ask('/activity person=Zoe')).toMatch(/^I know nobody by “Zoe”/);
    expect(await bench.ask('/activity person=bob')).toMatch(/^There are several by “bob”/);
    expect(await bench.ask('/activity chat=Attic')).toMatch(/^I know no chat by “Attic”/);
    expect(await bench.ask('/activity since=yesterday')).toMatch(/^since takes/);
    expect(await bench.ask('/activity result=good')).toMatch(/^result takes/);
    expect(await bench.ask('/activity everything')).toMatch(/^I do not understand “everything”/);
  });

  it('takes a name alone for a person', async () => {
    note(ANN, ANN, 'add', { metadata: { said: 'one' } });
    note(BOB, LAB, 'add', { metadata: { said: 'two' } });
    for (const line of ['@ann action=add', 'Ann action=add', `action=add ${ANN}`])
      expect([line, linesOf((await bench.say(`/activity ${line}`))[0])]).toEqual([
        line,
        ['Ann · add', 'Ann added one · today 12:01'],
      ]);
    expect(await bench.ask('/activity Zoe')).toMatch(/know nobody by that name\. person=, chat=/);
    expect(await bench.ask('/activity Ann person=Bob')).toMatch(/^I do not understand “Ann”/);
  });

  it('tells a change of a role once, by what became of somebody, and why something failed', async () => {
    bench.store.users.setRole(BOB, 'member');
    await bench.say('/users bob');
    await bench.press(bench.shown().at(-1), 'Make a viewer');
    note(ANN, ANN, 'role_changed', { metadata: { id: BOB, from: 'viewer', to: 'pending' } });
    note(ANN, ANN, 'askRole', { metadata: { by: 'button', said: `${BOB}:member-viewer` } });
    note(ANN, ANN, 'invite', { result: 'failed', metadata: { by: 'command', error: 'validation' } });
    note(BOB, BOB, 'add', { result: 'failed', metadata: { by: 'command', said: 'gpt2', error: 'constraint' } });
    const shown = linesOf((await bench.say('/activity'))[0]).map((line) => line.replace(/ · today.*/, ''));
    expect(shown.slice(0, 4)).toEqual([
      'Bob could not add gpt2: over the quota or another limit, or there already',
      'Ann could not use /invite: not understood',
      'Ann was asked about the role of Bob',
      'Ann removed Bob',
    ]);
    expect(shown.filter((line) => /viewer|changed the role/.test(line))).toEqual(['Ann made Bob a viewer']);
  });

  it('is filtered by buttons, each of which takes its condition away again', async () => {
    note(BOB, LAB, 'add', { metadata: { said: 'two' } });
    note(BOB, LAB, 'hold', { result: 'refused' });
    note(ANN, ANN, 'add', { metadata: { said: 'one' } });
    const [list] = await bench.say('/activity');
    await bench.press(list, 'Filter');
    expect(labels(list)).toEqual(
      expect.arrayContaining([
        'by Bob · 2',
        // Looking at the log is noted too.
        'by Ann · 2',
        'in Lab · 2',
        '/hold · 1',
        'add · 2',
        'done · 3',
        'refused · 1',
        'since 24h',
        '‹ Back',
      ]),
    );
    await bench.press(list, 'by Bob · 2');
    await bench.press(list, 'add · 1');
    expect(labels(list)).toEqual(expect.arrayContaining(['✓ by Bob · 1', '✓ add · 1', 'Show them', 'Clear']));
    await bench.press(list, 'Show them');
    expect(linesOf(list)).toEqual(['Bob · add', 'Bob added two in Lab · today 12:01']);
    await bench.press(list, 'Filter');
    await bench.press(list, '✓ by Bob · 1');
    await bench.press(list, 'Show them');
    expect(linesOf(list)).toEqual([
      'add',
      expect.stringContaining('Ann added one'),
      expect.stringContaining('Bob added two'),
    ]);
    await bench.press(list, 'Filter');
    await bench.press(list, 'Clear');
    await bench.press(list, '‹ Back');
    expect(linesOf(list)).toHaveLength(4);
  });

  it('is for owners in their own chat alone, taps as well', async () => {
    note(ANN, ANN, 'add', { metadata: { said: 'secret' } });
    const [list] = await bench.say('/activity');
    expect(await bench.ask('/activity', { chatId: LAB })).toMatch(/^That is told in our own chat only/);
    bench.store.users.setRole(BOB, 'member');
    expect(await bench.ask('/activity', { userId: BOB })).toBe('Only the owner of this bot may see who did what.');
    bench.store.users.upsertUser({ userId: 5, firstName: 'Eve', username: null });
    bench.store.users.setRole(5, 'owner');
    bench.store.users.setRole(ANN, 'member');
    expect(await bench.press(list, 'Filter')).toBe('Only the owner of this bot may see who did what.');
    expect(now(list)?.text).toContain('secret');
  });

  it('keeps to what Telegram takes, whatever the names are', async () => {
    bench.store.users.upsertUser({ userId: BOB, firstName: '😀'.repeat(120), username: null });
    bench.store.chats.upsertChat({ chatId: LAB, kind: 'supergroup', title: '𝔏'.repeat(250) });
    for (let at = 0; at < 40; at += 1)
      note(BOB + (at % 20), LAB - (at % 20), 'x'.repeat(24 - (at % 20)), {
        result: (['done', 'refused', 'failed'] as const)[at % 3],
        metadata: { by: 'command', said: '@'.repeat(200), error: 'operational' },
      });
    const [list] = await bench.say(`/activity chat=${LAB}`);
    expect((now(list)?.text ?? '').length).toBeLessThan(4096);
    await bench.press(list, 'Filter');
    expect(labels(list).length).toBeLessThan(100);
    const data =
      now(list)
        ?.reply_markup?.inline_keyboard.flat()
        .map((button) => button.callback_data ?? '') ?? [];
    expect(Math.max(...data.map((one) => Buffer.byteLength(one)))).toBeLessThanOrEqual(64);
  });
});

describe('the log as a file', () => {
  it('is what the filter leaves, as CSV that every spreadsheet reads and none calculates', async () => {
    bench.store.users.upsertUser({ userId: BOB, firstName: '=HYPERLINK("http://x")', username: null });
    note(BOB, LAB, 'add', { metadata: { by: 'command', said: '@gpt2, please' } });
    note(BOB, LAB, 'add', {
      result: 'failed',
      metadata: { model: { id: 1, name: 'gpt2' }, error: 'gated', commit: 'c0' },
    });
    note(ANN, ANN, 'add', { metadata: { said: 'other' } });
    const [caption] = await bench.say(`/activity export chat=${LAB}`);
    expect(caption?.caption).toBe('2 lines');
    const bytes = await sent();
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(bytes.subarray(3).toString().split('\r\n')).toEqual([
      'time,person_id,person,chat_id,chat,action,result,model,said,error,details',
      `2026-11-21T12:02:00.000Z,${BOB},"'=HYPERLINK(""http://x"")",${LAB},Lab,add,failed,gpt2,,gated,"{""commit"":""c0""}"`,
      `2026-11-21T12:01:00.000Z,${BOB},"'=HYPERLINK(""http://x"")",${LAB},Lab,add,done,,"'@gpt2, please",,`,
      '',
    ]);
  });

  it('comes by the button too, with the filter that holds', async () => {
    note(BOB, LAB, 'add', { metadata: { said: 'two' } });
    note(ANN, ANN, 'add', { metadata: { said: 'mine' } });
    const [list] = await bench.say('/activity person=Bob');
    await bench.press(list, 'Export');
    expect((await sent()).toString()).toContain('two');
    expect((await sent()).toString()).not.toContain('mine');
  });

  it('is cut behind a line where Telegram takes no more, and says so', async () => {
    for (let at = 0; at < 1200; at += 1)
      bench.store.activity.logActivity(ANN, ANN, 'add', { said: `line-${at} ${'é'.repeat(20)}` });
    const file = await csvOf(bench.store, {}, { timezone: 'UTC', now: clock.now() }, 60_000);
    const text = Buffer.concat(file.pieces).toString();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(59_800);
    expect(text.endsWith('\r\n')).toBe(true);
    expect(text.trimEnd().split('\r\n')).toHaveLength(file.count + 1);
    expect(file.isCut).toBe(true);
    const whole = await csvOf(bench.store, {}, { timezone: 'UTC', now: clock.now() });
    expect([whole.count, whole.isCut]).toEqual([1200, false]);
  });
});

describe('docs/activity.md', () => {
  it('lists every action that is written with its deed, and no other', () => {
    const sources = globSync('src/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    const written = sources
      .flatMap((source) => [...source.matchAll(/logActivity\([^)']*'([a-z_]+)'/g)])
      .map(([, word]) => word ?? '');
    const alternatives = ['downloads_hold', 'downloads_unhold', 'access_approved', 'access_denied'];
    const byEnd = ['download_completed', 'download_failed'];
    const page = readFileSync('docs/activity.md', 'utf8');
    const listed = [...page.matchAll(/^\| `([a-z_]+)`/gm)].map(([, word]) => word);
    expect(listed).toEqual([...new Set([...written, ...alternatives, ...byEnd])].toSorted());
  });
});
