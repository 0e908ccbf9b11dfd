/* bot/updates: how updates come from Telegram, what is hidden in them before they are rows, and how many of a person are heard. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Bot, GrammyError, HttpError } from 'grammy';
import type { ApiResponse } from 'grammy/types';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { Ctx } from '../context.ts';
import { KINDS } from './shape.ts';

/**
 * What grammY is told of a poll: the last update, from which it counts on. The inbox has them all, and grammY would make a way
 * to Telegram for each, a hundred times between two polls.
 */
export const asFarAs = <T>(polled: ApiResponse<readonly T[]>): ApiResponse<readonly T[]> =>
  polled.ok ? { ...polled, result: polled.result.slice(-1) } : polled;

/** What every way to get updates needs. */
export interface KeepOnOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly onReady: (username: string) => void;
  /** Tells Telegram the command menus. */
  readonly register: () => Promise<void>;
}

interface PollOptions extends KeepOnOptions {
  /** Telegram holds a poll open this long at most; the client has to wait longer. */
  readonly holdSeconds: number;
  /** When a poll was last completed, by the clock that only goes forward. */
  readonly polledAt: () => number;
  readonly clock: Clock;
}

/** After it broke off. */
const PAUSES = { firstMs: 2000, mostMs: 60_000 } as const;
/** Without a completed poll for so long nobody is heard: the connection hangs in a way that no timeout saw. The poll is broken off. */
const DEAF_MS = 120_000;
const WATCH_MS = 10_000;

/** Whether Telegram gives updates, after so long without a completed poll, or since the start if there never was one. */
export const pollingHealth = (
  silentMs: number,
  wasPolled: boolean,
): { readonly ok: boolean; readonly message: string } => {
  if (silentMs < DEAF_MS) {
    return {
      ok: true,
      message: wasPolled ? 'It is polled.' : 'It has not been reached yet: hubgram has just started.',
    };
  }
  const silence = `No poll has been completed for ${formatDuration(silentMs)}.`;
  return { ok: false, message: `${silence} Is the way to Telegram open? If it is, restart hubgram.` };
};

/** Whether Telegram says that it does not know the token. */
export const isRefusedToken = (error: unknown): boolean =>
  error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404);

const describe = (error: unknown): string => {
  if (error instanceof HttpError) return 'Telegram cannot be reached; trying again';
  return error instanceof GrammyError && error.error_code === 409
    ? 'Another program gets updates with this bot token. Only one may: stop the other one.'
    : 'Telegram does not answer as it should; trying again';
};

/** One stretch of polling, until it breaks off or is stopped; a watchdog ends it if no poll completes any more. */
const pollOnce = async (bot: Bot<Ctx>, options: PollOptions, onStart: () => void): Promise<void> => {
  const { signal, holdSeconds, log, onReady, polledAt, clock } = options;
  // Not bot.init(): it tries again and again without a word, and nobody would know why the bot is silent.
  bot.botInfo = await bot.api.getMe(signal as Parameters<typeof bot.api.getMe>[0]);
  await options.register();
  // Told to end meanwhile: polling that has not begun cannot be stopped, and would go on for ever.
  signal.throwIfAborted();
  const startedAt = clock.monotonic();
  const watchdog = setInterval(() => {
    if (clock.monotonic() - Math.max(startedAt, polledAt()) < DEAF_MS) return;
    log.warn({}, 'No poll has completed for two minutes; starting anew');
    void bot.stop().catch(() => undefined);
  }, WATCH_MS);
  try {
    await bot.start({
      timeout: holdSeconds,
      allowed_updates: [...KINDS],
      onStart: (me) => {
        onStart();
        onReady(me.username);
      },
    });
  } finally {
    clearInterval(watchdog);
  }
};

/** One answer may come from something on the way, or from a server that is being started: the token is asked about. */
const isRefusedIndeed = async (bot: Bot<Ctx>, signal: AbortSignal, error: unknown): Promise<boolean> => {
  if (!isRefusedToken(error)) return false;
  try {
    await bot.api.getMe(signal as Parameters<typeof bot.api.getMe>[0]);
    return false;
  } catch (answer) {
    return isRefusedToken(answer);
  }
};

/**
 * Goes on with what takes updates until the signal is aborted. Outages are waited out; only a refused token ends it.
 * @param stretch takes updates until that breaks off or is stopped; calls `onStart` when it has begun to
 * @throws GrammyError with code 401 or 404: Telegram does not know the token
 */
export const keepOn = async (
  bot: Bot<Ctx>,
  { signal, log }: Pick<KeepOnOptions, 'signal' | 'log'>,
  stretch: (onStart: () => void) => Promise<void>,
): Promise<void> => {
  /** In succession, without a start in between. */
  let breaks = 0;
  while (!signal.aborted) {
    try {
      await stretch(() => {
        breaks = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      if (await isRefusedIndeed(bot, signal, error)) throw error;
      const pauseMs = backoffMs(breaks, PAUSES);
      breaks += 1;
      log.warn({ err: error, pauseMs }, describe(error));
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
};

/**
 * Asks for updates until the signal is aborted. A webhook that was set before is taken away by grammY.
 * @throws GrammyError with code 401 or 404: Telegram does not know the token
 */
export const poll = async (bot: Bot<Ctx>, options: PollOptions): Promise<void> => {
  const { signal, log } = options;
  const stop = (): void => {
    void bot.stop().catch((error: unknown) => log.debug({ err: error }, 'The last poll did not end cleanly'));
  };
  signal.addEventListener('abort', stop, { once: true });
  bot.catch(({ error }) => log.error({ err: error }, 'An update was not handled to its end'));
  await keepOn(bot, options, (onStart) => pollOnce(bot, options, onStart));
};
