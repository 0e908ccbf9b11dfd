import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleHub } from '../../playground/hub/sample-hub.ts';
import { startSampleHub, type SampleHubOptions } from '../../playground/hub/sample-hub.ts';
import { type BotApi, type BotApiOptions, startBotApi } from '../../playground/telegram/bot-api.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** The person who owns the bot in every journey. */
export const ANN = 1001;
/** A person whom nobody has let in. */
export const BOB = 1002;

export interface RunningProcess {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  readonly output: () => string;
  /** The exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** Resolves once the output holds this. */
  readonly printed: (text: string | RegExp) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => Promise<number | string>;
}

const LONGEST_WAIT_MS = 60_000;

const follow = (child: ChildProcess): RunningProcess => {
  let output = '';
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    child,
    output: () => output,
    exited,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const holds = (): boolean => (typeof text === 'string' ? output.includes(text) : text.test(output));
        const look = (): void => {
          if (!holds()) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve();
        };
        const timer = setTimeout(() => reject(new Error(`Not printed: ${String(text)}\n${output}`)), LONGEST_WAIT_MS);
        listeners.add(look);
        look();
      }),
    kill: async (signal) => {
      child.kill(signal);
      return exited;
    },
  };
};

export interface World {
  readonly telegram: BotApi;
  readonly hub: SampleHub;
  readonly folder: string;
  readonly dataDir: string;
  readonly cacheDir: string;
  /**
   * Starts the bot as a process of its own; several starts in one world are restarts.
   * @param within the words of a command that runs it
   */
  readonly start: (
    env?: Record<string, string>,
    flags?: readonly string[],
    within?: readonly string[],
  ) => RunningProcess;
  /** The bot's messages in a chat that are still there, oldest first. */
  readonly shown: (chatId: number) => readonly SimMessage[];
  /** Waits for a message of the bot in a chat whose text fits. */
  readonly sees: (chatId: number, text: string | RegExp) => Promise<SimMessage>;
  readonly close: () => Promise<void>;
}

export interface WorldOptions {
  readonly telegram?: BotApiOptions;
  readonly hub?: SampleHubOptions;
}

/** A Telegram with Ann (owner) and Bob (stranger), a Hub, and folders for the bot's data and cache. */
export const openWorld = async (options: WorldOptions = {}): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-'));
  const telegram = await startBotApi(options.telegram);
  const hub = await startSampleHub(options.hub);
  telegram.addUser({ id: ANN, firstName: 'Ann', username: 'ann' });
  telegram.addUser({ id: BOB, firstName: 'Bob', username: 'bob' });
  const processes: RunningProcess[] = [];
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
    start: (env = {}, flags = [], within = []) => {
      const [command = process.execPath, ...words] = [...within, process.execPath, MAIN, ...flags];
      const child = spawn(command, words, {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: folder,
          TZ: 'UTC',
          BOT_TOKEN: telegram.token,
          TELEGRAM_API_ROOT: telegram.apiRoot,
          HF_ENDPOINT: hub.url,
          HF_HUB_CACHE: cacheDir,
          HUBGRAM_DATA_DIR: dataDir,
          HUBGRAM_OWNERS: String(ANN),
          HUBGRAM_MIN_FREE_SPACE: '1MB',
          ...env,
        },
      });
      const running = follow(child);
      processes.push(running);
      return running;
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
      for (const { child, exited } of processes) {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
        await exited;
      }
      await telegram.close();
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
