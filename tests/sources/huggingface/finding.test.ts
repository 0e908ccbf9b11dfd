import { describe, expect, test } from 'vitest';
import type { Finding, FoundFile } from '../../../src/domain/repo/finding.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import { withFallback } from '../../../src/sources/huggingface/fallback.ts';
import type { Source } from '../../../src/sources/port.ts';
import { COMMIT, type OddHub, type Script, SHA1, SHA256, startClosedHub, startOddHub } from './odd-hub.ts';

const TOKEN = 'hf_sample';
const never = new AbortController().signal;
const REPO = { type: 'model', id: 'org/name', commit: COMMIT } as const;
const PATH = 'a b/c#d.json';
const COPY = `/api/resolve-cache/models/org/name/${COMMIT}/config.json?etag=x`;

const told: string[] = [];
const hubAt = ({ url }: Pick<OddHub, 'url'>, token = TOKEN): Source => {
  told.splice(0);
  const onRequest = ({ outcome }: { readonly outcome: string }): void => void told.push(outcome);
  return createHub({ endpoint: url, token, userAgent: 'hubgram-test/1', onRequest, clock: systemClock });
};

/** Asks as `Finding` says. @returns undefined also where it is not to be asked */
const find = async (finding: Finding | undefined, path = PATH): Promise<FoundFile | undefined> => {
  const target = finding?.begin(path);
  if (!finding || target === undefined) return undefined;
  const answer = await fetch(finding.origin + target, { headers: finding.headers(), redirect: 'manual' });
  await answer.arrayBuffer();
  return finding.end(target, answer.status, (name) => answer.headers.get(name) ?? undefined);
};

const answering =
  (status: number, headers: Readonly<Record<string, string>>): Script =>
  () => ({ status, headers, body: 'a text' });

const LARGE = { 'x-linked-etag': `"${SHA256}"`, 'x-linked-size': '5', 'x-repo-commit': COMMIT };
const REGULAR = { 'x-linked-etag': `"${SHA1}"`, 'x-repo-commit': COMMIT };

describe('a file is found where it is located', () => {
  test.each([
    ['on another host', 302, { ...LARGE, location: 'http://127.0.0.1:1/bridge/1?Signature=a%2Fb' }],
    ['at its copy on the Hub', 307, { ...REGULAR, location: COPY }],
    ['where it was asked for', 200, { etag: `W/"${SHA1}"`, 'content-length': '6', 'x-repo-commit': COMMIT }],
  ])('%s', async (_, status, headers) => {
    const server = await startOddHub(answering(status, headers));
    const hub = hubAt(server);
    const located = await hub.locate({ ...REPO, path: PATH }, never);
    const found = await find(hub.findingIn?.(REPO));
    expect(`${found?.origin}${found?.target}`).toBe(located.url);
    expect({ etag: found?.etag, size: found?.size }).toEqual({ etag: located.etag, size: located.size });
    expect(found?.headers['authorization']).toBe(located.headers['authorization']);
    expect(server.seen.map(({ path }) => path)).toEqual(
      Array.from({ length: 2 }, () => `/org/name/resolve/${COMMIT}/a%20b/c%23d.json`),
    );
    for (const seen of server.seen)
      expect(seen.headers).toMatchObject({
        authorization: `Bearer ${TOKEN}`,
        'user-agent': 'hubgram-test/1',
        'accept-encoding': 'identity',
      });
    expect(told).toEqual(['ok', 'ok']);
  });
});

describe('a file is not found so', () => {
  test.each([
    ['of another commit', 307, { ...REGULAR, 'x-repo-commit': 'f'.repeat(40), location: COPY }, 'ok'],
    ['without a commit', 302, { 'x-linked-etag': `"${SHA1}"`, location: COPY }, 'ok'],
    ['without a hash', 302, { 'x-repo-commit': COMMIT, location: COPY }, 'ok'],
    ['of a size that is none', 302, { ...LARGE, 'x-linked-size': 'many', location: 'http://127.0.0.1:1/' }, 'ok'],
    ['of a repository with another name by now', 307, { ...REGULAR, location: '/other/name/resolve/x/y' }, 'ok'],
    ['at what is no web address', 302, { ...LARGE, location: 'file:///etc/passwd' }, 'ok'],
    ['at what is no address', 302, { ...LARGE, location: 'http://' }, 'ok'],
    ['behind a gate', 403, { 'x-error-code': 'GatedRepo' }, 'refused'],
    ['while the Hub has had enough', 429, {}, 'too_many_requests'],
    ['while the Hub is not well', 503, REGULAR, 'server_error'],
    ['in an answer of a part', 206, { etag: `"${SHA1}"`, 'x-repo-commit': COMMIT }, 'ok'],
  ])('%s', async (_, status, headers, outcome) => {
    const server = await startOddHub(answering(status, headers));
    expect(await find(hubAt(server).findingIn?.(REPO))).toBeUndefined();
    expect(told).toEqual([outcome]);
  });

  test('when the Hub allows no more: nothing is asked', async () => {
    const spent = { ...REGULAR, location: COPY, ratelimit: '"resolvers";r=3;t=100' };
    const server = await startOddHub(answering(307, spent));
    const finding = hubAt(server).findingIn?.(REPO);
    expect(await find(finding)).toBeDefined();
    expect(await find(finding)).toBeDefined();
    expect(await find(finding)).toBeUndefined();
    expect(server.seen).toHaveLength(2);
  });

  test('while the Hub is down and another stands in for it', async () => {
    const second = await startOddHub(answering(307, { ...REGULAR, location: COPY }));
    const source = withFallback(hubAt(await startClosedHub()), hubAt(second, ''), systemClock);
    expect(source.findingIn?.(REPO)).toBeDefined();
    await source.locate({ ...REPO, path: PATH }, never);
    expect(source.findingIn?.(REPO)).toBeUndefined();
  });
});

test('a question without an answer is told of, unless nobody wants it any more', async () => {
  const finding = hubAt(await startOddHub(answering(200, {}))).findingIn?.(REPO);
  finding?.broke(finding.begin(PATH) ?? '', true);
  expect(told).toEqual([]);
  finding?.broke(finding.begin(PATH) ?? '', false);
  expect(told).toEqual(['no_answer']);
});
