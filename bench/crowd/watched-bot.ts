/** The whole bot in a process of its own, which measures how long its event loop stands still (watch.ts). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { BotApi } from '../../playground/telegram/bot-api.ts';
import { AS_STARTED } from '../as-started.ts';

export interface WatchedBot {
  /** What it measured since the last time. */
  readonly report: () => Promise<Watched>;
  /** Killed, it leaves no profile. Resolves when the process is gone. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
}

export interface Watched {
  readonly longestMs: number;
  /** Of the longest stall, or another one, what the program itself worked. */
  readonly longestWorkMs: number;
  readonly p99Ms: number;
  readonly rssMb: number;
  /** The most since the last time, of looks a tenth of a second apart. */
  readonly mostMb: number;
  /** Since it began. */
  readonly peakMb: number;
}

interface BotSpec {
  /** Holds its database in `data` and the cache in `hub`. */
  readonly folder: string;
  readonly telegram: BotApi;
  readonly hubUrl: string;
  readonly owners: readonly number[];
  /** Where its time went is left in this folder when it ends. */
  readonly profile: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** Resolves when it runs. */
export const startWatchedBot = async (spec: BotSpec): Promise<WatchedBot> => {
  const { folder, telegram, hubUrl, owners, profile, env } = spec;
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
  const watch = join(import.meta.dirname, 'watch.ts');
  const main = join(import.meta.dirname, '../../src/start.mjs');
  const child = spawn(process.execPath, [...AS_STARTED.flags, ...profiling, '--import', watch, main], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    env: {
      ...AS_STARTED.env,
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      HF_ENDPOINT: hubUrl,
      HF_HUB_CACHE: join(folder, 'hub'),
      HUBGRAM_DATA_DIR: join(folder, 'data'),
      HUBGRAM_OWNERS: owners.join(','),
      ...env,
    },
  });
  const reports = createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  await new Promise<void>((running, failed) => {
    child.stdout?.on('data', (text: Buffer) => text.includes('is running') && running());
    child.once('exit', () => failed(new Error('the bot ended before it ran')));
  });
  return {
    report: async () => {
      child.kill('SIGUSR2');
      return JSON.parse((await reports.next()).value as string) as Watched;
    },
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
};
