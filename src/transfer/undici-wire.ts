import type { Agent } from 'undici';
import type { Wire } from './wire.ts';

export interface UndiciOptions {
  readonly connections: number;
  readonly timeoutMs: number;
}

/** undici: for every answer that is not plain. Loaded when first needed, which most runs never do. */
export const createUndiciWire = ({ connections, timeoutMs }: UndiciOptions): Wire => {
  let agent: Promise<Agent> | undefined;
  const load = async (): Promise<Agent> => {
    const undici = await import('undici');
    return new undici.Agent({
      connections,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: timeoutMs },
    });
  };
  return {
    get: async (url, headers, signal) => {
      agent ??= load();
      const { origin, pathname, search } = url;
      const response = await (await agent).request({ origin, path: pathname + search, method: 'GET', signal, headers });
      const { body } = response;
      return {
        status: response.statusCode,
        header: (name) => {
          const value = response.headers[name];
          return Array.isArray(value) ? value[0] : value;
        },
        body,
        discard: () => {
          // What is not wanted of the body must not block the connection; destroying a body that ended does nothing.
          body.on('error', () => undefined);
          if (!body.readableEnded) body.destroy();
        },
      };
    },
    close: async () => {
      await (await agent)?.destroy();
    },
  };
};
