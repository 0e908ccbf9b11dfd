import { Bot } from 'grammy';
import { expect, it, onTestFinished } from 'vitest';
import type { Ctx } from '../../src/bot/context.ts';
import { asFarAs, isRefusedToken, poll } from '../../src/bot/updates/polling.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Fault } from '../../playground/telegram/faults.ts';
import { startBotApi } from '../../playground/telegram/bot-api.ts';

const ANN = 1001;

/**
 * A bot that polls, before a Telegram with these faults.
 * @param later come when it has asked who it is, and before it polls
 */
const startPolling = async (faults: readonly Fault[], later: Fault[] = []) => {
  const telegram = await startBotApi();
  telegram.addUser({ id: ANN, firstName: 'Ann', started: true });
  for (const fault of faults) telegram.setFault(fault);
  const bot = new Bot<Ctx>(telegram.token, { client: { apiRoot: telegram.apiRoot } });
  const heard = Promise.withResolvers<string>();
  bot.on('message:text', (ctx) => heard.resolve(ctx.msg.text));
  const stop = new AbortController();
  const polling = poll(bot, {
    signal: stop.signal,
    holdSeconds: 30,
    log: silentLog,
    clock: systemClock,
    onReady: () => undefined,
    register: async () => {
      for (const fault of later.splice(0)) telegram.setFault(fault);
      await bot.api.setMyCommands([{ command: 'add', description: 'Add' }]);
    },
    polledAt: () => 0,
  });
  onTestFinished(async () => {
    stop.abort();
    await polling.catch(() => undefined);
    await telegram.close();
  });
  return { telegram, polling, heard: heard.promise };
};

it.each(['getUpdates', 'getMe', 'setMyCommands'])(
  'one 401 to %s is not believed while getMe knows the token: the bot goes on',
  async (method) => {
    const { telegram, heard } = await startPolling([{ method, kind: '401', times: 1 }]);
    telegram.say(ANN, ANN, 'hello');
    expect(await heard).toBe('hello');
  },
);

const REFUSED: Fault = { method: 'getUpdates', kind: '401', times: 1 };

it('a refused token that getMe refuses, too, ends the bot', async () => {
  const { polling } = await startPolling([REFUSED], [{ method: 'getMe', kind: '401', times: 1 }]);
  const error: unknown = await polling.catch((reason: unknown) => reason);
  expect(isRefusedToken(error)).toBe(true);
});

it('a 401 while Telegram cannot be reached for the question is an outage', async () => {
  const { telegram, heard } = await startPolling([REFUSED], [{ method: 'getMe', kind: '502html', times: 1 }]);
  telegram.say(ANN, ANN, 'hello');
  expect(await heard).toBe('hello');
});

it('grammY is told how far a poll has come, and makes nothing of the hundred that the inbox has', () => {
  const updates = Array.from({ length: 100 }, (_, at) => ({ update_id: at + 1 }));
  expect(asFarAs({ ok: true, result: updates })).toEqual({ ok: true, result: [{ update_id: 100 }] });
  expect(asFarAs({ ok: true, result: [] })).toEqual({ ok: true, result: [] });
  const refused = { ok: false, error_code: 409, description: 'Conflict', parameters: {} } as const;
  expect(asFarAs(refused)).toBe(refused);
});
