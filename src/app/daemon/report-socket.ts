import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import type { Config } from '../../config/config.ts';
import { codeOf } from '../../lib/error-code.ts';
import type { Log } from '../../lib/log.ts';
import { createServer, request } from '../../lib/net/node-http.ts';
import type { Scope } from '../../lib/scope.ts';
import { foldersOf } from '../folders.ts';
import { type Report, reportSchema } from './report.ts';

/** The name of a socket has 108 bytes on Linux and 104 on macOS, with one for its end (unix(7), sys/un.h). */
const LONGEST = 103;

/** Where a running hubgram answers on this machine: beside its database, or on Windows where sockets have their names. */
const addressOf = (config: Config): string | undefined => {
  const { dataDir } = foldersOf(config);
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\hubgram-${createHash('sha256').update(dataDir.toLowerCase()).digest('hex').slice(0, 32)}`;
  }
  const path = join(dataDir, 'hubgram.sock');
  return Buffer.byteLength(path) > LONGEST ? undefined : path;
};

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });

interface Serving {
  readonly scope: Scope;
  readonly log: Log;
}

/**
 * Answers whoever may open the socket in the data folder with a report, until the scope closes. It takes nothing, and asks for no
 * port. Only for who holds the folder: what a killed one has left in its place is removed. Where the disk knows no sockets, or
 * the folder's name is too long for one, there is none: then only less can be told from outside.
 */
export const serveReport = async (
  config: Config,
  { scope, log }: Serving,
  report: () => Promise<Report>,
): Promise<void> => {
  const path = addressOf(config);
  if (path === undefined) {
    log.debug({ dataDir: foldersOf(config).dataDir }, 'The name of the data folder is too long for a socket in it');
    return;
  }
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, (_, response) => {
    report().then(
      (told) => response.setHeader('content-type', 'application/json').end(JSON.stringify(told)),
      (error: unknown) => {
        // The database may have closed: whoever asks hears less.
        log.debug({ err: error }, 'It could not be told how hubgram is');
        response.writeHead(503).end();
      },
    );
  });
  server.maxConnections = 16;
  try {
    if (process.platform !== 'win32') rmSync(path, { force: true });
    await listen(server, path);
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  } catch (error) {
    server.close();
    log.debug({ err: error }, 'There is no socket that tells how hubgram is');
    return;
  }
  server.on('error', (error) => log.warn({ err: error }, 'The socket that tells how hubgram is has trouble'));
  scope.defer(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
};

const get = (path: string, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, path: '/', signal }, (response) => {
      textOf(response).then(resolve, reject);
    });
    asked.on('error', reject).end();
  });

/** - `no socket`: it has none, or has only begun to start. - `no answer`: it has one, and nobody answers there in time. */
export type Asked = Report | 'no socket' | 'no answer';

/**
 * What the running hubgram tells of itself.
 * @param timeoutMs how long it may take: one whose event loop stands still never answers
 */
export const askReport = async (config: Config, timeoutMs: number): Promise<Asked> => {
  const path = addressOf(config);
  if (path === undefined) return 'no socket';
  try {
    return reportSchema.parse(JSON.parse(await get(path, AbortSignal.timeout(timeoutMs))));
  } catch (error) {
    // What an older one tells is not understood: all the same to who asks.
    // Refused: it is the socket of a killed one, and the next has only begun to start.
    return ['ENOENT', 'ENOTSOCK', 'ECONNREFUSED'].includes(codeOf(error)) ? 'no socket' : 'no answer';
  }
};
