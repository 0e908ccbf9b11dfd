import { createHmac } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import type { Bot } from 'grammy';
import type { WebhookInfo } from 'grammy/types';
import type { Arrivals } from '../../library/watching/watch.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { redact } from '../../lib/text/redact.ts';
import type { Ctx } from '../context.ts';
import type { Sleep } from './inbox/busy.ts';
import { keepOn, type KeepOnOptions } from './polling.ts';
import { KINDS } from './shape.ts';

/** Where Telegram is to bring updates, and what it shows to be known by. */
export interface WebhookAddress {
  readonly url: string;
  readonly secret: string;
}

/**
 * The secret if nobody gave one: the same at each start, so that nothing Telegram brings meanwhile is refused, and nothing that tells
 * of the token.
 */
export const webhookSecretOf = (botToken: string): string =>
  createHmac('sha256', botToken).update('hubgram: secret of the webhook').digest('hex');

/** Telegram brings updates of one chat one after the other, and so many chats' at once. */
const CONNECTIONS = 8;
/** How often Telegram is asked whether what it has reaches us. */
const LOOK_MS = 60_000;
/** Nothing heard of Telegram for so long, with an answer that takes its time among it. */
const SILENT_MS = 180_000;
/** Looks in succession that found updates which do not get through: after an outage Telegram's next try may be two minutes away. */
const STUCK_LOOKS = 2;

interface Health {
  readonly ok: boolean;
  readonly message: string;
}

/** What is known of how updates reach us. */
export interface Deliveries {
  /** Telegram has brought something. */
  readonly came: () => void;
  /** Telegram has said how it stands. */
  readonly looked: (info: Pick<WebhookInfo, 'pending_update_count' | 'last_error_message'>) => void;
  /** Counts as if Telegram had been heard: while the machine slept nobody could be. */
  readonly excuse: () => void;
  readonly health: () => Health;
  /** Whether updates get here; `unclear` before there was one, or none that waited. */
  readonly arrivals: () => Arrivals;
}

/** @returns what is told of each delivery and each look, and says how it stands; nothing is wrong at the start */
export const createDeliveries = (clock: Pick<Clock, 'monotonic'>, log: Log): Deliveries => {
  let heardAt = clock.monotonic();
  let count = 0;
  let countAtLook = 0;
  /** In succession. */
  let stuckLooks = 0;
  let trouble = '';
  /** Of the last look, or of what came since. */
  let isClear = false;
  const heard = (): void => {
    heardAt = clock.monotonic();
  };
  const isStuck = (): boolean => stuckLooks >= STUCK_LOOKS && count === countAtLook;
  return {
    came: () => {
      if (isStuck()) log.info({}, 'Telegram reaches the webhook again');
      count += 1;
      isClear = true;
      heard();
    },
    looked: ({ pending_update_count: pending, last_error_message: message }) => {
      heard();
      // Telegram goes on telling of an error that is over.
      const isInTrouble = pending > 0 && message !== undefined && count === countAtLook;
      stuckLooks = isInTrouble ? stuckLooks + 1 : 0;
      isClear = pending === 0 || count !== countAtLook;
      countAtLook = count;
      if (!isInTrouble) return;
      trouble = redact(message);
      log.warn({ pending, trouble }, 'Telegram has updates and cannot bring them to the webhook');
    },
    excuse: heard,
    arrivals: () => ({ look: isStuck() ? 'there' : isClear ? 'well' : 'unclear', why: trouble }),
    health: () => {
      const silentMs = clock.monotonic() - heardAt;
      if (silentMs >= SILENT_MS) {
        const silence = `Nothing has been heard of it for ${formatDuration(silentMs)}.`;
        return { ok: false, message: `${silence} Is the way to Telegram open? If it is, restart hubgram.` };
      }
      if (isStuck()) {
        const message = `It has updates and cannot bring them to the webhook: ${trouble}. Is the proxy as docs/deploying.md says?`;
        return { ok: false, message };
      }
      return { ok: true, message: 'It brings updates to the webhook.' };
    },
  };
};

export interface WebhookOptions extends KeepOnOptions {
  readonly address: WebhookAddress;
  readonly deliveries: Pick<Deliveries, 'looked'>;
  /** How looks lie apart; really so, unless told. */
  readonly pause?: Sleep;
}

const passIndeed: Sleep = (ms, signal) => pass(ms, undefined, { signal });

const setWebhook = async (bot: Bot<Ctx>, { address, signal }: WebhookOptions): Promise<void> => {
  await bot.api.setWebhook(
    address.url,
    { secret_token: address.secret, allowed_updates: [...KINDS], max_connections: CONNECTIONS },
    signal as Parameters<typeof bot.api.getMe>[0],
  );
};

/** One stretch, until something breaks off or it is stopped. */
const serveOnce = async (bot: Bot<Ctx>, options: WebhookOptions, onStart: () => void): Promise<void> => {
  const { signal, log, onReady, register, deliveries, address, pause = passIndeed } = options;
  const heard = signal as Parameters<typeof bot.api.getMe>[0];
  bot.botInfo = await bot.api.getMe(heard);
  await register();
  await setWebhook(bot, options);
  onStart();
  onReady(bot.botInfo.username);
  for (;;) {
    await pause(LOOK_MS, signal);
    const info = await bot.api.getWebhookInfo(heard);
    deliveries.looked(info);
    if (info.url === address.url) continue;
    log.warn({}, 'Another program with this bot token has taken the webhook away. Only one may: stop the other one.');
    await setWebhook(bot, options);
  }
};

/**
 * Has Telegram bring updates until the signal is aborted, and looks whether they get through. Outages are waited out; only a refused
 * token ends it. The webhook stays where it is: what comes meanwhile Telegram keeps, for a day.
 * @throws GrammyError with code 401 or 404: Telegram does not know the token
 */
export const serveWebhook = (bot: Bot<Ctx>, options: WebhookOptions): Promise<void> =>
  keepOn(bot, options, (onStart) => serveOnce(bot, options, onStart));
