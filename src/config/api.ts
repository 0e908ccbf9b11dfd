import { parseNetwork } from '../lib/net/addresses.ts';
import { HTTP_SETTINGS } from './http-settings.ts';
import type { Values } from './settings.ts';
import type { Reader } from './sources.ts';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (host.startsWith('127.') && parseNetwork(host) !== undefined);

/** All of the machine's. */
const WILDCARDS = ['0.0.0.0', '::'];

/** Two servers cannot listen there both. 0: each gets another one. */
const areOne = ({ httpPort, httpHost, apiPort, apiHost }: Listening): boolean =>
  apiPort !== 0 &&
  apiPort === httpPort &&
  (apiHost === httpHost || [apiHost, httpHost].some((one) => WILDCARDS.includes(one)));

type Listening = Pick<Values, 'httpPort' | 'httpHost' | 'apiPort' | 'apiHost'>;

/** Whether what was said of the jobs over HTTP fits together; each thing that does not is a mistake. */
export const checkApi = (
  { apiToken, ...listening }: Listening & Pick<Values, 'apiToken'>,
  { mistake, warn }: Pick<Reader, 'mistake' | 'warn'>,
): void => {
  const { apiPort, apiHost } = listening;
  const { apiPort: port, apiToken: token, apiHost: host, httpPort } = HTTP_SETTINGS;
  if (apiPort === undefined) {
    if (apiToken !== undefined)
      warn(`${token.name} is set, and ${port.name} is not: nothing listens for the jobs of an inference server.`);
    return;
  }
  if (apiToken === undefined)
    mistake(
      `${port.name} needs ${token.name}, which whoever asks has to show. Expected: ${token.expected}. Example: ${token.example}`,
    );
  if (areOne(listening))
    mistake(`${port.name} and ${httpPort.name} are both ${apiPort}. Expected: two ports. Example: ${port.example}`);
  if (!isLoopback(apiHost))
    warn(`${host.name} is ${apiHost}: other machines reach the jobs, and the token travels there unencrypted.`);
};
