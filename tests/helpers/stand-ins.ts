import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SampleHub, type SampleHubOptions, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { type BotApi, type BotApiOptions, startBotApi } from '../../playground/telegram/bot-api.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';

/** The person who owns the bot in every journey. */
export const ANN = 1001;
/** A person whom nobody has let in. */
export const BOB = 1002;

export const LONGEST_WAIT_MS = 60_000;

export interface StandInOptions {
  readonly telegram?: BotApiOptions;
  readonly hub?: SampleHubOptions;
}

/** A Telegram with Ann (owner) and Bob (stranger), a Hub, and folders for the bot's data and cache. */
export interface StandIns {
  readonly telegram: BotApi;
  readonly hub: SampleHub;
  readonly folder: string;
  readonly dataDir: string;
  readonly cacheDir: string;
  /** What tells the bot of all this. */
  readonly env: Readonly<Record<string, string>>;
  /** The bot's messages in a chat that are still there, oldest first. */
  readonly shown: (chatId: number) => readonly SimMessage[];
  /** Waits for a message of the bot in a chat whose text fits. */
  readonly sees: (chatId: number, text: string | RegExp) => Promise<SimMessage>;
  readonly close: () => Promise<void>;
}

export const openStandIns = async (options: StandInOptions = {}): Promise<StandIns> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-'));
  const telegram = await startBotApi(options.telegram);
  const hub = await startSampleHub(options.hub);
  telegram.addUser({ id: ANN, firstName: 'Ann', username: 'ann' });
  telegram.addUser({ id: BOB, firstName: 'Bob', username: 'bob' });
  const dataDir = join(folder, 'data');
  const cacheDir = join(folder, 'hub');

  const shown = (chatId: number): readonly SimMessage[] =>
    telegram.messages(chatId).filter((message) => message.from?.is_bot === true && !message.deleted);

  return {
    telegram,
    hub,
    folder,
    dataDir,
    cacheDir,
    env: {
      HOME: folder,
      BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      HF_ENDPOINT: hub.url,
      HF_HUB_CACHE: cacheDir,
      HUBGRAM_DATA_DIR: dataDir,
      HUBGRAM_OWNERS: String(ANN),
      HUBGRAM_MIN_FREE_SPACE: '1MB',
    },
    shown,
    sees: (chatId, text) =>
      telegram.waitFor(
        () =>
          shown(chatId).find((message) =>
            typeof text === 'string' ? message.text?.includes(text) : text.test(message.text ?? ''),
          ),
        LONGEST_WAIT_MS,
      ),
    close: async () => {
      await telegram.close();
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
