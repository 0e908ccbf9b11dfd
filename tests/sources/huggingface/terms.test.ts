import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../../src/lib/net/egress.ts';
import { withFallback } from '../../../src/sources/huggingface/fallback.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import { createBudget } from '../../../src/sources/huggingface/budget.ts';
import { createHttp } from '../../../src/sources/huggingface/http.ts';
import { createTerms } from '../../../src/sources/huggingface/storage/terms.ts';
import type { ChunkedFile } from '../../../src/sources/port.ts';
import { createUndiciWire } from '../../../src/transfer/http/undici-wire.ts';
import { createTestClock, type TestClock } from '../../helpers/clock.ts';
import { type Answer, COMMIT, type OddHub, startClosedHub, startOddHub } from './odd-hub.ts';

const TOKEN = 'hf_sample';
const PASS = 'xet_pass';
const XORB = 'ab'.repeat(32);
const never = new AbortController().signal;
const FILE = {
  type: 'model',
  id: 'org/name',
  commit: COMMIT,
  path: 'model.safetensors',
  size: 300_000,
  xetHash: 'cd'.repeat(32),
} satisfies ChunkedFile;
const TERM = { hash: XORB, unpacked_length: 300_000, range: { start: 2, end: 7 } };
const GOOD: Answer = { body: { offset_into_first_range: 0, terms: [TERM], xorbs: {} } };

const { lookup } = createEgress({ endpoints: ['http://127.0.0.1'], allowedHosts: [] });
const wire = createUndiciWire({ lookup, connections: 4, timeoutMs: () => 20_000 });
afterAll(() => wire.close());

let clock: TestClock;
let waits: number[];
/** What the storage answers, one after the other; the last one again and again. */
let answers: Answer[];
/** What the Hub's pass says besides what it is. */
let pass: Readonly<Record<string, unknown>>;
/** The Hub gives no pass, and does not say so. */
let isSilent: boolean;
let storage: OddHub;
let hub: OddHub;

beforeEach(async () => {
  clock = createTestClock();
  waits = [];
  answers = [GOOD];
  pass = {};
  isSilent = false;
  storage = await startOddHub(() => (answers.length > 1 ? answers.shift() : answers[0]));
  const isPass = (url = ''): boolean => url.includes('/xet-read-token/');
  hub = await startOddHub(({ url }) => {
    if (isSilent) return undefined;
    return {
      body: isPass(url) ? { accessToken: PASS, casUrl: storage.url, exp: clock.now() / 1000 + 900, ...pass } : [],
    };
  });
});

const open = (endpoint = hub.url) => {
  const options = { endpoint, token: TOKEN, userAgent: 'hubgram-test/1', timeoutMs: 20_000, clock };
  const terms = createTerms({
    http: createHttp(options, createBudget(clock)),
    clock,
    pause: async (ms) => {
      waits.push(ms);
      clock.pass(ms);
    },
  });
  return (file: ChunkedFile = FILE, signal = never) => terms(file, signal, wire.get);
};

describe('what a file is put together from', () => {
  it('is asked of the storage that the Hub names, with the pass alone, and the pass of the Hub with its token', async () => {
    expect(await open()()).toEqual([{ xorb: XORB, start: 2, end: 7, bytes: 300_000 }]);
    expect(hub.seen).toMatchObject([
      { path: `/api/models/org/name/xet-read-token/${COMMIT}`, headers: { authorization: `Bearer ${TOKEN}` } },
    ]);
    expect(storage.seen).toMatchObject([
      { path: `/v2/reconstructions/${FILE.xetHash}`, headers: { authorization: `Bearer ${PASS}` } },
    ]);
    expect(storage.seen[0]?.headers.range).toBeUndefined();
  });

  it('is waited for no longer than it is wanted, also where somebody else has asked for the pass', async () => {
    isSilent = true;
    const terms = open();
    const [other, mine] = [new AbortController(), new AbortController()];
    const first = terms(FILE, other.signal);
    first.catch(() => undefined);
    await expect.poll(() => hub.seen.length).toBe(1);
    const second = terms({ ...FILE, path: 'other.safetensors' }, mine.signal);
    const enough = new Error('paused');
    mine.abort(enough);
    await expect(second).rejects.toBe(enough);
    expect(hub.seen).toHaveLength(1);
    other.abort(enough);
    await expect(first).rejects.toBe(enough);
  });

  it('is asked with one pass for all files of a commit, as long as that is good', async () => {
    const terms = open();
    await terms();
    await terms({ ...FILE, path: 'other.safetensors' });
    expect(hub.seen).toHaveLength(1);
    await terms({ ...FILE, commit: '1'.repeat(40) });
    expect(hub.seen).toHaveLength(2);
    clock.pass(870_000 - 1);
    await terms();
    expect(hub.seen).toHaveLength(2);
    clock.pass(1);
    await terms();
    expect(hub.seen).toHaveLength(3);
  });

  it('is asked below the address that the Hub names', async () => {
    pass = { casUrl: `${storage.url}/eu/` };
    await open()();
    expect(storage.seen[0]?.path).toBe(`/eu/v2/reconstructions/${FILE.xetHash}`);
  });

  it('is told by whatever hub there is', async () => {
    const source = createHub({ endpoint: hub.url, userAgent: 'hubgram-test/1', clock });
    expect(await source.terms({ ...FILE, type: 'dataset' }, never, wire.get)).toHaveLength(1);
    expect(hub.seen[0]?.path).toBe(`/api/datasets/org/name/xet-read-token/${COMMIT}`);
  });
});

describe('a file of which is still asked what the storage calls it', () => {
  it('has the Hub asked for the pass meanwhile, and the storage when that is known', async () => {
    const { promise: xetHash, resolve } = Promise.withResolvers<string>();
    const asked = open()({ ...FILE, xetHash });
    await expect.poll(() => hub.seen.length).toBe(1);
    expect(storage.seen).toHaveLength(0);
    resolve('ef'.repeat(32));
    expect(await asked).toHaveLength(1);
    expect(storage.seen).toMatchObject([{ path: `/v2/reconstructions/${'ef'.repeat(32)}` }]);
  });

  it('fails with why nobody knows that; while the storage is left alone, with that', async () => {
    const { promise: xetHash, reject } = Promise.withResolvers<string>();
    answers = [{ status: 429, headers: { 'retry-after': '31' } }];
    const terms = open();
    const early = terms({ ...FILE, xetHash });
    await expect(terms()).rejects.toMatchObject({ code: 'rate_limited' });
    const late = terms({ ...FILE, xetHash });
    await expect(late).rejects.toThrow(/is not asked just now/);
    reject(new Error('nobody knows'));
    await expect(early).rejects.toThrow('nobody knows');
    expect(storage.seen).toHaveLength(1);
  });
});

describe('a storage that refuses', () => {
  it.each([400, 403, 404, 416, 501])('with %i: is asked once', async (status) => {
    answers = [{ status }];
    await expect(open()()).rejects.toMatchObject({ code: 'unavailable' });
    expect(storage.seen).toHaveLength(1);
  });

  it('with 401: is asked once more, with another pass', async () => {
    answers = [{ status: 401 }, GOOD];
    expect(await open()()).toHaveLength(1);
    expect([hub.seen.length, storage.seen.length, waits]).toEqual([2, 2, [0]]);
    answers = [{ status: 401 }];
    await expect(open()()).rejects.toMatchObject({ code: 'unavailable' });
    expect(storage.seen).toHaveLength(4);
  });

  it('with 503: is asked three times, with pauses', async () => {
    answers = [{ status: 503 }, { status: 503 }, GOOD];
    expect(await open()()).toHaveLength(1);
    expect(waits).toEqual([500, 1000]);
    answers = [{ status: 503 }];
    await expect(open()()).rejects.toMatchObject({ code: 'unavailable' });
    expect(storage.seen).toHaveLength(6);
  });

  it('with 429: is asked again after as long as it says', async () => {
    answers = [{ status: 429, headers: { 'retry-after': '30' } }, GOOD];
    expect(await open()()).toHaveLength(1);
    expect(waits).toEqual([30_000]);
  });

  it('with 429 and for longer than anybody waits: by nobody before that', async () => {
    answers = [{ status: 429, headers: { 'retry-after': '31' } }, GOOD];
    const terms = open();
    await expect(terms()).rejects.toMatchObject({ code: 'rate_limited' });
    clock.pass(31_000 - 1);
    await expect(terms()).rejects.toMatchObject({ code: 'unavailable' });
    expect([storage.seen.length, waits]).toEqual([1, []]);
    clock.pass(1);
    expect(await terms()).toHaveLength(1);
  });

  it('by not being there: is asked again after ten minutes', async () => {
    const closed = await startClosedHub();
    pass = { casUrl: closed.url };
    const terms = open();
    await expect(terms()).rejects.toMatchObject({ code: 'unreachable' });
    pass = {};
    clock.pass(10 * 60_000 - 1);
    await expect(terms()).rejects.toThrow(/is not asked just now/);
    expect(storage.seen).toHaveLength(0);
    clock.pass(1);
    expect(await terms({ ...FILE, commit: '1'.repeat(40) })).toHaveLength(1);
  });
});

describe('a storage that does not answer', () => {
  it('is no Hub that is down: the Hub is asked on, and nobody in its place', async () => {
    const second = await startOddHub(() => ({ status: 500 }));
    const options = { userAgent: 'hubgram-test/1', clock };
    const both = withFallback(
      createHub({ ...options, endpoint: hub.url }),
      createHub({ ...options, endpoint: second.url }),
      clock,
    );
    answers = [{ status: 403 }];
    await expect(both.terms(FILE, never, wire.get)).rejects.toMatchObject({ code: 'unavailable' });
    await both.commits({ type: 'model', id: 'org/name' }, { since: COMMIT, most: 1 }, never).catch(() => undefined);
    expect([hub.seen.at(-1)?.path.includes('/commits/'), second.seen]).toEqual([true, []]);
  });
});

describe('an answer that cannot be right', () => {
  const answer = (more: Readonly<Record<string, unknown>>): Answer => ({
    body: { offset_into_first_range: 0, terms: [TERM], ...more },
  });
  it.each([
    ['no JSON', { body: 'x' }],
    ['a list', { body: [] }],
    ['no terms', { body: {} }],
    ['a part of the file', answer({ offset_into_first_range: 1 })],
    ['less than the file', answer({ terms: [{ ...TERM, unpacked_length: 299_999 }] })],
    ['more than the file', answer({ terms: [TERM, TERM] })],
    ['a name that is none', answer({ terms: [{ ...TERM, hash: '../x' }] })],
    ['no chunks', answer({ terms: [{ ...TERM, range: { start: 7, end: 7 } }] })],
    ['chunks backwards', answer({ terms: [{ ...TERM, range: { start: 7, end: 2 } }] })],
    ['chunks longer than any', answer({ terms: [{ ...TERM, range: { start: 2, end: 4 } }] })],
    ['numbers that are none', answer({ terms: [{ ...TERM, range: { start: 1.5, end: 7 } }] })],
    ['chunks without end', answer({ terms: [{ ...TERM, range: { start: 2, end: 1e12 } }] })],
  ])('is taken for none: %s', async (_, given) => {
    answers = [given];
    await expect(open()()).rejects.toMatchObject({ code: 'unavailable' });
    expect(storage.seen).toHaveLength(1);
  });

  it.each([
    ['too long', `[${' '.repeat(8 * 2 ** 20)}]`],
    ['too deep', '['.repeat(1000)],
  ])('is not read to its end: %s', async (_, body) => {
    answers = [{ body }];
    await expect(open()()).rejects.toMatchObject({ code: 'integrity' });
  });

  it.each([
    ['no pass', { accessToken: undefined }],
    ['a pass that would be two headers', { accessToken: 'a\r\nb' }],
    ['no address', { casUrl: 'nowhere' }],
    ['no time', { exp: 'soon' }],
  ])('of the Hub, %s: the storage is not asked', async (_, changed) => {
    pass = changed;
    await expect(open()()).rejects.toMatchObject({ code: 'unavailable' });
    expect(storage.seen).toHaveLength(0);
  });

  it('of the Hub, an address that is none of the web: nothing is asked', async () => {
    pass = { casUrl: 'file:///etc/passwd' };
    await expect(open()()).rejects.toMatchObject({ code: 'integrity' });
  });
});

describe('whoever asks and leaves', () => {
  it('is told the own reason', async () => {
    const abort = new AbortController();
    const reason = new Error('paused');
    abort.abort(reason);
    await expect(open()(FILE, abort.signal)).rejects.toBe(reason);
  });
});
