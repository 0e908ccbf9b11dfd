import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { logFiles, logFolder } from '../../src/log/file-names.ts';
import { createTestClock } from '../helpers/clock.ts';
import { bytesIn } from '../helpers/sent-document.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const TOKEN = 'hf_abcdefghijklmnopqrstuvwxyz';

let bot: BotBench;
beforeEach(async () => {
  bot = await openBot({ concurrency: 0, clock: createTestClock(NOON) });
});
afterEach(() => bot.close());

/** A line as the log writes it, so many seconds before noon. */
const line = (secondsAgo: number, level: string, msg: string, fields: object = {}): string =>
  `${JSON.stringify({ level, time: new Date(NOON - secondsAgo * 1000).toISOString(), ...fields, msg })}\n`;

const write = async (...lines: readonly string[]): Promise<void> => {
  const dataDir = join(bot.cacheDir, '..');
  await mkdir(logFolder(dataDir), { recursive: true });
  await writeFile(logFiles(dataDir)[0], lines.join(''));
};

const now = ({ message_id: id }: SimMessage): string =>
  bot.shown().find((message) => message.message_id === id)?.text ?? '';

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

const sentFile = async (): Promise<string> => {
  const message = bot.shown().findLast(({ document }) => document !== undefined);
  return message ? (await bytesIn(bot.telegram, message)).toString() : '';
};

describe('/logs', () => {
  it('tells what was logged, the newest last, with what went wrong', async () => {
    await write(
      line(86_400, 'info', 'hubgram starts', { version: '0.1.0' }),
      line(3, 'info', 'A download begins', { model: 7, session: '98791662-1d98-4248-8147-404d9599ab41' }),
      line(2, 'warn', 'A download has failed', { model: 7, reason: 'It is gone.' }),
      line(1, 'error', 'A handler failed', {
        err: { name: 'Error', message: 'broken', stack: 'Error: broken\n    at here (x.ts:1)' },
      }),
    );
    expect(await bot.ask('/logs')).toBe(
      [
        'Log',
        'yesterday',
        '12:00:00 hubgram starts',
        '  version=0.1.0',
        'today',
        '11:59:57 A download begins',
        '  model=7 session=98791662',
        '11:59:58 warn A download has failed',
        '  model=7 reason="It is gone."',
        '11:59:59 error A handler failed',
        '  Error: broken',
      ].join('\n'),
    );
  });

  it('says what several lines say once, and each that went wrong for itself', async () => {
    const handled = 'A message or tap is handled';
    await write(
      line(90_000, 'info', handled, { update: 1 }),
      line(9, 'info', handled, { update: 2, action: 'library' }),
      line(8, 'info', handled, { update: 3, action: 'queue' }),
      line(7, 'warn', handled, { update: 4 }),
      line(6, 'warn', handled, { update: 5 }),
      line(5, 'info', 'hubgram ends'),
      line(4, 'info', 'hubgram ends'),
    );
    expect(await bot.ask('/logs')).toBe(
      [
        'Log',
        'yesterday',
        `11:00:00 ${handled}`,
        '  update=1',
        'today',
        `11:59:51 ${handled}`,
        '  update=2 action=library',
        '11:59:52 update=3 action=queue',
        `11:59:53 warn ${handled}`,
        '  update=4',
        `11:59:54 warn ${handled}`,
        '  update=5',
        '11:59:55 hubgram ends',
        '11:59:56 hubgram ends',
      ].join('\n'),
    );
  });

  it('says times by the clock of the chat', async () => {
    await write(line(1, 'info', 'hubgram starts'));
    await bot.say('/timezone Asia/Tokyo');
    expect(await bot.ask('/logs')).toBe('Log\n20:59:59 hubgram starts');
  });

  it.each([
    ['/logs 2', ['four gpt2', 'five gpt2 flux']],
    ['/logs warn', ['two', 'four gpt2']],
    ['/logs warnings 1', ['four gpt2']],
    ['/logs ERROR', ['two']],
    ['/logs GPT2', ['three', 'four gpt2', 'five gpt2 flux']],
    ['/logs gpt2 flux', ['five gpt2 flux']],
    ['/logs 50 warn gpt2', ['four gpt2']],
    ['/logs gpt2 warn 50', ['four gpt2']],
    ['/logs model=1', ['one']],
    ['/logs model=12', ['three']],
    ['/logs session=98791662', ['two']],
    ['/logs session=', ['two']],
    ['/logs all 1', ['five gpt2 flux']],
    ['/logs 20 50', ['one']],
  ])('%s finds %j', async (said, found) => {
    await write(
      line(5, 'info', 'one', { model: 1, waitMs: 50 }),
      line(4, 'error', 'two', { session: '98791662-1d98-4248-8147-404d9599ab41' }),
      line(3, 'info', 'three', { model: 12, name: 'gpt2' }),
      line(2, 'warn', 'four gpt2'),
      line(1, 'debug', 'five gpt2 flux'),
    );
    const shown = (await bot.ask(said)).split('\n').filter((one) => /^\d\d:/.test(one));
    expect(shown.map((one) => one.replace(/^\S+ (?:(?:warn|error) )?/, ''))).toEqual(found);
  });

  it('understands a level as the file has it, and of several the mildest', async () => {
    await write(line(3, 'info', 'one'), line(2, 'warn', 'two'), line(1, 'error', 'three'));
    expect(await bot.ask('/logs level=warn')).toBe(
      'Log · warnings and errors\n11:59:58 warn two\n11:59:59 error three',
    );
    expect(await bot.ask('/logs error warn')).toBe(
      'Log · warnings and errors\n11:59:58 warn two\n11:59:59 error three',
    );
    expect(await bot.ask('/logs errors all')).toMatch(/^Log\n11:59:57 one\n/);
  });

  it('says what there is where nothing is like what was looked for', async () => {
    expect(await bot.ask('/logs')).toBe('Log\nThere is no log yet: its file is begun with the next line.');
    await write(line(60, 'info', 'one'), line(1, 'info', 'two'));
    expect(await bot.ask('/logs error gpt2')).toBe(
      'Log · errors · “gpt2”\nNothing like that among 2 lines since today 11:59. /logs shows the newest of all.',
    );
  });

  it('takes 1 to 200 lines, and a few words', async () => {
    await write(...Array.from({ length: 250 }, (_, at) => line(300 - at, 'info', `${at}`)));
    const shown = (said: string): number => said.split('\n').filter((one) => /^\d\d:/.test(one)).length;
    expect(shown(await bot.ask('/logs'))).toBe(20);
    expect(shown(await bot.ask('/logs 1'))).toBe(1);
    expect(shown(await bot.ask('/logs 200'))).toBe(200);
    const refusal = 'I show 1 to 200 lines, not';
    for (const many of [0, 201, 404]) expect(await bot.ask(`/logs ${many}`)).toContain(`${refusal} ${many}.`);
    expect(await bot.ask(`/logs ${'x'.repeat(48)}`)).toContain('Nothing like that');
    expect(await bot.ask(`/logs ${'x'.repeat(49)}`)).toContain('too much to look for');
  });

  it('is longer than a message: the newest lines, and all of it as a file', async () => {
    await write(
      ...Array.from({ length: 100 }, (_, at) =>
        line(100 - at, 'info', `line ${at}`, { name: 'x'.repeat(50), reason: 'y'.repeat(100) }),
      ),
    );
    const [message] = await bot.say('/logs 100');
    expect(message?.text).toMatch(/^Log\n\d\d older lines found as well: As a file has them\.\n/);
    expect(message?.text).toMatch(/line 99\n.*$/);
    expect(message?.text?.length).toBeLessThan(4096);
    const file = await sentFile();
    expect(file.trimEnd().split('\n')).toHaveLength(100);
    expect(file).toMatch(/^2026-11-21 11:58:20 INFO {2}line 0 {2}name=x{50} {2}reason=y{100}\n/);
  });

  it('shows no token, and no text that turns the others round', async () => {
    await write(line(1, 'info', `written by somebody else ${TOKEN}`, { ref: `a\u202Eb`, token: TOKEN }));
    const [message] = await bot.say('/logs');
    await bot.press(message, 'As a file');
    for (const shown of [message?.text ?? '', await sentFile()]) {
      expect(shown).toContain('[hf token]');
      expect(shown).not.toMatch(/hf_abc|\u202E/);
    }
    expect(await bot.ask(`/logs ${TOKEN}`)).not.toContain(TOKEN);
  });

  it('leaves out what is no line of the log', async () => {
    await write('torn {"level"\n', '[]\n', 'null\n', '{"level":"loud","time":"x"}\n', '\n', line(1, 'info', 'whole'));
    expect(await bot.ask('/logs')).toBe('Log\n11:59:59 whole');
  });

  it('says so if it cannot be read', async () => {
    await mkdir(logFiles(join(bot.cacheDir, '..'))[0], { recursive: true });
    expect(await bot.ask('/logs')).toMatch(/^The log in .+ cannot be read \(EISDIR\)\. Look whether/);
  });

  it('is for owners, in their own chat', async () => {
    const group = -1_002_000_000_009;
    bot.telegram.addGroup({ id: group, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    bot.store.chats.upsertChat({ chatId: group, kind: 'supergroup', title: 'Lab' });
    bot.store.chats.setAccess(group, 'approved');
    bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
    bot.store.users.setRole(BOB, 'member');
    await write(line(1, 'info', 'a secret'));
    expect(await bot.ask('/logs', { chatId: group })).toMatch(/Write \/logs to me in our own chat/);
    expect(await bot.ask('/logs', { userId: BOB })).toMatch(/^Only the owner/);
    const [message] = await bot.say('/logs');
    bot.store.users.setRole(ANN, 'member');
    bot.store.users.setRole(BOB, 'owner');
    expect(await bot.press(message, 'Refresh')).toMatch(/^Only the owner/);
  });
});

describe('the buttons under a log', () => {
  beforeEach(() => write(line(3, 'info', 'one gpt2'), line(2, 'warn', 'two gpt2'), line(1, 'error', 'three')));

  it('filter it, keep what was looked for, and show what has come since', async () => {
    const [message] = await bot.say('/logs 5 gpt2');
    expect(labels(message)).toEqual(['✓ All', 'Warnings', 'Errors', 'Refresh', 'As a file']);
    const shown = async (button: string): Promise<string> => {
      await bot.press(message, button);
      return message ? now(message) : '';
    };
    expect(await shown('Warnings')).toBe('Log · warnings and errors · “gpt2”\n11:59:58 warn two gpt2');
    expect(labels(bot.shown().find(({ message_id: id }) => id === message?.message_id))[1]).toBe('✓ Warnings');
    expect(await shown('Errors')).toMatch(/^Log · errors · “gpt2”\nNothing like that among 3 lines/);
    expect(await shown('All')).toBe('Log · “gpt2”\n11:59:57 one gpt2\n11:59:58 warn two gpt2');
    await write(line(0, 'info', 'gpt2 again'));
    expect(await shown('Refresh')).toBe('Log · “gpt2”\n12:00:00 gpt2 again');
  });

  it('send it as a file, with where in the program errors were', async () => {
    const err = { name: 'Error', message: 'broken', stack: 'Error: broken\n    at here (x.ts:1)' };
    await write(line(1, 'error', 'three', { err }), line(0, 'info', 'four'));
    const [message] = await bot.say('/logs error');
    await bot.press(message, 'As a file');
    const document = bot.shown().findLast((one) => one.document !== undefined);
    expect(document?.document?.file_name).toBe('hubgram.log.txt');
    expect(document?.caption).toBe('1 line of the log, the newest last. Tokens are hidden in it.');
    expect(await sentFile()).toBe('2026-11-21 11:59:59 ERROR three\n  Error: broken\n      at here (x.ts:1)\n');
    await write();
    await bot.press(message, 'As a file');
    expect(bot.shown().at(-1)?.text).toContain('There is no log yet');
  });

  it('that nobody has made ask for nothing', async () => {
    const [message] = await bot.say('/logs');
    for (const data of ['logs:s:x:20:', 'logs:s:a:999:', 'logs:s:a:0:'])
      bot.telegram.pressForged(ANN, ANN, message?.message_id ?? 0, data);
    expect(await bot.ask('/logs 1')).toBe('Log\n11:59:59 error three');
    expect(bot.telegram.answers.map(({ text }) => text?.slice(0, 32))).toEqual(
      expect.arrayContaining(['I show 1 to 200 lines, not 999. ', 'I show 1 to 200 lines, not 0. To']),
    );
    expect(message && now(message)).toBe(message?.text);
  });
});
