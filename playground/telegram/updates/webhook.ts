import type { WallClock } from '../../../src/lib/clock.ts';
import { badRequest } from '../api-error.ts';
import type { UpdateJson } from '../wire.ts';
import type { Updates } from './updates.ts';

/** Bot API, setWebhook: the ports Telegram calls. */
const PORTS = new Set(['443', '80', '88', '8443']);
/** Between tries, at most, and what a `Retry-After` may ask for (WebhookActor.cpp, `on_update_error`). */
const LONGEST_PAUSE_SECONDS = 60;
const LONGEST_RETRY_AFTER_SECONDS = 3600;
const TIMEOUT_MS = 60_000;

interface WebhookSettings {
  readonly url: string;
  readonly secret: string;
  readonly maxConnections: number;
}

export interface Webhook {
  /** Empty if there is none. */
  readonly url: () => string;
  /**
   * @returns false if it was set so already
   * @throws ApiError 400 for an address or secret Telegram refuses
   */
  readonly set: (settings: WebhookSettings) => boolean;
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

/** What went wrong, and when it may be tried again if the other side has said so. */
interface Trouble {
  readonly message: string;
  readonly retryAfterSeconds: number;
}

/** @returns undefined if it was taken */
const deliver = async (target: WebhookSettings, body: string, signal: AbortSignal): Promise<Trouble | undefined> => {
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(target.secret && { 'x-telegram-bot-api-secret-token': target.secret }),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    if (response.ok) return undefined;
    return {
      message: `Wrong response from the webhook: ${response.status} ${response.statusText}`,
      retryAfterSeconds: Math.min(Number(response.headers.get('retry-after')) || 0, LONGEST_RETRY_AFTER_SECONDS),
    };
  } catch {
    return { message: 'Connection refused', retryAfterSeconds: 0 };
  }
};

/** Those of one queue are delivered one after the other: messages of a chat, taps of a person, what a person types inline. */
const queueOf = (update: UpdateJson): string => {
  const [kind = '', body] = Object.entries(update).find(([name]) => name !== 'update_id') ?? [];
  const { chat, from } = Object(body) as {
    readonly chat?: { readonly id: number };
    readonly from?: { readonly id: number };
  };
  return chat ? `chat ${chat.id}` : `${kind} ${from?.id}`;
};

interface Queues {
  /** @returns whether it may be delivered to now */
  readonly isFree: (queue: string) => boolean;
  readonly begin: (queue: string) => void;
  readonly end: (queue: string, trouble: Trouble | undefined) => void;
  /** Being delivered to. */
  readonly busy: () => number;
  readonly close: () => void;
}

/** After the first failure it is tried again at once, then after 2, 4, 8 … seconds (WebhookActor.cpp, `on_update_error`). */
const createQueues = (onDue: () => void): Queues => {
  const busy = new Set<string>();
  const failures = new Map<string, number>();
  const pauses = new Map<string, NodeJS.Timeout>();
  return {
    isFree: (queue) => !busy.has(queue) && !pauses.has(queue),
    begin: (queue) => busy.add(queue),
    end: (queue, trouble) => {
      busy.delete(queue);
      if (!trouble) {
        failures.delete(queue);
        return;
      }
      const count = failures.get(queue) ?? 0;
      failures.set(queue, count + 1);
      const backOff = count === 0 ? 0 : Math.min(2 ** count, LONGEST_PAUSE_SECONDS);
      const due = (): void => {
        pauses.delete(queue);
        onDue();
      };
      pauses.set(queue, setTimeout(due, 1000 * (trouble.retryAfterSeconds || backOff)));
    },
    busy: () => busy.size,
    close: () => {
      for (const timer of pauses.values()) clearTimeout(timer);
    },
  };
};

const isSame = (one: WebhookSettings, other: WebhookSettings): boolean =>
  one.url === other.url && one.secret === other.secret && one.maxConnections === other.maxConnections;

/**
 * Delivers updates by POST, each queue's one after another, several queues' side by side; what is not answered with 2xx comes again.
 * @param signal ends the deliveries
 */
export const createWebhook = (updates: Updates, clock: WallClock, signal: AbortSignal): Webhook => {
  let settings: WebhookSettings | undefined;
  let lastError: { at: number; message: string } | undefined;
  let queues: Queues | undefined;

  const deliverOne = async (target: WebhookSettings, own: Queues, update: UpdateJson): Promise<void> => {
    const queue = queueOf(update);
    own.begin(queue);
    const trouble = await deliver(target, JSON.stringify(update), signal);
    // Set anew or taken away meanwhile: nobody knows any more what became of it.
    if (queues !== own) return;
    if (trouble) lastError = { at: clock.now(), message: trouble.message };
    own.end(queue, trouble);
    // Whoever waits for it is told, and that may take the webhook away.
    if (!trouble) updates.confirm(update.update_id);
    run();
  };

  const run = (): void => {
    const [target, own] = [settings, queues];
    if (!target || !own || signal.aborted) return;
    const seen = new Set<string>();
    for (const update of updates.take(Infinity)) {
      if (own.busy() >= target.maxConnections) return;
      const queue = queueOf(update);
      const isFirst = !seen.has(queue);
      seen.add(queue);
      if (isFirst && own.isFree(queue)) void deliverOne(target, own, update);
    }
  };

  const remove = (): void => {
    settings = undefined;
    lastError = undefined;
    queues?.close();
    queues = undefined;
    updates.onAdd(undefined);
  };
  signal.addEventListener('abort', remove);

  return {
    url: () => settings?.url ?? '',
    set: (wanted) => {
      check(wanted);
      if (settings && isSame(settings, wanted)) return false;
      remove();
      settings = wanted;
      queues = createQueues(run);
      updates.onAdd(run);
      run();
      return true;
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
