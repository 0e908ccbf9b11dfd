import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { ACCESS_LOOKS_MOST } from '../../src/domain/failures/access.ts';
import { type ByHand, openByHand } from './by-hand.ts';
import { removeNow } from './setup.ts';

const HOUR = 60 * 60_000;
const PAGE = 'https://hub.test/a/1';
const GATED = new AppError('gated', 'The model a/1 is gated.', { page: PAGE });

let bench: ByHand;
beforeEach(async () => {
  bench = await openByHand();
});
afterEach(async () => {
  await bench.close();
});

/** What is left of a wait, in milliseconds. */
const leftOf = (id: number): number => Date.parse(bench.model(id).notBefore ?? '') - bench.clock.now();

/** The next look by itself, and what the repository says. */
const look = async (id: number, outcome: 'refused' | 'given'): Promise<void> => {
  bench.clock.pass(leftOf(id));
  bench.queue().wake();
  const job = await bench.job('a/1');
  if (outcome === 'given') job.complete();
  else job.fail(GATED);
};

const runs = (): number => bench.executor.jobs.length;

/** A download that was shut out in the middle. */
const shutOut = async (): Promise<number> => {
  const id = bench.add(1, 'a/1');
  bench.queue().start();
  const job = await bench.job('a/1');
  job.arrive(300);
  job.fail(GATED);
  await bench.reaches(id, 'pending backoff');
  return id;
};

describe('a download whose repository has been gated', () => {
  it('waits in its session and keeps what has come, is told once, and goes on by itself when it may', async () => {
    const id = await shutOut();
    expect(bench.queue().waitingOf(bench.model(id))).toEqual({
      kind: 'access',
      code: 'gated',
      why: 'The model a/1 is gated.',
      page: PAGE,
    });
    expect(bench.store.sessions.openSession(id)).toMatchObject({
      retryCount: 0,
      bytesDownloaded: 300,
      metadata: { access: { code: 'gated', looks: 0, page: PAGE } },
    });
    expect(leftOf(id)).toBe(102_000);
    await look(id, 'refused');
    await bench.reaches(id, 'pending backoff');
    expect(leftOf(id)).toBe(204_000);
    expect(bench.notices(id)).toEqual(['access_needed']);
    await look(id, 'given');
    await bench.reaches(id, 'completed');
    expect([bench.statuses(id), bench.notices(id)]).toEqual([['completed'], ['access_needed', 'completed']]);
  });

  it('fails after a day of looks and says so; a person’s word begins another day', async () => {
    const id = await shutOut();
    const began = bench.clock.now();
    for (let looks = 1; looks < ACCESS_LOOKS_MOST; looks += 1) {
      await look(id, 'refused');
      await bench.reaches(id, 'pending backoff');
    }
    await look(id, 'refused');
    await bench.reaches(id, 'failed');
    // In this bench chance always says the shortest pause.
    expect((bench.clock.now() - began) / HOUR).toBeCloseTo(20.5, 0);
    expect(bench.notices(id)).toEqual(['access_needed', 'failed']);
    expect(bench.store.sessions.getDownloadHistory(id)[0]).toMatchObject({
      errorMessage: 'The model a/1 is gated. I have looked for a day and do not look by myself any more.',
      metadata: { errorCode: 'gated', access: { page: PAGE } },
    });
    bench.clock.pass(48 * HOUR);
    bench.queue().wake();
    expect(runs()).toBe(ACCESS_LOOKS_MOST + 1);
    expect(bench.queue().retry(id)).toBe(true);
    (await bench.job('a/1')).fail(GATED);
    await bench.reaches(id, 'pending backoff');
    expect(bench.store.sessions.openSession(id)?.metadata?.access?.looks).toBe(0);
  });

  it('is tried at once by a tap, once, and by the rule by which it would have started', async () => {
    const id = await shutOut();
    expect([bench.queue().startNow(id), bench.queue().startNow(id)]).toEqual([true, false]);
    expect(bench.model(id).runNow).toBe(false);
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
  });

  it('does not come back where a person has paused, cancelled or removed it meanwhile', async () => {
    const ways: readonly [string, (id: number) => unknown][] = [
      ['paused', (id) => bench.queue().pause(id)],
      ['paused', (id) => bench.queue().cancel(id)],
      ['gone', (id) => removeNow(bench.queue(), id, 'ours')],
    ];
    for (const [left, leave] of ways) {
      const id = await shutOut();
      const before = runs();
      await leave(id);
      bench.clock.pass(24 * HOUR);
      bench.queue().wake();
      expect([bench.store.models.getModel(id)?.status ?? 'gone', runs()]).toEqual([left, before]);
      await removeNow(bench.queue(), id, 'ours');
    }
  });

  it('waits on after a restart, and no longer for a clock that was set back', async () => {
    const id = await shutOut();
    await bench.queue().close();
    bench.reopen().start();
    expect(bench.queue().waitingOf(bench.model(id))).toMatchObject({ kind: 'access' });
    expect(runs()).toBe(1);
    bench.clock.turn(-30 * 24 * HOUR);
    bench.store.models.beginWaitsAnew();
    expect(leftOf(id)).toBe(102_000);
    await look(id, 'given');
    await bench.reaches(id, 'completed');
  });

  it('fails of something else as anything else does', async () => {
    const id = await shutOut();
    bench.clock.pass(leftOf(id));
    bench.queue().wake();
    (await bench.job('a/1')).fail(new AppError('unavailable', 'The Hub is not well.'));
    await bench.reaches(id, 'pending backoff');
    expect(bench.queue().waitingOf(bench.model(id))).toMatchObject({ kind: 'backoff', why: 'The Hub is not well.' });
  });
});

describe('a download that needs a token which the Hub does not accept any more', () => {
  const REFUSED = new AppError('unauthorized', 'The model a/1 is gated, and the Hub does not accept the token.');

  it('waits with that reason for as long as it takes, without a notice of its own, and goes on when there is one', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    (await bench.job('a/1')).fail(REFUSED);
    await bench.reaches(id, 'pending backoff');
    for (let looks = 0; looks < 2 * ACCESS_LOOKS_MOST; looks += 1) {
      bench.clock.pass(leftOf(id));
      bench.queue().wake();
      (await bench.job('a/1')).fail(REFUSED);
      await bench.reaches(id, 'pending backoff');
    }
    expect(bench.queue().waitingOf(bench.model(id))).toMatchObject({ kind: 'access', code: 'unauthorized' });
    expect(bench.notices(id)).toEqual([]);
    const gated = bench.add(1, 'a/2');
    bench.queue().wake();
    (await bench.job('a/2')).fail(GATED);
    await bench.reaches(gated, 'pending backoff');
    await bench.queue().close();
    bench.store.accessLooks.hastenUnauthorized();
    bench.reopen().start();
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    expect([bench.statuses(id), bench.stateOf(gated)]).toEqual([['completed'], 'pending backoff']);
  });
});
