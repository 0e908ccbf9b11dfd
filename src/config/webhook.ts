import { SETTINGS, type Values } from './settings.ts';
import type { Reader } from './sources.ts';

/** The ports that Telegram calls (Bot API, setWebhook). */
const PORTS = ['443', '80', '88', '8443'];

/** What is answered there besides. */
const TAKEN = ['/healthz', '/metrics'];

/**
 * Whether a webhook fits what else was said; each thing that does not is a mistake. Telegram itself calls four ports, by https
 * alone; a Bot API server of one's own, with `--local`, any port, and http as well.
 */
export const checkWebhook = (
  values: Pick<Values, 'webhookUrl' | 'webhookSecret' | 'httpPort' | 'telegramApiRoot'>,
  { mistake, warn }: Pick<Reader, 'mistake' | 'warn'>,
): void => {
  const { name, example } = SETTINGS.webhookUrl;
  if (values.webhookUrl === undefined) {
    if (values.webhookSecret !== undefined)
      warn(`${SETTINGS.webhookSecret.name} is set, and ${name} is not: there is no webhook, updates are polled.`);
    return;
  }
  const { protocol, port, pathname } = new URL(values.webhookUrl);
  const wrong = (what: string): void => mistake(`${name} ${what}. Example: ${example}`);
  if (values.httpPort === undefined) {
    const { name: portName, example: portExample } = SETTINGS.httpPort;
    mistake(`${name} needs ${portName}, the port on which hubgram listens for it. Example: ${portExample}`);
  }
  if (TAKEN.includes(pathname))
    wrong(`has the path ${pathname}, under which something else is answered. Expected: another`);
  if (values.telegramApiRoot !== SETTINGS.telegramApiRoot.fallback) return;
  if (protocol !== 'https:') wrong('begins with http. Expected: https, since Telegram calls nothing else');
  else if (!PORTS.includes(port || '443'))
    wrong(`has the port ${port}. Expected: one that Telegram calls: ${PORTS.join(', ')}`);
};
