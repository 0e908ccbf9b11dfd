import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A file as a server of the web has it; what is left out it does not say, or does as most do. */
export interface ServedFile {
  readonly body: Buffer;
  readonly etag?: string;
  readonly type?: string;
  readonly disposition?: string;
  /** Sends the whole whatever is asked for. */
  readonly withoutRanges?: boolean;
  /** Does not say how long it is. */
  readonly withoutLength?: boolean;
  /** Breaks the connection after so many bytes of an answer. */
  readonly breaksAfter?: number;
  /** Where it sends on to instead. */
  readonly location?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** So many bytes of an answer of more than one are sent, and the rest when this resolves. */
  readonly hold?: { readonly after: number; readonly until: Promise<unknown> };
}

/** A server on 127.0.0.1 with files that a test may change while they are fetched. */
export interface WebServer {
  readonly origin: string;
  /** By their paths, with what stands behind the question mark left out. */
  readonly files: Map<string, ServedFile>;
  /** The paths that were asked for, with their ranges. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

/** What of a file is asked for; all of it where the server sends no ranges. */
const rangeOf = (
  { body, withoutRanges }: ServedFile,
  { headers }: IncomingMessage,
): readonly [number, number] | undefined => {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  if (first === undefined || withoutRanges === true || Number(first) >= body.length) return undefined;
  return [Number(first), Math.min(body.length - 1, Number(last))];
};

const headOf = (file: ServedFile, length: number): Record<string, string | number> => ({
  'content-type': file.type ?? 'application/octet-stream',
  ...(file.withoutLength === true ? {} : { 'content-length': length }),
  ...(file.etag === undefined ? {} : { etag: file.etag }),
  ...(file.disposition === undefined ? {} : { 'content-disposition': file.disposition }),
});

const send = async (file: ServedFile, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { body, hold, breaksAfter } = file;
  const range = rangeOf(file, request);
  const part = range ? body.subarray(range[0], range[1] + 1) : body;
  response.writeHead(range ? 206 : 200, {
    ...headOf(file, part.length),
    ...(range ? { 'content-range': `bytes ${range[0]}-${range[1]}/${body.length}` } : {}),
    ...file.headers,
  });
  if (breaksAfter !== undefined && part.length > 1) {
    response.write(part.subarray(0, breaksAfter), () => response.destroy());
  } else if (hold && part.length > hold.after) {
    response.write(part.subarray(0, hold.after));
    await hold.until;
    response.end(part.subarray(hold.after));
  } else response.end(part);
};

/** @param tls key and certificate: it speaks https then */
export const startWebServer = async (tls?: Buffer): Promise<WebServer> => {
  const files = new Map<string, ServedFile>();
  const asked: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(`${request.url} ${request.headers.range ?? ''}`.trim());
    const file = files.get(path);
    if (!file) response.writeHead(404, { 'content-length': 0 }).end();
    else if (file.location !== undefined)
      response.writeHead(302, { location: file.location, 'content-length': 0, ...file.headers }).end();
    else if (file.status !== undefined) response.writeHead(file.status, { 'content-length': 0, ...file.headers }).end();
    else void send(file, request, response);
  };
  const server = tls ? createTls({ key: tls, cert: tls }, answer) : createPlain(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
