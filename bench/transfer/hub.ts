// The bench's Hub: a process of its own. Arguments: the scenario's name; a folder with key.pem and cert.pem for TLS.
// Prints one line of JSON when it listens. Bytes come from one repeating buffer, so that it is not what limits a peer.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { benchFile, type BenchFile } from './content.ts';
import { SCENARIOS } from './scenarios.ts';

const ID = 'bench/model';
const COMMIT = 'b'.repeat(40);
const PAGE = 1000;
const TICK_MS = 5;
/** A connection that was not taken from may be given so much at once, in milliseconds of its rate. */
const CREDIT_MS = 50;

const [name = '', folder = ''] = process.argv.slice(2);
const scenario = SCENARIOS.find((one) => one.name === name);
if (!scenario) throw new Error(`no scenario ${name}`);
const { throttle, latencyMs, tls } = scenario;
const files = scenario.files().map((file) => benchFile(file.path, file.size, file.isLfs));
const byPath = new Map(files.map((file) => [file.path, file]));
const byTag = new Map(files.map((file) => [file.etag, file]));

/** Throttled answers on their way: one clock for all of them. */
const flowing = new Set<() => void>();
if (throttle > 0) setInterval(() => flowing.forEach((flow) => flow()), TICK_MS);

const sendBody = (file: BenchFile, start: number, end: number, response: ServerResponse): void => {
  let at = start;
  let credit = 0;
  let since = performance.now();
  let isFull = false;
  const flow = (): void => {
    const now = performance.now();
    credit = throttle === 0 ? Infinity : Math.min(credit + (now - since) * throttle, CREDIT_MS * throttle);
    since = now;
    while (!isFull && at < end && credit >= 1000) {
      const piece = file.piece(at, Math.min(end, at + Math.floor(credit / 1000)));
      at += piece.length;
      credit -= piece.length * 1000;
      isFull = !response.write(piece);
    }
    if (at < end) return;
    flowing.delete(flow);
    response.end();
  };
  response.on('drain', () => {
    isFull = false;
    if (throttle === 0) flow();
  });
  response.on('close', () => flowing.delete(flow));
  if (throttle > 0) flowing.add(flow);
  flow();
};

const sendFile = (file: BenchFile, request: IncomingMessage, response: ServerResponse, tag: string): void => {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const end = to ? Math.min(file.size, Number(to) + 1) : file.size;
  response.writeHead(from === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-length': end - start,
    etag: `"${tag}"`,
    'x-repo-commit': COMMIT,
    ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }),
  });
  if (request.method === 'HEAD') response.end();
  else sendBody(file, start, end, response);
};

const sendJson = (response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};

const entryOf = ({ path, size, etag, isLfs }: BenchFile) => ({
  type: 'file',
  path,
  size,
  oid: isLfs ? COMMIT : etag,
  ...(isLfs ? { lfs: { oid: etag, size, pointerSize: 134 } } : {}),
  lastCommit: { id: COMMIT, title: 'all', date: '2026-01-01T00:00:00.000Z' },
});

const redirect = (
  response: ServerResponse,
  status: number,
  location: string,
  headers: Record<string, string>,
): void => {
  const text = `Redirecting to ${location}`;
  response.writeHead(status, { location, 'content-length': text.length, 'x-repo-commit': COMMIT, ...headers });
  response.end(text);
};

const sendPathsInfo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const { paths } = JSON.parse(text) as { paths: string[] };
  sendJson(response, paths.flatMap((path) => byPath.get(path) ?? []).map(entryOf));
};

const originOf = (server: Server): string =>
  `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;

const routes: readonly (readonly [RegExp, (match: RegExpExecArray, ...http: Parameters<RequestListener>) => void])[] = [
  [
    /^\/api\/models\/bench\/model\/revision\//,
    (_, __, response) =>
      sendJson(response, {
        _id: 'bench',
        id: ID,
        sha: COMMIT,
        private: false,
        gated: false,
        downloads: 0,
        likes: 0,
        lastModified: '2026-01-01T00:00:00.000Z',
        tags: [],
      }),
  ],
  [
    /^\/api\/models\/bench\/model\/tree\/[^?]*\?(.*)$/,
    ([, query = ''], request, response) => {
      const from = Number(new URLSearchParams(query).get('cursor') ?? 0);
      const next = `${originOf(hub)}${request.url?.replace(/&cursor=\d+/, '')}&cursor=${from + PAGE}`;
      const link: Record<string, string> = from + PAGE < files.length ? { link: `<${next}>; rel="next"` } : {};
      sendJson(response, files.slice(from, from + PAGE).map(entryOf), link);
    },
  ],
  [/^\/api\/models\/bench\/model\/paths-info\//, (_, request, response) => void sendPathsInfo(request, response)],
  [
    /^\/bench\/model\/resolve\/[^/]*\/(.*)$/,
    ([, path = ''], _, response) => {
      const file = byPath.get(decodeURIComponent(path));
      if (!file) response.writeHead(404).end();
      else if (file.isLfs) {
        const headers = { 'x-linked-etag': `"${file.etag}"`, 'x-linked-size': String(file.size) };
        redirect(response, 302, `${originOf(cdn)}/${file.etag}`, headers);
      } else {
        const target = `/api/resolve-cache/models/${ID}/${COMMIT}/${path}`;
        redirect(response, 307, target, { 'x-linked-etag': `"${file.etag}"` });
      }
    },
  ],
  [
    /^\/api\/resolve-cache\/models\/bench\/model\/[^/]*\/(.*)$/,
    ([, path = ''], request, response) => {
      const file = byPath.get(decodeURIComponent(path));
      if (file) sendFile(file, request, response, file.etag);
      else response.writeHead(404).end();
    },
  ],
];

const late =
  (answer: RequestListener): RequestListener =>
  (request, response) =>
    latencyMs === 0 ? answer(request, response) : void setTimeout(() => answer(request, response), latencyMs);

const serve = (answer: RequestListener): Server => {
  const server = tls
    ? createTlsServer(
        { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) },
        late(answer),
      )
    : createServer({ highWaterMark: 2 ** 20 }, late(answer));
  server.keepAliveTimeout = 60_000;
  return server.listen(0, '127.0.0.1');
};

const hub = serve((request, response) => {
  for (const [pattern, answer] of routes) {
    const match = pattern.exec(request.url ?? '');
    if (match) return answer(match, request, response);
  }
  response.writeHead(404).end();
});
const cdn = serve((request, response) => {
  const file = byTag.get((request.url ?? '').slice(1));
  // The CDN's own ETag is not the file's hash, as with the real one.
  if (file) sendFile(file, request, response, file.etag.slice(0, 32));
  else response.writeHead(404).end();
});

await Promise.all([hub, cdn].map((server) => new Promise((resolve) => server.on('listening', resolve))));
const listing = files.map(({ path, size, etag, isLfs }) => ({ path, size, etag, isLfs }));
console.log(JSON.stringify({ endpoint: originOf(hub), commit: COMMIT, id: ID, files: listing }));
// Whoever started it is gone: then so is this.
process.stdin.on('end', () => process.exit()).resume();
