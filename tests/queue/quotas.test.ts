import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../store/setup.ts';
import { type ByHand, openByHand, SIZE } from './by-hand.ts';
import { PATIENT } from './setup.ts';

const [ANN, BOB] = [1, 2];
const LAB = -50;

let bench: ByHand;
beforeEach(async () => {
  bench = await openByHand();
  bench.settings.concurrency = 4;
});
afterEach(() => bench?.close());

const add = (person: number, name: string, chatId = person): number => bench.add(chatId, name, { requestedBy: person });

/** What is said of why a model waits. */
const waits = (id: number): string | undefined => {
  const waiting = bench.queue().waitingOf(bench.model(id));
  return waiting?.kind === 'quota' ? `${waiting.of}: ${waiting.why}` : waiting?.kind;
};

describe('who may have so many bytes', () => {
  it('has what is too much held, and it starts by itself when there is room', async () => {
    bench.usual.person = { bytes: SIZE * 1.5 };
    const [one, two, other] = [add(ANN, 'ann/one'), add(ANN, 'ann/two'), add(BOB, 'bob/one')] as const;
    bench.queue().start();
    (await bench.job('ann/one')).complete();
    (await bench.job('bob/one')).complete();
    await bench.reaches(one, 'completed');
    await bench.reaches(other, 'completed');
    expect(bench.stateOf(two)).toBe('pending');
    expect(waits(two)).toBe(
      'bytes: It would take 1 kB. You may have 1.5 kB in all, and 1 kB are taken. It starts by itself when enough was removed, or when an owner of this bot allows more.',
    );
    expect(bench.store.models.queuePosition(two)).toBeUndefined();
    bench.queue().remove(one, { taking: 'ours', freedBytes: SIZE });
    await bench.job('ann/two');
    expect(waits(two)).toBeUndefined();
  });

  it('has what fits exactly', async () => {
    bench.usual.person = { bytes: SIZE * 2 };
    for (const name of ['ann/one', 'ann/two', 'ann/three']) add(ANN, name);
    bench.queue().start();
    await bench.job('ann/one');
    await bench.job('ann/two');
    await expect.poll(() => bench.store.models.countByStatus('downloading'), PATIENT).toBe(2);
    expect(bench.executor.running('ann/three')).toEqual([]);
  });

  it('is no reason to keep back what is small enough behind it, or what others want', async () => {
    bench.usual.person = { bytes: SIZE * 2 };
    const large = bench.add(ANN, 'ann/large', { requestedBy: ANN, sizeBytes: SIZE * 3 });
    add(ANN, 'ann/small');
    add(BOB, 'bob/one');
    bench.queue().start();
    await bench.job('ann/small');
    await bench.job('bob/one');
    expect(waits(large)).toMatch(/^bytes: It would take 3 kB\. You may have 2 kB/);
  });

  it('goes on after a restart with what has begun, though there may be less by now', async () => {
    const id = add(ANN, 'ann/one');
    bench.queue().start();
    (await bench.job('ann/one')).arrive(SIZE / 2);
    bench.clock.pass(60_000);
    await expect.poll(() => bench.store.sessions.openSession(id)?.bytesDownloaded, PATIENT).toBe(SIZE / 2);
    await bench.queue().close();
    bench.usual.person = { bytes: 1 };
    bench.reopen().start();
    (await bench.job('ann/one')).complete();
    await bench.reaches(id, 'completed');
  });

  it('does not get by another’s download what is too much, and gets it without one when there is room', async () => {
    bench.usual.group = { bytes: SIZE - 1 };
    const [first, shared] = [add(ANN, 'org/one'), add(BOB, 'org/one', LAB)] as const;
    bench.queue().start();
    (await bench.job('org/one')).complete();
    await bench.reaches(first, 'completed');
    expect(bench.stateOf(shared)).toBe('pending');
    expect(waits(shared)).toMatch(/^bytes: It would take 1 kB\. This group may have 999 B/);
    bench.usual.group = {};
    bench.queue().wake();
    await bench.reaches(shared, 'completed');
  });

  it('joins of the downloads of others only as much as there may be', async () => {
    for (const name of ['org/one', 'org/two']) add(ANN, name);
    bench.queue().start();
    for (const name of ['org/one', 'org/two']) await bench.job(name);
    bench.usual.group = { bytes: SIZE };
    const ids = ['org/one', 'org/two'].map((name) => add(BOB, name, LAB));
    bench.queue().wake();
    expect(ids.map(bench.stateOf)).toEqual(['downloading', 'pending']);
  });
});

describe('a model that is to be larger', () => {
  it('waits with what it had, which can be loaded until the larger one is there', async () => {
    const id = add(ANN, 'ann/one');
    bench.queue().start();
    (await bench.job('ann/one')).complete();
    await bench.reaches(id, 'completed');
    bench.usual.person = { bytes: SIZE * 2 };
    const { copyId, revision, selection } = bench.model(id);
    const files = [{ path: 'larger.safetensors', size: SIZE * 3, etag: 'e'.repeat(64) }];
    const change = { revision, selection, commitSha: 'd'.repeat(40), files, sizeBytes: SIZE * 3, metadata: {} };
    expect(bench.queue().change(id, change)).toBe(true);
    expect(bench.stateOf(id)).toBe('pending');
    expect(waits(id)).toMatch(/^bytes: It would take 2 kB\. You may have 2 kB in all, and 1 kB are taken\./);
    expect(bench.model(id).copyId).toBe(copyId);
    bench.usual.person = { bytes: SIZE * 3 };
    bench.clock.pass(1000);
    (await bench.job('ann/one')).complete();
    await bench.reaches(id, 'completed');
  });
});

describe('who may have so many downloads at once', () => {
  it('has the next one held until one has ended, and others are not', async () => {
    bench.usual.person = { running: 1 };
    const [one, two] = [add(ANN, 'ann/one'), add(ANN, 'ann/two')] as const;
    add(BOB, 'bob/one');
    bench.queue().start();
    const job = await bench.job('ann/one');
    await bench.job('bob/one');
    expect(bench.stateOf(two)).toBe('pending');
    expect(waits(two)).toBe('running: You may have one download at once. It starts by itself when that has ended.');
    job.complete();
    await bench.reaches(one, 'completed');
    await bench.job('ann/two');
  });

  it('may join what is being downloaded for others', async () => {
    bench.usual.person = { running: 1 };
    add(ANN, 'org/one');
    add(BOB, 'bob/one');
    bench.queue().start();
    await bench.job('org/one');
    await bench.job('bob/one');
    const joins = add(BOB, 'org/one');
    bench.queue().wake();
    expect(bench.stateOf(joins)).toBe('downloading');
  });

  it('is heard within a second when nobody has said that there may be more', async () => {
    bench.usual.person = { running: 1 };
    for (const name of ['ann/one', 'ann/two']) add(ANN, name);
    bench.queue().start();
    await bench.job('ann/one');
    bench.usual.person = { running: 2 };
    bench.clock.pass(1000);
    expect((await bench.job('ann/two')).limits).toEqual([undefined]);
  });
});

describe('what was removed', () => {
  it('does not come back where there may be no more', async () => {
    bench.usual.person = { models: 1 };
    const id = add(ANN, 'ann/one');
    bench.queue().remove(id, { taking: 'nothing', freedBytes: 0 });
    const other = add(ANN, 'ann/two');
    expect(failure(() => bench.queue().undo(id)).message).toMatch(/^You have 1 model and may have 1/);
    bench.queue().remove(other, { taking: 'nothing', freedBytes: 0 });
    expect(bench.queue().undo(id)).toBe('undone');
  });
});
