import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { freePort } from '../../helpers/free-port.ts';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface OddHub {
  readonly url: string;
  readonly host: string;
  /** Every request in order of arrival. */
  readonly seen: Seen[];
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** Answers by the request; may also use the response itself and return nothing. */
export type Script = (request: IncomingMessage, response: ServerResponse, url: URL) => Answer | undefined;

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A server on 127.0.0.1 that answers as a test wants it, closed after the test. */
export const startOddHub = async (script: Script): Promise<OddHub> => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    const answer = script(request, response, new URL(request.url ?? '/', 'http://localhost'));
    if (!answer) return;
    const { status = 200, headers = {}, body = '' } = answer;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
      ...headers,
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, seen };
};

/** A place where nobody listens. */
export const startClosedHub = async (): Promise<Pick<OddHub, 'url' | 'host'>> => {
  const host = `127.0.0.1:${await freePort()}`;
  return { url: `http://${host}`, host };
};

export const COMMIT = '607a30d783dfa663caf39e06633721c8d4cfcd7e';
export const SHA1 = '10c66461e4c109db5a2196bff4bb59be30396ed8';
export const SHA256 = '248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707';

/** The body of `/api/models/{id}/revision/{rev}?expand=…`. */
export const info = (rest: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  _id: '621ffdc036468d709f17434d',
  id: 'org/name',
  sha: COMMIT,
  private: false,
  gated: false,
  disabled: false,
  lastModified: '2024-02-19T10:57:45.000Z',
  pipeline_tag: 'text-generation',
  library_name: 'transformers',
  tags: ['safetensors', 'license:mit'],
  downloads: 1,
  likes: 2,
  ...rest,
});

export const regular = (path: string, size = 10): unknown => ({ type: 'file', oid: SHA1, size, path });
export const large = (path: string, size = 548105171): unknown => ({
  type: 'file',
  oid: '44b36d6e32d13c8fb28b0feab0ac8bfefa7efeda',
  size: 134,
  path,
  lfs: { oid: SHA256, size, pointerSize: 134 },
});

/** A repository with this information and this tree in one page. */
export const ordinary =
  (tree: unknown, about: unknown = info()): Script =>
  (_request, _response, url) =>
    url.pathname.includes('/tree/') ? { body: tree } : { body: about };
