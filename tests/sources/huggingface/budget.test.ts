import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/domain/errors.ts';
import { createBudget } from '../../../src/sources/huggingface/budget.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { LocateRequest, Source } from '../../../src/sources/port.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { createTestClock } from '../../helpers/clock.ts';
import { COMMIT, type OddHub, SHA1, startOddHub } from './odd-hub.ts';

const never = new AbortController().signal;

/** A Hub whose window begins anew when the clock passes it; small files cost two requests, of which we make one. */
const startCountingHub = async (quota: number, windowMs: number) => {
  const clock = createTestClock();
  let left = quota;
  let endsAt = clock.monotonic() + windowMs;
  const server = await startOddHub((_request, response, url) => {
    if (clock.monotonic() >= endsAt) [left, endsAt] = [quota, clock.monotonic() + windowMs];
    const isOver = left === 0;
    left = Math.max(0, left - 1);
    const limit = `"resolvers";r=${left};t=${Math.ceil((endsAt - clock.monotonic()) / 1000)}`;
    const isSmall = url.pathname.endsWith('.json');
    response.writeHead(isOver ? 429 : isSmall ? 307 : 302, {
      ratelimit: limit,
      location: isSmall ? `/api/resolve-cache/models/org/name/${COMMIT}/x` : 'http://127.0.0.1:1/signed',
      'x-repo-commit': COMMIT,
      'x-linked-etag': `"${SHA1}"`,
      'x-linked-size': '7',
    });
    response.end();
    return undefined;
  });
  /** What the transfer takes from the Hub itself. */
  const copy = (): void => {
    left = Math.max(0, left - 1);
  };
  return { server, clock, copy };
};

const hubAt = ({ url }: OddHub, clock: Clock): Source =>
  createHub({ endpoint: url, userAgent: 'hubgram-test/1', clock });

const file = (path: string): LocateRequest => ({ type: 'model', id: 'org/name', commit: COMMIT, path });

describe('what the Hub allows', () => {
  it('is used to its end without a refusal, then waited for', async () => {
    const { server, clock } = await startCountingHub(6, 300_000);
    const hub = hubAt(server, clock);
    // The last one is kept: it might have been a small file, which costs two.
    for (let at = 0; at < 5; at += 1) await hub.locate(file('model.bin'), never);
    clock.pass(100_000);
    await expect(hub.locate(file('model.bin'), never)).rejects.toMatchObject({
      code: 'rate_limited',
      message: `${server.host} has had enough requests from here and takes more in 3 min 21 s. With HF_TOKEN set it allows more.`,
      retryAfterMs: 201_000,
    });
    expect(server.seen).toHaveLength(5);
    clock.pass(201_000);
    await hub.locate(file('model.bin'), never);
    expect(server.seen).toHaveLength(6);
  });

  it('counts what others fetch at the addresses it gave', async () => {
    const { server, clock, copy } = await startCountingHub(6, 300_000);
    const hub = hubAt(server, clock);
    for (let at = 0; at < 3; at += 1) {
      await hub.locate(file('config.json'), never);
      copy();
    }
    await expect(hub.locate(file('config.json'), never)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(server.seen).toHaveLength(3);
  });

  it('is not overdrawn by many at once, once it is known', async () => {
    const { server, clock } = await startCountingHub(20, 300_000);
    const hub = hubAt(server, clock);
    await hub.locate(file('model.bin'), never);
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => hub.locate(file('model.bin'), never)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(9);
    expect(server.seen).toHaveLength(10);
  });

  it('of the API is another than that of files', async () => {
    const { server, clock } = await startCountingHub(2, 300_000);
    const hub = hubAt(server, clock);
    await hub.locate(file('model.bin'), never);
    await expect(hub.locate(file('model.bin'), never)).rejects.toMatchObject({ code: 'rate_limited' });
    // This server sends everybody away; but it was asked.
    await expect(hub.inspect({ type: 'model', id: 'org/name' }, never)).rejects.toMatchObject({ code: 'integrity' });
    expect(server.seen.map(({ path }) => path.startsWith('/api/'))).toEqual([false, true]);
  });

  it('ends no later when the clock was set back two hours', async () => {
    const { server, clock } = await startCountingHub(2, 300_000);
    const hub = hubAt(server, clock);
    await hub.locate(file('model.bin'), never);
    clock.turn(-2 * 3_600_000);
    clock.pass(2000);
    await expect(hub.locate(file('model.bin'), never)).rejects.toMatchObject({ retryAfterMs: 299_000 });
    clock.pass(299_000);
    await hub.locate(file('model.bin'), never);
    expect(server.seen).toHaveLength(2);
  });

  it('is asked for anew after the machine has slept', async () => {
    const { server, clock } = await startCountingHub(2, 300_000);
    const hub = hubAt(server, clock);
    await hub.locate(file('model.bin'), never);
    await expect(hub.locate(file('model.bin'), never)).rejects.toMatchObject({ code: 'rate_limited' });
    clock.turn(8 * 3_600_000);
    await hub.locate(file('model.bin'), never);
    expect(server.seen).toHaveLength(2);
  });
});

/** What the Hub says with an answer. */
const said = (left: number, seconds: number) => (name: string) =>
  name === 'ratelimit' ? `"resolvers";r=${left};t=${seconds}` : undefined;
const at = (name: string) => ({ pathname: `/org/name/resolve/${COMMIT}/${name}` });

describe('an answer that others have overtaken', () => {
  it('does not give back what was used meanwhile', () => {
    const clock = createTestClock();
    const budget = createBudget(clock);
    budget.take(at('slow'));
    const slow = said(9, 55);
    for (const left of [8, 7, 6]) {
      expect(budget.take(at('fast'))).toBeUndefined();
      budget.answered(at('fast'), said(left, 55));
    }
    const before = budget.left();
    clock.pass(4000);
    budget.answered(at('slow'), slow);
    expect(budget.left()).toEqual(before);
  });

  it('says nothing of a window that has begun since', () => {
    const clock = createTestClock();
    const budget = createBudget(clock);
    budget.take(at('slow'));
    const slow = said(3, 4);
    budget.take(at('fast'));
    budget.answered(at('fast'), said(2, 4));
    clock.pass(5000);
    budget.take(at('fast'));
    budget.answered(at('fast'), said(9, 55));
    budget.answered(at('slow'), slow);
    expect(budget.left()).toEqual({ resolvers: 6 });
    clock.pass(4000);
    expect([1, 2, 3, 4].map(() => budget.take(at('fast')))).toEqual([undefined, undefined, undefined, 52_000]);
  });

  it('is another one than an answer that came at once, which may be of another window', () => {
    const budget = createBudget(createTestClock());
    budget.take(at('one'));
    budget.answered(at('one'), said(9, 200));
    budget.take(at('two'));
    budget.answered(at('two'), said(5, 50));
    expect(budget.left()).toEqual({ resolvers: 4 });
    expect([1, 2, 3].map(() => budget.take(at('one')))).toEqual([undefined, undefined, 51_000]);
  });
});

describe('what is told of questions', () => {
  it('is each that was asked, with how it ended, and what is left until the window is over', async () => {
    const { server, clock } = await startCountingHub(4, 300_000);
    const told: object[] = [];
    const onRequest = (request: object): void => void told.push(request);
    const hub = createHub({ endpoint: server.url, userAgent: 'hubgram-test/1', onRequest, clock });
    expect(hub.budgetLeft()).toEqual({});
    for (let at = 0; at < 3; at += 1) await hub.locate(file('model.bin'), never);
    expect(hub.budgetLeft()).toEqual({ resolvers: expect.any(Number) });
    await expect(hub.locate(file('model.bin'), never)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(told).toEqual([
      ...Array.from({ length: 3 }, () => ({ kind: 'resolvers', outcome: 'ok' })),
      { kind: 'resolvers', outcome: 'held_back' },
    ]);
    clock.pass(302_000);
    expect(hub.budgetLeft()).toEqual({});
  });

  it.each([
    [404, 'refused'],
    [429, 'too_many_requests'],
    [503, 'server_error'],
  ])('an answer with %d: %s', async (status, outcome) => {
    const server = await startOddHub((_request, response) => void response.writeHead(status).end());
    const told: object[] = [];
    const onRequest = (request: object): void => void told.push(request);
    const hub = createHub({ endpoint: server.url, userAgent: 'hubgram-test/1', onRequest, clock: createTestClock() });
    await expect(hub.locate(file('model.bin'), never)).rejects.toBeInstanceOf(AppError);
    expect(told).toEqual([{ kind: 'resolvers', outcome }]);
  });
});
