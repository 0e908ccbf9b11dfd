import { describe, expect, test } from 'vitest';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { LocateRequest, Source } from '../../../src/sources/port.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { COMMIT, type OddHub, type Script, SHA1, SHA256, startOddHub } from './odd-hub.ts';

const TOKEN = 'hf_sample';
const never = new AbortController().signal;
const FILE: LocateRequest = { type: 'model', id: 'org/name', commit: COMMIT, path: 'model.safetensors' };
const SIGNED = 'http://127.0.0.1:1/xet-bridge/1/2?Expires=3&Signature=a%2Fb';

const hubAt = ({ url }: Pick<OddHub, 'url'>, token = TOKEN): Source =>
  createHub({ endpoint: url, token, userAgent: 'hubgram-test/1', clock: systemClock });

/** The first answer for a large file: a redirect to another host, with a little text of its own size and tag. */
const elsewhere = (location: string, changed: Readonly<Record<string, string | undefined>> = {}): Script => {
  const all = {
    location,
    etag: `"${SHA1}"`,
    'content-length': '994',
    'x-repo-commit': COMMIT,
    'x-linked-etag': `"${SHA256}"`,
    'x-linked-size': '548105171',
    ...changed,
  };
  const headers = Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return () => ({ status: 302, headers, body: `Found. Redirecting to ${location}` });
};

/** A regular file: a relative redirect to the cached copy. */
const cached = (): Script => () => ({
  status: 307,
  headers: {
    location: `/api/resolve-cache/models/org/name/${COMMIT}/config.json?etag=x`,
    'content-length': '18',
    'x-repo-commit': COMMIT,
    'x-linked-etag': `"${SHA1}"`,
  },
  body: 'Temporary Redirect',
});

describe('a file on another host', () => {
  test('is located by one request, and the token stays with the Hub', async () => {
    const other = await startOddHub(() => ({ body: 'bytes' }));
    const target = `${other.url}/xet-bridge/1/2?Expires=3&Signature=a%2Fb`;
    const server = await startOddHub(elsewhere(target));
    const location = await hubAt(server).locate(FILE, never);
    expect(location).toEqual({
      url: target,
      headers: {},
      etag: SHA256,
      size: 548105171,
      commit: COMMIT,
    });
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /org/name/resolve/${COMMIT}/model.safetensors`,
    ]);
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'user-agent': 'hubgram-test/1',
      'accept-encoding': 'identity',
    });
    expect(other.seen).toEqual([]);
    await fetch(location.url, { headers: location.headers });
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('is found through a rename, the token on every hop inside the Hub', async () => {
    const server = await startOddHub((...all) => {
      const url = all[2];
      if (url.pathname.startsWith('/gpt2/')) {
        return { status: 307, headers: { location: url.pathname.replace('/gpt2/', '/openai-community/gpt2/') } };
      }
      return elsewhere(SIGNED)(...all);
    });
    expect(await hubAt(server).locate({ ...FILE, id: 'gpt2' }, never)).toMatchObject({ url: SIGNED, etag: SHA256 });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
  });

  test.each([
    ['no hash', { 'x-linked-etag': undefined }],
    ['no size', { 'x-linked-size': undefined }],
    ['an empty size', { 'x-linked-size': '' }],
    ['a size that is no number', { 'x-linked-size': 'many' }],
    ['no commit', { 'x-repo-commit': undefined }],
  ])('is refused with %s, because its little text has other ones', async (_, headers) => {
    const server = await startOddHub(elsewhere(SIGNED, headers));
    await expect(hubAt(server).locate(FILE, never)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a file on the Hub itself', () => {
  test('is located at its cached copy, to be fetched with the token', async () => {
    const server = await startOddHub(cached());
    expect(await hubAt(server).locate({ ...FILE, path: 'config.json' }, never)).toEqual({
      url: `${server.url}/api/resolve-cache/models/org/name/${COMMIT}/config.json?etag=x`,
      headers: { authorization: `Bearer ${TOKEN}` },
      etag: SHA1,
      size: undefined,
      commit: COMMIT,
    });
    expect(server.seen.map(({ path }) => path)).toEqual([`/org/name/resolve/${COMMIT}/config.json`]);
  });

  test('is fetched without one where there is none', async () => {
    const server = await startOddHub(cached());
    expect(await hubAt(server, '').locate({ ...FILE, path: 'config.json' }, never)).toMatchObject({ headers: {} });
  });

  test('may be answered at once, with a weak tag', async () => {
    const server = await startOddHub((_request, response) => {
      response.writeHead(200, { etag: `W/"${SHA1}"`, 'content-length': '5', 'x-repo-commit': COMMIT });
      response.end('hello');
      return undefined;
    });
    expect(await hubAt(server).locate(FILE, never)).toMatchObject({ etag: SHA1, size: 5 });
  });
});

test('a path is encoded part by part', async () => {
  const server = await startOddHub(elsewhere(SIGNED));
  await hubAt(server).locate({ ...FILE, type: 'dataset', path: 'a b/c#d?e%.txt' }, never);
  expect(server.seen[0]?.path).toBe(`/datasets/org/name/resolve/${COMMIT}/a%20b/c%23d%3Fe%25.txt`);
});

test('another commit than asked for is a change', async () => {
  const server = await startOddHub(elsewhere(SIGNED, { 'x-repo-commit': 'f'.repeat(40) }));
  await expect(hubAt(server).locate(FILE, never)).rejects.toMatchObject({ code: 'changed' });
});

test('redirects without end are given up', async () => {
  const server = await startOddHub(() => ({ status: 307, headers: { location: '/again', 'x-repo-commit': COMMIT } }));
  await expect(hubAt(server).locate(FILE, never)).rejects.toMatchObject({ code: 'unavailable' });
});

describe('a file that the Hub says lies', () => {
  test.each(['file:///etc/passwd', 'data:text/plain,x', 'javascript:alert(1)', 'ftp://127.0.0.1/x'])(
    'at %s is refused with a sentence',
    async (location) => {
      const server = await startOddHub(elsewhere(location));
      await expect(hubAt(server).locate(FILE, never)).rejects.toMatchObject({
        code: 'integrity',
        message: expect.stringContaining('no web address') as unknown,
      });
    },
  );
});

test.each(['file:///etc/passwd', 'data:application/json,%5B%5D', 'http://127.0.0.1:1/api', 'ftp://127.0.0.1/x'])(
  'a question for the Hub itself is not asked at %s, where it sends us on to',
  async (location) => {
    const server = await startOddHub(() => ({ status: 302, headers: { location } }));
    await expect(hubAt(server).inspect({ type: 'model', id: 'org/name' }, never)).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringMatching(/sent us on to \S+ with a question/) as unknown,
    });
    expect(server.seen).toHaveLength(1);
  },
);
