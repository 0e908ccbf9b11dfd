import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { redact } from '../../lib/text/redact.ts';
import { isPlayground } from '../folders.ts';
import { type Finding, fine, leftOut, warning, wrong } from './finding.ts';
import { ask } from './network.ts';

/** Bot API, WebhookInfo. */
const infoSchema = z.object({
  result: z.object({
    url: z.string(),
    pending_update_count: z.number(),
    last_error_message: z.string().optional(),
  }),
});

type Info = z.output<typeof infoSchema>['result'];

const ABOUT = 'Webhook';

/** The host alone: nobody has to know the path. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an address that is none');

const findingOf = (
  wanted: string | undefined,
  { url, pending_update_count: pending, last_error_message: error }: Info,
): Finding => {
  const soon =
    'hubgram changes that when it starts. Does it run already, another program has the same bot token: stop that one.';
  if (wanted === undefined)
    return url === ''
      ? leftOut(ABOUT, 'There is none: updates are polled.')
      : warning(ABOUT, `Telegram brings updates to ${hostOf(url)}, and HUBGRAM_WEBHOOK_URL is not set.`, soon);
  if (url === '') return warning(ABOUT, 'HUBGRAM_WEBHOOK_URL is set, and Telegram has not been told of it.', soon);
  if (url !== wanted)
    return warning(ABOUT, `Telegram brings updates to ${hostOf(url)}, and not to HUBGRAM_WEBHOOK_URL.`, soon);
  if (pending === 0 || error === undefined) return fine(ABOUT, `Telegram brings updates to ${hostOf(url)}.`);
  return wrong(
    ABOUT,
    `Telegram has updates (${pending}) that wait to be brought to ${hostOf(url)}. Its last error: ${redact(error)}`,
    'Does hubgram run, and does the proxy hand the path on to HUBGRAM_HTTP_PORT? docs/deploying.md has one for Caddy and one for nginx.',
  );
};

/** Whether Telegram has been told where to bring updates, and can. Whatever keeps it from answering is said of Telegram itself. */
export const webhookFinding = async (config: Config): Promise<Finding> => {
  const { botToken, telegramApiRoot: root, webhookUrl } = config;
  if (botToken === undefined || isPlayground(config)) return leftOut(ABOUT, 'The playground has none.');
  try {
    const answer = await ask(`${root}/bot${botToken}/getWebhookInfo`);
    const info = infoSchema.safeParse(await answer.json());
    if (info.success) return findingOf(webhookUrl, info.data.result);
  } catch {
    // Said of Telegram already.
  }
  return leftOut(ABOUT, 'Telegram did not say how it stands.');
};
