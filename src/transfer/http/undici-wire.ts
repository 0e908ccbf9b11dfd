import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import type { Proxies } from '../../lib/net/proxies.ts';
import { READ_AWAY, type Wire } from './wire.ts';

export interface UndiciOptions {
  /** Finds the addresses of names that are reached directly. */
  readonly lookup: LookupFunction;
  readonly connections: number;
  /** Asked for each request; connecting takes what it was at the first one. */
  readonly timeoutMs: () => number;
  readonly proxies?: Proxies | undefined;
}

/** undici: for every answer that is not plain. Loaded when first needed, which most runs never do. */
export const createUndiciWire = ({ lookup, connections, timeoutMs, proxies }: UndiciOptions): Wire => {
  let agent: Promise<Dispatcher> | undefined;
  const load = async (): Promise<Dispatcher> => {
    const undici = await import('undici');
    const options = {
      connections,
      pipelining: 1,
      connect: { timeout: timeoutMs(), lookup },
    };
    if (!proxies) return new undici.Agent(options);
    // An empty text where there is none: otherwise undici would look into the environment itself.
    const { http_proxy: httpProxy = '', https_proxy: httpsProxy = '', no_proxy: noProxy } = proxies;
    return new undici.EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy });
  };
  return {
    get: async (url, headers, signal) => {
      agent ??= load();
      const { origin, pathname, search } = url;
      const timeouts = { headersTimeout: timeoutMs(), bodyTimeout: timeoutMs() };
      const path = pathname + search;
      const response = await (await agent).request({ origin, path, method: 'GET', signal, headers, ...timeouts });
      const { body } = response;
      return {
        status: response.statusCode,
        header: (name) => {
          const value = response.headers[name];
          return Array.isArray(value) ? value[0] : value;
        },
        body,
        discard: () => {
          if (!body.readableEnded) body.dump({ limit: READ_AWAY }).catch(() => undefined);
        },
      };
    },
    close: async () => {
      await (await agent)?.destroy();
    },
  };
};
