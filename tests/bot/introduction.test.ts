import { afterEach, describe, expect, it } from 'vitest';
import { Api } from 'grammy';
import { introduce } from '../../src/bot/introduction.ts';
import { silentLog } from '../../src/lib/log.ts';
import { startBotApi } from '../../playground/telegram/bot-api.ts';
import { type BotBench, openBot } from './setup.ts';

let bench: BotBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

/** A bot that has told Telegram what it is. */
const open = async (): Promise<Api> => {
  bench = await openBot();
  const { telegram } = bench;
  await telegram.waitFor(({ calls }) => calls.some(({ method }) => method === 'setMyShortDescription'));
  return new Api(telegram.token, { apiRoot: telegram.apiRoot });
};

const asked = (method: string): number => bench?.telegram.calls.filter((call) => call.method === method).length ?? 0;

describe('the first screen of a chat with the bot', () => {
  it('says what it can do, and its profile says it shorter', async () => {
    const api = await open();
    expect((await api.getMyDescription()).description).toMatch(/^I keep a machine stocked .*\n[^]*\/add gpt2/);
    expect((await api.getMyShortDescription()).short_description).toMatch(/^Downloads Hugging Face models/);
  });

  it('is told to Telegram only where it differs', async () => {
    const api = await open();
    await introduce(api, silentLog);
    expect([asked('setMyDescription'), asked('setMyShortDescription')]).toEqual([1, 1]);
    expect([asked('getMyDescription'), asked('getMyShortDescription')]).toEqual([2, 2]);
  });

  it.each(['400', '429', '500', 'reset'] as const)(
    'is no reason not to start where Telegram fails: %s',
    async (kind) => {
      const telegram = await startBotApi();
      const complaints: string[] = [];
      const log = { ...silentLog, warn: (_: object, message: string) => void complaints.push(message) };
      telegram.setFault({ method: 'setMyDescription', kind, times: 1 });
      await introduce(new Api(telegram.token, { apiRoot: telegram.apiRoot }), log);
      expect(complaints).toEqual(['Telegram did not take what the bot says of itself']);
      await telegram.close();
    },
  );
});
