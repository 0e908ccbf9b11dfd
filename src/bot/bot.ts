import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { autoRetry } from '@grammyjs/auto-retry';
import { type ApiClientOptions, Bot, Api, type Transformer } from 'grammy';
import type { Adding } from '../library/add.ts';
import type { Clock } from '../lib/clock.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Log } from '../lib/log.ts';
import type { Proxies } from '../lib/proxies.ts';
import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import { createAuthority, guard } from './access.ts';
import { addressed } from './addressed.ts';
import { addFeature } from './add/feature.ts';
import { startBoard } from './board/board.ts';
import type { BotDeps, Ctx } from './context.ts';
import { registerCommands, registerOwner } from './commands.ts';
import { dialogues, leaveDialogue } from './dialogues.ts';
import { fallback, helpFeature } from './help/feature.ts';
import { libraryFeature } from './library/feature.ts';
import { boundary, once } from './boundary.ts';
import { startOutbox } from './outbox/outbox.ts';
import { chatChanges, claimOwner, peopleFeature } from './people/feature.ts';
import { createPace } from './pace.ts';
import { isRefusedToken, poll } from './polling.ts';
import { secondTry } from './second-try.ts';
import { schedulesFeature } from './schedules/feature.ts';
import { queueFeature } from './queue/feature.ts';

export { isRefusedToken };

export interface BotOptions {
  readonly token: string;
  /** The Bot API server, without a slash at the end. */
  readonly apiRoot: string;
  readonly proxies?: Proxies | undefined;
}

export interface BotParts {
  readonly store: Store;
  readonly queue: Queue;
  readonly adding: Adding;
  readonly transfer: BotDeps['transfer'];
  readonly schedules: BotDeps['schedules'];
  readonly timezone: string;
  readonly defaultSchedule: BotDeps['defaultSchedule'];
  readonly hubHosts: readonly string[];
  readonly claim: BotDeps['claim'];
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningBot {
  /**
   * Takes updates until the signal is aborted.
   * @param onReady told the bot's user name once Telegram has accepted the token
   * @throws GrammyError with code 401 if the token is refused
   */
  readonly run: (signal: AbortSignal, onReady: (username: string) => void) => Promise<void>;
  /** Whether Telegram gives updates; a poll lasts half a minute at most. */
  readonly health: () => { readonly ok: boolean; readonly checks: Readonly<Record<string, string>> };
  /** Something has changed that cards or notices tell of. */
  readonly poke: () => void;
  /** Draws the cards once more and stops. */
  readonly close: () => Promise<void>;
}

/** What hangs when the program ends is broken off after this: twice so much, and saving what has come, fit into ten seconds. */
const HANGING_MS = 3000;

/** Longer than a poll of 30 s; grammY's own 500 s would leave the bot deaf that long on a dead connection. */
const CALL_TIMEOUT_SECONDS = 60;

/** Answers are tried again for a short while only: updates are handled one after the other, others wait meanwhile. */
const retryAnswers = autoRetry({ maxRetryAttempts: 3, maxDelaySeconds: 20 });

/** A bot without a completed poll for so long does not hear anybody. */
const DEAF_MS = 120_000;

const assemble = (bot: Bot<Ctx>, deps: BotDeps): void => {
  const authority = createAuthority(deps);
  const claim = claimOwner(deps, (ownerId) => registerOwner(bot.api, ownerId));
  bot.use(once(deps.store), boundary(deps.log), addressed, claim, chatChanges(deps), guard(deps));
  bot.use(dialogues(deps.store), leaveDialogue());
  bot.use(
    helpFeature(),
    addFeature(deps),
    queueFeature(deps, authority),
    libraryFeature(deps, authority),
    schedulesFeature(deps, authority),
    peopleFeature(deps),
    fallback(),
  );
};

/** Calls to Telegram that can be broken off, all together. */
const breakable = (): { readonly transformer: Transformer; readonly breakOffSoon: () => void } => {
  const end = new AbortController();
  const signal = end.signal as Parameters<Transformer>[3];
  return {
    transformer: (call, method, payload, own) => call(method, payload, own ?? signal),
    breakOffSoon: () => {
      setTimeout(() => end.abort(), HANGING_MS).unref();
    },
  };
};

/** grammY's own connections know no proxy. */
const through = ({ apiRoot, proxies }: BotOptions): Pick<ApiClientOptions, 'baseFetchConfig'> => {
  if (!proxies) return {};
  const options = { keepAlive: true, proxyEnv: { ...proxies } };
  return {
    baseFetchConfig: { agent: apiRoot.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options) },
  };
};

/** The bot with its board and outbox, ready to run. */
export const createBot = (options: BotOptions, parts: BotParts): RunningBot => {
  const client: ApiClientOptions = {
    apiRoot: options.apiRoot,
    timeoutSeconds: CALL_TIMEOUT_SECONDS,
    ...through(options),
  };
  const bot = new Bot<Ctx>(options.token, { client });
  const { clock } = parts;
  let polledAt = clock.monotonic();
  bot.api.config.use(async (call, method, payload, signal) => {
    if (method === 'getMe') return call(method, payload, signal);
    if (method !== 'getUpdates') return retryAnswers(call, method, payload, signal);
    const updates = await call(method, payload, signal);
    polledAt = clock.monotonic();
    return updates;
  });
  const answers = breakable();
  bot.api.config.use(answers.transformer);
  const pace = createPace();
  const countSecond = (chatId: number): void => pace.spend(chatId, 'answer', clock.monotonic());
  bot.api.config.use(secondTry(countSecond));
  bot.api.config.use((call, method, payload, signal) => {
    // Answers go out at once, but they count: cards and notices of that chat make room for them.
    if ('chat_id' in payload && /^(send|edit)/.test(method))
      pace.spend(Number(payload.chat_id), 'answer', clock.monotonic());
    return call(method, payload, signal);
  });
  const api = new Api(options.token, client);
  const drawings = breakable();
  api.config.use(drawings.transformer);
  api.config.use(secondTry(countSecond));
  const board = startBoard({ ...parts, api, pace });
  const outbox = startOutbox({ ...parts, api, pace });
  let isEnding = false;
  // What came together with the update under way is not confirmed to Telegram: it comes again after the next start.
  bot.use((_, next) => (isEnding ? undefined : next()));
  assemble(bot, { ...parts, board, outbox });
  return {
    run: (signal, onReady) => {
      const end = (): void => {
        isEnding = true;
        answers.breakOffSoon();
      };
      signal.addEventListener('abort', end, { once: true });
      return poll(bot, {
        signal,
        log: parts.log,
        clock,
        onReady,
        register: () => registerCommands(bot.api, parts.store),
        polledAt: () => polledAt,
      });
    },
    health: () => {
      const silentMs = clock.monotonic() - polledAt;
      const ok = silentMs < DEAF_MS;
      return { ok, checks: { telegram: ok ? 'polling' : `no completed poll for ${formatDuration(silentMs)}` } };
    },
    poke: () => {
      board.poke();
      outbox.poke();
    },
    close: async () => {
      drawings.breakOffSoon();
      await Promise.all([outbox.close(), board.close()]);
    },
  };
};
