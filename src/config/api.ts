import { parseNetwork } from '../lib/net/addresses.ts';
import { HTTP_SETTINGS } from './http-settings.ts';
import type { Values } from './settings.ts';
import type { Reader } from './sources.ts';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (host.startsWith('127.') && parseNetwork(host) !== undefined);

/** Whether what was said of the jobs over HTTP fits together; each thing that does not is a mistake. */
export const checkApi = (
  { apiPort, apiHost, apiToken }: Pick<Values, 'apiPort' | 'apiHost' | 'apiToken'>,
  { mistake, warn }: Pick<Reader, 'mistake' | 'warn'>,
): void => {
  const { apiPort: port, apiToken: token, apiHost: host } = HTTP_SETTINGS;
  if (apiPort === undefined) {
    if (apiToken !== undefined)
      warn(`${token.name} is set, and ${port.name} is not: nothing listens for the jobs of an inference server.`);
    return;
  }
  if (apiToken === undefined)
    mistake(
      `${port.name} needs ${token.name}, which whoever asks has to show. Expected: ${token.expected}. Example: ${token.example}`,
    );
  if (!isLoopback(apiHost))
    warn(`${host.name} is ${apiHost}: other machines reach the jobs, and the token travels there unencrypted.`);
};
