/** A Hub of made-up lists: any `crowd/…` holds one file, and `big/<n>` holds n of them with long paths. A search finds three, whatever the words. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const COMMIT = 'c'.repeat(40);
const PAGE = 1000;

const entry = (at: number): object => ({
  type: 'file',
  oid: at.toString(16).padStart(40, '0'),
  size: 1000,
  path: `data/part-${at % 100}/${'long-name-'.repeat(8)}${at}.json`,
});

const countOf = (id: string): number => (id.startsWith('big/') ? Number(id.slice(4)) : 1);

const FOUND = ['crowd/one', 'crowd/two', 'crowd/three'].map((id) => ({ id, tags: [], downloads: 0 }));

const answer = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

export const startCrowdHub = async (): Promise<{ readonly url: string; readonly close: () => void }> => {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, id = '', what] = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\//.exec(url.pathname) ?? [];
    if (what === 'revision') {
      answer(response, {
        _id: id,
        id,
        sha: COMMIT,
        private: false,
        gated: false,
        disabled: false,
        tags: [],
        downloads: 0,
        likes: 0,
        lastModified: '2026-01-01T00:00:00.000Z',
      });
      return;
    }
    if (url.pathname === '/api/models') {
      answer(response, FOUND);
      return;
    }
    if (what !== 'tree') {
      response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end('{"error":"Repository not found"}');
      return;
    }
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const to = Math.min(countOf(id), from + PAGE);
    const next = new URL(url);
    next.host = request.headers.host ?? '';
    next.searchParams.set('cursor', String(to));
    const entries = Array.from({ length: to - from }, (_, at) => entry(from + at));
    answer(response, entries, to < countOf(id) ? { link: `<${next.href}>; rel="next"` } : {});
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
