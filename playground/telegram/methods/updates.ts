import { ApiError } from '../api-error.ts';
import type { Call, Described, Methods } from './method.ts';

const MAX_TIMEOUT_SECONDS = 50;

/** Sets the wanted kinds if the call names any; they stay until the next one does. */
const applyAllowed = ({ args, updates }: Call): void => {
  const kinds = args.json('allowed_updates');
  if (Array.isArray(kinds)) updates.allow(kinds.map((kind) => String(kind).toLowerCase()));
};

const getUpdates = async (call: Call): Promise<unknown> => {
  const { args, updates, signal, webhook } = call;
  if (webhook.url() !== '')
    throw new ApiError(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  applyAllowed(call);
  const limit = args.int('limit') ?? 100;
  return updates.poll({
    offset: args.int('offset') ?? 0,
    limit: Math.min(Math.max(limit, 1), 100),
    timeoutMs: Math.min(Math.max(args.int('timeout') ?? 0, 0), MAX_TIMEOUT_SECONDS) * 1000,
    signal,
  });
};

const deleteWebhook = ({ args, updates, webhook }: Call): Described => {
  if (args.flag('drop_pending_updates')) updates.drop();
  const had = webhook.url() !== '';
  webhook.remove();
  return { result: true, description: had ? 'Webhook was deleted' : 'Webhook is already deleted' };
};

const setWebhook = (call: Call): Described => {
  const { args, updates, webhook } = call;
  const url = args.text('url') ?? '';
  if (url === '') return deleteWebhook(call);
  if (args.flag('drop_pending_updates')) updates.drop();
  const maxConnections = Math.min(Math.max(args.int('max_connections') ?? 40, 1), 100);
  const isNew = webhook.set({ url, secret: args.text('secret_token') ?? '', maxConnections });
  updates.endPoll(new ApiError(409, 'Conflict: terminated by setWebhook request'));
  applyAllowed(call);
  return { result: true, description: isNew ? 'Webhook was set' : 'Webhook is already set' };
};

const getWebhookInfo = ({ webhook }: Call): unknown => webhook.info();

export const updateMethods: Methods = { getUpdates, setWebhook, deleteWebhook, getWebhookInfo };
