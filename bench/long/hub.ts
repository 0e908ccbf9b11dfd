/**
 * The bench's Hub of one dataset with very many tiny files, as a process of its own: so that its work is not counted. Argument:
 * how many. Prints its address when it listens; a SIGUSR1 moves the branch on to another commit, in which one file is new.
 */
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const COUNT = Number(process.argv[2]);
const PAGE = 1000;

let commit = 'c'.repeat(40);
process.on('SIGUSR1', () => {
  commit = 'd'.repeat(40);
});

/** The last file is another one at each commit. */
const contentOf = (at: number, of: string): string => (at === COUNT - 1 ? `last of ${of}` : `content of ${at}`);
const pathOf = (at: number): string => `data/part-${at % 100}/sample-${at}.json`;

const blobName = (content: string): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

const sendJson = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

const sendTree = (response: ServerResponse, url: URL, of: string): void => {
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const to = Math.min(COUNT, from + PAGE);
  const entries = Array.from({ length: to - from }, (_, index) => {
    const content = contentOf(from + index, of);
    return { type: 'file', path: pathOf(from + index), size: content.length, oid: blobName(content) };
  });
  url.searchParams.set('cursor', String(to));
  sendJson(response, entries, to < COUNT ? { link: `<${url.href}>; rel="next"` } : {});
};

const sendFile = (response: ServerResponse, path: string, of: string, isRange: boolean): void => {
  const content = contentOf(Number(/-(\d+)\.json$/.exec(path)?.[1]), of);
  response.writeHead(isRange ? 206 : 200, {
    'content-length': content.length,
    etag: `"${blobName(content)}"`,
    'x-repo-commit': of,
    ...(isRange ? { 'content-range': `bytes 0-${content.length - 1}/${content.length}` } : {}),
  });
  response.end(content);
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const [, what, of = '', path = ''] =
    /^\/(?:api\/)?datasets\/long\/list\/(revision|tree|resolve)\/([^/]+)\/?(.*)$/.exec(url.pathname) ?? [];
  if (what === 'revision')
    sendJson(response, {
      _id: 'long',
      id: 'long/list',
      sha: commit,
      tags: [],
      private: false,
      gated: false,
      downloads: 0,
      likes: 0,
      lastModified: '2026-01-01T00:00:00.000Z',
    });
  else if (what === 'tree') sendTree(response, url, of);
  else if (what === 'resolve') sendFile(response, path, of, request.headers.range !== undefined);
  else response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end('{}');
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
