import { Api } from 'grammy';
import { describe, expect, it, onTestFinished } from 'vitest';
import { countCalls, type TelegramCall } from '../../src/bot/telegram/count-calls.ts';
import { type BotApi, startBotApi } from '../../playground/telegram/bot-api.ts';
import { createTestClock } from '../helpers/clock.ts';

const ANN = 1001;

const open = async (): Promise<{ telegram: BotApi; api: Api; calls: TelegramCall[] }> => {
  const telegram = await startBotApi();
  onTestFinished(telegram.close);
  telegram.addUser({ id: ANN, firstName: 'Ann', username: 'ann', started: true });
  const api = new Api(telegram.token, { apiRoot: telegram.apiRoot });
  const calls: TelegramCall[] = [];
  api.config.use(countCalls({ clock: createTestClock(), onCall: (call) => calls.push(call) }));
  return { telegram, api, calls };
};

describe('a call to Telegram', () => {
  it('counts when it was taken', async () => {
    const { api, calls } = await open();
    await api.sendMessage(ANN, 'hello');
    expect(calls).toEqual([{ method: 'sendMessage', outcome: 'ok', durationMs: 0 }]);
  });

  it.each([
    ['429', 'too_many_requests'],
    ['chat-blocked', 'refused'],
    ['502html', 'no_answer'],
    ['reset', 'no_answer'],
  ] as const)('counts when it fails: %s is %s', async (kind, outcome) => {
    const { telegram, api, calls } = await open();
    if (kind === 'chat-blocked') telegram.blockBot(ANN);
    else telegram.setFault({ method: 'sendMessage', kind, times: 1 });
    await expect(api.sendMessage(ANN, 'hello')).rejects.toBeInstanceOf(Error);
    expect(calls).toEqual([{ method: 'sendMessage', outcome, durationMs: 0 }]);
  });

  it('that is broken off does not count', async () => {
    const { api, calls } = await open();
    const signal = AbortSignal.abort() as Parameters<typeof api.getMe>[0];
    await expect(api.getMe(signal)).rejects.toBeInstanceOf(Error);
    expect(calls).toEqual([]);
  });
});
