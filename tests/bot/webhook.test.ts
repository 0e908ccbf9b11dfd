import { Bot } from 'grammy';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ctx } from '../../src/bot/context.ts';
import { isRefusedToken } from '../../src/bot/updates/polling.ts';
import { createDeliveries, serveWebhook, webhookSecretOf } from '../../src/bot/updates/webhook.ts';
import { silentLog } from '../../src/lib/log.ts';
import { startBotApi } from '../../playground/telegram/bot-api.ts';
import { createTestClock } from '../helpers/clock.ts';

const ADDRESS = { url: 'https://bot.example.org/telegram', secret: 's3cret' };
const MINUTE = 60_000;
const FINE = 'It brings updates to the webhook.';

/** A bot with a webhook, before a Telegram that has no way to it. `look` has a minute go by. */
const begin = async () => {
  const telegram = await startBotApi();
  const bot = new Bot<Ctx>(telegram.token, { client: { apiRoot: telegram.apiRoot } });
  const stop = new AbortController();
  const ready = Promise.withResolvers<string>();
  const looks: { readonly pending_update_count: number }[] = [];
  /** Has what ends the pause. */
  let pausing = Promise.withResolvers<() => void>();
  const serving = serveWebhook(bot, {
    signal: stop.signal,
    log: silentLog,
    onReady: ready.resolve,
    register: () => Promise.resolve(),
    address: ADDRESS,
    deliveries: { looked: (info) => void looks.push(info) },
    pause: (_ms, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', reject, { once: true });
        pausing.resolve(resolve);
      }),
  });
  onTestFinished(async () => {
    stop.abort();
    await serving.catch(() => undefined);
    await telegram.close();
  });
  const counted = (method: string): number => telegram.calls.filter((call) => call.method === method).length;
  const look = async (): Promise<void> => {
    const goOn = await pausing.promise;
    pausing = Promise.withResolvers();
    goOn();
    await pausing.promise;
  };
  return { telegram, serving, ready: ready.promise, look, looks, counted, stop };
};

describe('a webhook', () => {
  it('is set with its secret and the kinds of updates that the bot reads, and stays when the bot ends', async () => {
    const { telegram, ready, stop, serving, counted } = await begin();
    expect(await ready).toBe('hubgram_bot');
    expect(telegram.calls.find(({ method }) => method === 'setWebhook')?.payload).toMatchObject({
      url: ADDRESS.url,
      secret_token: ADDRESS.secret,
      max_connections: 8,
    });
    const info = await (await fetch(`${telegram.apiRoot}/bot${telegram.token}/getWebhookInfo`)).json();
    expect(info).toMatchObject({
      result: {
        url: ADDRESS.url,
        allowed_updates: [
          'message',
          'edited_message',
          'callback_query',
          'inline_query',
          'my_chat_member',
          'stopped_message_generation',
        ],
      },
    });
    stop.abort();
    await serving;
    expect([counted('deleteWebhook'), counted('getUpdates')]).toEqual([0, 0]);
  });

  it('that another program has taken away is set again at the next look', async () => {
    const { telegram, ready, look, counted, looks } = await begin();
    await ready;
    await look();
    expect(counted('setWebhook')).toBe(1);
    await fetch(`${telegram.apiRoot}/bot${telegram.token}/deleteWebhook`);
    await look();
    expect(counted('setWebhook')).toBe(2);
    await look();
    expect(counted('setWebhook')).toBe(2);
    expect(looks).toMatchObject([0, 0, 0].map((pending) => ({ pending_update_count: pending })));
  });

  it('of a token that Telegram does not know any more ends the bot', async () => {
    const { telegram, ready, look, serving } = await begin();
    await ready;
    telegram.setFault({ method: '*', kind: '401', times: 9 });
    void look();
    expect(isRefusedToken(await serving.catch((error: unknown) => error))).toBe(true);
  });
});

describe('health with a webhook', () => {
  const open = () => {
    const clock = createTestClock();
    const deliveries = createDeliveries(clock, silentLog);
    const look = (pending: number, error?: string): void => {
      clock.pass(MINUTE);
      deliveries.looked({ pending_update_count: pending, ...(error !== undefined && { last_error_message: error }) });
    };
    return { clock, deliveries, look, telegram: () => deliveries.health().message };
  };

  it('is red when Telegram has had updates for two looks and cannot bring them, until it brings one', () => {
    const { deliveries, look, telegram } = open();
    look(1, 'Wrong response from the webhook: 502 Bad Gateway');
    expect(deliveries.health()).toEqual({ ok: true, message: FINE });
    look(2, 'Wrong response from the webhook: 502 Bad Gateway');
    expect(deliveries.health()).toEqual({
      ok: false,
      message:
        'It has updates and cannot bring them to the webhook: Wrong response from the webhook: 502 Bad Gateway. Is the proxy as docs/deploying.md says?',
    });
    deliveries.came();
    expect(telegram()).toBe(FINE);
    look(1, 'Wrong response from the webhook: 502 Bad Gateway');
    expect(telegram()).toBe(FINE);
  });

  it('tells whether updates get here, and not before it is known', () => {
    const { deliveries, look } = open();
    const arrivals = (): string => deliveries.arrivals().look;
    expect(arrivals()).toBe('unclear');
    look(1, 'Connection refused');
    expect(arrivals()).toBe('unclear');
    look(1, 'Connection refused');
    expect(deliveries.arrivals()).toEqual({ look: 'there', why: 'Connection refused' });
    deliveries.came();
    expect(arrivals()).toBe('well');
    look(1, 'Connection refused');
    expect(arrivals()).toBe('well');
    look(1, 'Connection refused');
    expect(arrivals()).toBe('unclear');
    look(0, 'Connection refused');
    expect(arrivals()).toBe('well');
  });

  it('is not red for an error that is over, for many updates that get through, or for none', () => {
    const { deliveries, look, telegram } = open();
    for (let minute = 0; minute < 5; minute += 1) {
      look(0, 'Connection refused');
      expect(telegram()).toBe(FINE);
    }
    for (let minute = 0; minute < 5; minute += 1) {
      deliveries.came();
      look(500, 'Connection refused');
      expect(telegram()).toBe(FINE);
    }
    look(1);
    look(1);
    expect(telegram()).toBe(FINE);
    look(1, 'Connection refused');
    look(0, 'Connection refused');
    look(1, 'Connection refused');
    expect(telegram()).toBe(FINE);
  });

  it('is red when Telegram has not been heard for three minutes, and not because the machine slept', () => {
    const { clock, deliveries, look, telegram } = open();
    clock.pass(3 * MINUTE - 1);
    expect(deliveries.health().ok).toBe(true);
    clock.pass(1);
    expect(deliveries.health()).toEqual({
      ok: false,
      message: 'Nothing has been heard of it for 3 min 00 s. Is the way to Telegram open? If it is, restart hubgram.',
    });
    deliveries.excuse();
    expect(telegram()).toBe(FINE);
    clock.pass(2 * MINUTE);
    deliveries.came();
    clock.pass(2 * MINUTE);
    expect(telegram()).toBe(FINE);
    look(0);
    clock.pass(2 * MINUTE);
    expect(telegram()).toBe(FINE);
  });
});

it('a secret that nobody gave is as Telegram takes it, the same for the same token only, and does not tell of it', () => {
  const token = '123456789:AAExampleExampleExampleExampleExample';
  expect(webhookSecretOf(token)).toMatch(/^[0-9a-f]{64}$/);
  expect(webhookSecretOf(token)).toBe(webhookSecretOf(token));
  expect(webhookSecretOf(`${token}x`)).not.toBe(webhookSecretOf(token));
});
