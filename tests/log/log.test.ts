import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Bot, BotError, GrammyError, HttpError } from 'grammy';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { Log } from '../../src/lib/log.ts';
import { createLog } from '../../src/log/log.ts';

const TOKEN = '1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-';
const SECRET = /AAHdqTcv/;

type Line = Record<string, unknown> & { err?: Record<string, unknown> };

/** What one call to the log prints, as text and, where it is JSON, parsed. */
const printed = (
  act: (log: Log) => void,
  options: { readable?: boolean; level?: 'debug' | 'warn' } = {},
): { text: string; line: Line } => {
  const lines: string[] = [];
  const log = createLog({
    level: options.level ?? 'debug',
    readable: options.readable ?? false,
    write: (line) => lines.push(line),
  });
  act(log);
  const text = lines.join('');
  return { text, line: options.readable || text === '' ? {} : (JSON.parse(lines[0] ?? '') as Line) };
};

/** What grammY throws for a call whose connection breaks: the token stands in the message of the error inside. */
const brokenCall = (): Promise<unknown> => {
  const bot = new Bot(TOKEN, { client: { apiRoot: 'http://127.0.0.1:1' } });
  return bot.api.getMe().catch((error: unknown) => error);
};

/** What grammY throws for a call that Telegram refuses. */
const refusedCall = async (): Promise<unknown> => {
  const server = createServer((_request, response) => {
    response.end(JSON.stringify({ ok: false, error_code: 400, description: 'Bad Request: chat not found' }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const bot = new Bot(TOKEN, { client: { apiRoot: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } });
  const error = await bot.api.sendMessage(1, 'what a person wrote').catch((reason: unknown) => reason);
  server.close();
  return error;
};

describe('a line', () => {
  test('is JSON with the level by name, the time in UTC, the fields and the sentence', () => {
    const { text, line } = printed((log) => log.info({ model: 7, name: 'gpt2' }, 'Downloaded'));
    expect(line).toEqual({ level: 'info', time: line['time'], model: 7, name: 'gpt2', msg: 'Downloaded' });
    expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(text.endsWith('}\n')).toBe(true);
  });

  test('below the level is not written', () => {
    expect(printed((log) => log.info({}, 'no'), { level: 'warn' }).text).toBe('');
    expect(printed((log) => log.warn({}, 'yes'), { level: 'warn' }).text).not.toBe('');
  });

  test('is readable for a person', () => {
    const { text } = printed((log) => log.warn({ model: 7, name: 'two words', list: [1] }, 'It waits'), {
      readable: true,
    });
    expect(text).toMatch(/^\d\d:\d\d:\d\d WARN  It waits  model=7  name="two words"  list=\[1\]\n$/);
  });

  test('shows data, and what lives only by its name', () => {
    const { line } = printed((log) =>
      log.info(
        {
          when: new Date(0),
          url: new URL('https://huggingface.co/gpt2'),
          big: 2n ** 60n,
          fn: () => 1,
          map: new Map([[TOKEN, 1]]),
          bot: new Bot(TOKEN),
          bare: Object.create(Object.create(null) as object),
          deep: { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } },
          nothing: null,
        },
        'x',
      ),
    );
    expect(line).toMatchObject({
      when: '1970-01-01T00:00:00.000Z',
      url: 'https://huggingface.co/gpt2',
      big: '1152921504606846976',
      fn: '[function]',
      map: '[Map]',
      bot: '[Bot]',
      bare: '[object]',
      deep: { a: { b: { c: { d: { e: { f: '…' } } } } } },
      nothing: null,
    });
  });

  test('is written even if it holds itself', () => {
    const fields: Record<string, unknown> = {};
    fields['self'] = fields;
    expect(printed((log) => log.info(fields, 'round')).line['msg']).toBe('round');
  });
});

describe('an error', () => {
  test('of ours is told by its code and sentence, with its stack and what caused it', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:443'), { code: 'ECONNREFUSED' });
    const { line } = printed((log) =>
      log.warn({ err: new AppError('connection', 'No way to the Hub.', { cause, retryAfterMs: 5 }) }, 'x'),
    );
    expect(line.err).toEqual({
      name: 'AppError',
      code: 'connection',
      message: 'No way to the Hub.',
      retryAfterMs: 5,
      stack: expect.stringContaining('log.test.ts') as string,
      cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:443' },
    });
  });

  test('that is a fault of ours comes with its stack, under any field', () => {
    const error = new TypeError('x is not a function', { cause: new RangeError('beneath') });
    const { line } = printed((log) => log.error({ error }, 'Broken'));
    expect(line['error']).toMatchObject({ name: 'TypeError', stack: expect.stringContaining('log.test.ts') as string });
    expect(line['error']).toMatchObject({ cause: { name: 'RangeError', stack: expect.any(String) as string } });
  });

  test('of several shows each of them', () => {
    const error = new AggregateError([new AppError('corrupt', 'one'), new Error('two')], 'both');
    const { line } = printed((log) => log.error({ err: error }, 'x'));
    expect(line.err).toMatchObject({ message: 'both', cause: [{ code: 'corrupt' }, { message: 'two' }] });
  });

  test('that is its own cause does not hang the log', () => {
    const error = new Error('round');
    error.cause = error;
    expect(printed((log) => log.error({ err: error }, 'x')).text).toContain('round');
  });

  test('is readable for a person: sentence first, then the error, then what caused it', () => {
    const error = new AppError('connection', 'No way to the Hub.', { cause: new Error('ECONNREFUSED') });
    const { text } = printed((log) => log.warn({ err: error, model: 7 }, 'It waits'), { readable: true });
    const shown = text.split('\n');
    expect(shown[0]).toMatch(/WARN {2}It waits {2}model=7$/);
    expect(shown[1]).toBe('  AppError: No way to the Hub.');
    expect(shown[2]).toMatch(/^ {6}at .*log\.test\.ts/);
    expect(shown.at(-2)).toBe('    Error: ECONNREFUSED');
    const stack = printed((log) => log.error({ err: new Error('bug') }, 'x'), { readable: true }).text;
    expect(stack).toMatch(/\n {2}Error: bug\n {6}at .*log\.test\.ts/);
  });
});

describe('what grammY throws', () => {
  test('for a broken connection never shows the token', async () => {
    const error = await brokenCall();
    expect(error).toBeInstanceOf(HttpError);
    // The token is in there: were it not, this test could not fail.
    expect(inspect(error)).toMatch(SECRET);
    for (const readable of [false, true]) {
      const { text } = printed((log) => log.warn({ err: error }, 'Polling broke off'), { readable });
      expect(text).not.toMatch(SECRET);
      expect(text).toContain('getMe');
    }
  });

  test('keeps the code of the network fault', async () => {
    const error = await brokenCall();
    expect(printed((log) => log.warn({ err: error }, 'x')).text).toContain('ECONNREFUSED');
  });

  test('for a refused call shows method, code and description, and not what a person wrote', async () => {
    const error = await refusedCall();
    expect(error).toBeInstanceOf(GrammyError);
    expect(inspect(error)).toContain('what a person wrote');
    const { line, text } = printed((log) => log.error({ err: error }, 'x'));
    expect(line.err).toMatchObject({
      name: 'GrammyError',
      method: 'sendMessage',
      error_code: 400,
      description: 'Bad Request: chat not found',
    });
    expect(text).not.toContain('what a person wrote');
  });

  test('from a handler shows the fault inside, and nothing of the context', async () => {
    const error = new BotError(await brokenCall(), { api: { token: TOKEN } } as never);
    expect(inspect(error, { depth: 5 })).toMatch(SECRET);
    const { line, text } = printed((log) => log.error({ err: error }, 'x'));
    expect(text).not.toMatch(SECRET);
    expect(line.err).toMatchObject({ name: 'BotError', cause: { name: 'HttpError' } });
  });
});

describe('a secret', () => {
  test('is hidden wherever a line could carry it', () => {
    const inspected = inspect(
      new Error('outer', { cause: new Error(`POST https://api.telegram.org/bot${TOKEN}/getMe`) }),
    );
    expect(inspected).toMatch(SECRET);
    for (const readable of [false, true]) {
      for (const fields of [
        { token: TOKEN },
        { nested: { list: [`bot${TOKEN}`] } },
        { [`key ${TOKEN}`]: 1 },
        { inspected },
        { err: new Error(inspected) },
        { err: new AppError('connection', 'x', { cause: inspected }) },
      ]) {
        expect(printed((log) => log.error(fields, `and in the sentence ${TOKEN}`), { readable }).text).not.toMatch(
          SECRET,
        );
      }
      const url = 'https://cdn.hf.co/x?Policy=PPPP&Signature=SSSS&Key-Pair-Id=KKKK';
      const headers = { authorization: 'Bearer hf_abcdefghij', other: 'x' };
      const { text } = printed((log) => log.info({ url, headers }, 'x'), { readable });
      expect(text).not.toMatch(/PPPP|SSSS|KKKK|abcdefghij/);
      expect(text).toContain('cdn.hf.co');
    }
  });
});

test('lines carry the ids of the work in which they are told, and of no other', async () => {
  const lines: Line[] = [];
  const log = createLog({ level: 'info', readable: false, write: (line) => void lines.push(JSON.parse(line) as Line) });
  const { promise: afterwards, resolve: end } = Promise.withResolvers<void>();
  let later: Promise<void> | undefined;
  await log.within({ update: 1 }, async () => {
    log.info({}, 'in it');
    await setImmediate();
    log.within({ copy: 2 }, () => log.info({ model: 3 }, 'in what it has begun'));
    log.info({ update: 4 }, 'what is said goes before');
    later = afterwards.then(() => log.info({}, 'what it left behind'));
    await setImmediate();
    log.info({}, 'still in it');
  });
  end();
  await later;
  expect(() =>
    log.within({ update: 5 }, () => {
      throw new Error('broken');
    }),
  ).toThrow('broken');
  log.info({}, 'outside');
  expect(lines.map(({ update, copy, model, msg }) => ({ update, copy, model, msg }))).toEqual([
    { update: 1, msg: 'in it' },
    { copy: 2, model: 3, msg: 'in what it has begun' },
    { update: 4, msg: 'what is said goes before' },
    { update: 1, msg: 'still in it' },
    { msg: 'what it left behind' },
    { msg: 'outside' },
  ]);
});

test('how much is told can be changed while the program runs', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', readable: false, write: (line) => void lines.push(line) });
  log.setLevel('error');
  log.warn({}, 'left out');
  log.setLevel('debug');
  log.debug({}, 'told');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['told']);
});

test('every line reaches a pipe, even the last one before an abrupt exit', () => {
  const script = `
    import { createLog } from ${JSON.stringify(join(import.meta.dirname, '../../src/log/log.ts'))};
    const log = createLog({ level: 'info' });
    for (let line = 1; line <= 2000; line += 1) log.info({ line }, 'x'.repeat(100));
    process.exit(0);
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2000);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ line: 2000 });
});

test('a log that cannot be written any more ends nothing', async () => {
  const script = `import { createLog } from ${JSON.stringify(join(import.meta.dirname, '../../src/log/log.ts'))};
    const log = createLog({ level: 'info', readable: false });
    for (let line = 0; line < 20; line += 1) log.error({}, 'the disk is full');
    setImmediate(() => process.exit(7));`;
  // Linux has a disk that is always full. Elsewhere, one on which nothing may be written has to do.
  const full = existsSync('/dev/full') ? openSync('/dev/full', 'w') : openSync('/dev/null', 'r');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', full, 'inherit'],
  });
  expect(await once(child, 'exit')).toEqual([7, null]);
  closeSync(full);
});
