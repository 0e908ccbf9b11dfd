import type { WallClock } from '../../../src/lib/clock.ts';
import { badRequest } from '../api-error.ts';
import type { Updates } from './updates.ts';

/** Bot API, setWebhook: the ports Telegram calls. */
const PORTS = new Set(['443', '80', '88', '8443']);
const TRY_AGAIN_MS = 1000;
const TIMEOUT_MS = 60_000;

interface WebhookSettings {
  readonly url: string;
  readonly secret: string;
  readonly maxConnections: number;
}

export interface Webhook {
  /** Empty if there is none. */
  readonly url: () => string;
  /** @throws ApiError 400 for an address or secret Telegram refuses */
  readonly set: (settings: WebhookSettings) => void;
  readonly remove: () => void;
  /** What getWebhookInfo answers. */
  readonly info: () => object;
}

const isLoopback = (host: string): boolean => host === '127.0.0.1' || host === 'localhost';

const check = ({ url, secret }: WebhookSettings): void => {
  if (secret.length > 256) throw badRequest('secret token is too long');
  if (!/^[\w-]*$/.test(secret)) throw badRequest('secret token contains unallowed characters');
  if (!URL.canParse(url)) throw badRequest('invalid webhook URL specified');
  const { protocol, hostname, port } = new URL(url);
  // Tests have neither a certificate nor port 443; a Bot API server of one's own allows this as well.
  if (isLoopback(hostname)) return;
  if (protocol !== 'https:') throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
  if (!PORTS.has(port || '443'))
    throw badRequest('bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443');
};

/** @returns what went wrong, or undefined */
const deliver = async (target: WebhookSettings, body: string, signal: AbortSignal): Promise<string | undefined> => {
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(target.secret && { 'x-telegram-bot-api-secret-token': target.secret }),
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    return response.ok ? undefined : `Wrong response from the webhook: ${response.status} ${response.statusText}`;
  } catch {
    return 'Connection refused';
  }
};

/**
 * Delivers updates by POST, one after another; what is not answered with 2xx comes again after a second.
 * @param signal ends the deliveries
 */
export const createWebhook = (updates: Updates, clock: WallClock, signal: AbortSignal): Webhook => {
  let settings: WebhookSettings | undefined;
  let lastError: { at: number; message: string } | undefined;
  let delivering = false;
  let retry: NodeJS.Timeout | undefined;

  const run = async (): Promise<void> => {
    if (delivering) return;
    delivering = true;
    for (;;) {
      const [update] = updates.take(1);
      const target = settings;
      if (!target || !update || signal.aborted) break;
      const trouble = await deliver(target, JSON.stringify(update), signal);
      if (trouble === undefined) updates.confirm(update.update_id);
      else {
        lastError = { at: clock.now(), message: trouble };
        retry = setTimeout(() => void run(), TRY_AGAIN_MS);
        break;
      }
    }
    delivering = false;
  };

  const remove = (): void => {
    settings = undefined;
    lastError = undefined;
    clearTimeout(retry);
    updates.onAdd(undefined);
  };
  signal.addEventListener('abort', remove);

  return {
    url: () => settings?.url ?? '',
    set: (wanted) => {
      check(wanted);
      remove();
      settings = wanted;
      updates.onAdd(() => void run());
      void run();
    },
    remove,
    info: () => ({
      url: settings?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: updates.size(),
      ...(lastError && { last_error_date: Math.floor(lastError.at / 1000), last_error_message: lastError.message }),
      ...(settings && { max_connections: settings.maxConnections }),
      ...(updates.allowed().length > 0 && { allowed_updates: updates.allowed() }),
    }),
  };
};
