import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Log } from '../src/lib/log.ts';
import { openPageFiles } from './page-files.ts';
import type { About } from './telegram/page-wire.ts';
import { isLoopback } from './web-pages.ts';

interface PageServerOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly about: About;
  /** The stand-in's part of the interface; false if the path is none of its. */
  readonly handleSim: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  readonly log: Log;
}

interface PageServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const PAGE = join(import.meta.dirname, 'page');

/**
 * Nothing inline, nothing from elsewhere, and no string can become markup (`require-trusted-types-for` without a policy): foreign
 * text in a message stays text even if the page had a mistake.
 */
const SECURITY = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

interface Answer {
  readonly type: string;
  readonly body: string | Buffer;
  /** `Cache-Control` */
  readonly caching?: string;
}

const answer = (response: ServerResponse, status: number, { type, body, caching = 'no-cache' }: Answer): void => {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': caching,
  });
  response.end(body);
};

const say = (response: ServerResponse, status: number, body: string): void =>
  answer(response, status, { type: 'text/plain', body });

const explain = (error: NodeJS.ErrnoException, port: number): Error => {
  if (error.code === 'EADDRINUSE')
    return new Error(
      `Port ${port} of 127.0.0.1 is taken, so the playground's page cannot be shown there. ` +
        'Stop what uses it, or set HUBGRAM_PLAYGROUND_PORT to a free port (0 takes any).',
      { cause: error },
    );
  if (error.code === 'EACCES')
    return new Error(
      `Port ${port} may not be used without more rights. Set HUBGRAM_PLAYGROUND_PORT to 1024 or above.`,
      {
        cause: error,
      },
    );
  return error;
};

/**
 * Serves the chat page and the stand-in's `/sim/` interface on 127.0.0.1.
 * @throws Error with a sentence for people if the port is taken
 */
export const startPageServer = async ({ port, about, handleSim, log }: PageServerOptions): Promise<PageServer> => {
  const files = await openPageFiles(PAGE);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(SECURITY)) response.setHeader(name, value);
    if (!isLoopback(request.headers.host)) return say(response, 421, 'This page is for 127.0.0.1 and localhost.');
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/sim/about')
      return answer(response, 200, { type: 'application/json', body: JSON.stringify(about) });
    if (pathname.startsWith('/sim/') && (await handleSim(request, response))) return undefined;
    const file = await files.find(pathname);
    if (file === undefined) return say(response, 404, 'There is nothing here.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'Only GET.');
    return answer(response, 200, file);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      log.error({ error, path: request.url }, 'The playground page failed to answer');
      if (response.headersSent) response.destroy();
      else say(response, 500, 'The playground failed. Its log says more.');
    });
  });
  // Event streams stay open for as long as the page does.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;

  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
