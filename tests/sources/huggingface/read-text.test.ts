import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { withFallback } from '../../../src/sources/huggingface/fallback.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { LocateRequest, Source } from '../../../src/sources/port.ts';
import { TEXT_MOST_BYTES } from '../../../src/sources/port.ts';
import { COMMIT, type OddHub, startClosedHub, startOddHub } from './odd-hub.ts';

const TOKEN = 'hf_sample';
const never = new AbortController().signal;
const FILE: LocateRequest = { type: 'model', id: 'org/name', commit: COMMIT, path: 'docs/READ ME.md' };
const HEADERS = { 'x-repo-commit': COMMIT };

const hubAt = ({ url }: Pick<OddHub, 'url'>, token = TOKEN): Source =>
  createHub({ endpoint: url, token, userAgent: 'hubgram-test/1', clock: systemClock });

describe('a text that is asked for to be read', () => {
  test('comes from the Hub’s own copy, the token with it', async () => {
    const server = await startOddHub((_request, _response, { pathname }) =>
      pathname.startsWith('/api/resolve-cache/')
        ? { headers: HEADERS, body: '# Grüße' }
        : { status: 307, headers: { location: '/api/resolve-cache/x' } },
    );
    expect(await hubAt(server).readText(FILE, never)).toEqual({ text: '# Grüße', isWhole: true });
    expect(server.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      [`/org/name/resolve/${COMMIT}/docs/READ%20ME.md`, `Bearer ${TOKEN}`],
      ['/api/resolve-cache/x', `Bearer ${TOKEN}`],
    ]);
  });

  test('is a megabyte at most, and no half character', async () => {
    let bytes = TEXT_MOST_BYTES;
    const server = await startOddHub(() => ({ headers: HEADERS, body: 'x'.repeat(bytes) }));
    const hub = hubAt(server);
    const whole = await hub.readText(FILE, never);
    expect([whole.text.length, whole.isWhole]).toEqual([TEXT_MOST_BYTES, true]);
    bytes += 1;
    const cut = await hub.readText(FILE, never);
    expect([cut.text.length, cut.isWhole]).toEqual([TEXT_MOST_BYTES, false]);
    const wide = await startOddHub(() => ({ headers: HEADERS, body: `x${'ü'.repeat(TEXT_MOST_BYTES / 2)}` }));
    const { text } = await hubAt(wide).readText(FILE, never);
    expect([text.length, text.endsWith('ü')]).toEqual([TEXT_MOST_BYTES / 2, true]);
  });

  test('is not fetched from another host, and the token goes to none', async () => {
    const other = await startOddHub(() => ({ body: 'bytes' }));
    const server = await startOddHub(() => ({ status: 302, headers: { location: `${other.url}/x` } }));
    await expect(hubAt(server).readText(FILE, never)).rejects.toMatchObject({ code: 'integrity' });
    expect(other.seen).toEqual([]);
  });

  test.each([
    [{ status: 404, headers: { 'x-error-code': 'EntryNotFound' } }, 'gone'],
    [{ status: 401, headers: { 'x-error-code': 'GatedRepo' } }, 'gated'],
    [{ status: 429 }, 'rate_limited'],
    [{ status: 503 }, 'unavailable'],
    [{ status: 204 }, 'unavailable'],
    [{ headers: { 'x-repo-commit': '0'.repeat(40) }, body: 'x' }, 'changed'],
  ])('is refused in words: %o', async (answer, code) => {
    const server = await startOddHub(() => answer);
    await expect(hubAt(server, '').readText(FILE, never)).rejects.toMatchObject({ code });
  });

  test('is asked of the second Hub while the first is down', async () => {
    const second = await startOddHub(() => ({ headers: HEADERS, body: 'x' }));
    const both = withFallback(hubAt(await startClosedHub()), hubAt(second, ''), systemClock);
    expect(await both.readText(FILE, never)).toEqual({ text: 'x', isWhole: true });
  });

  test('ends with who asked', async () => {
    const stop = new AbortController();
    const server = await startOddHub(() => {
      stop.abort(new Error('enough'));
      return undefined;
    });
    await expect(hubAt(server).readText(FILE, stop.signal)).rejects.toThrow('enough');
  });
});
