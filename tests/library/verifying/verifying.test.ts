import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { expect, describe, it } from 'vitest';
import type { Executor } from '../../../src/copies/executor.ts';
import type { Model } from '../../../src/domain/model.ts';
import { defineRepo } from '../../../playground/hub/sample-hub.ts';
import { pythonWarnings } from '../../helpers/python-cache.ts';
import { type Between, PATIENT, removeNow } from '../../queue/setup.ts';
import { damage, openVerifying, type VerifyingBench } from './bench.ts';

const [ONE, TWO, THREE] = ['sample/one', 'sample/two', 'sample/three'];
const SIZES = { 'model.safetensors': 1_200_000, 'other.safetensors': 300_000, 'config.json': 2 };
const repoOf = (id: string) =>
  defineRepo({
    id,
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: SIZES['model.safetensors'], seed: id },
      { path: 'other.safetensors', size: SIZES['other.safetensors'], seed: `other ${id}` },
    ],
  });
const HUB = { repos: [ONE, TWO, THREE].map(repoOf) };

const have = async (bench: VerifyingBench, chatId: number, name: string): Promise<Model> => {
  const { id } = bench.add(chatId, name);
  bench.queue.wake();
  return bench.reaches(id, 'completed');
};

/** The executor, which reads nothing before a test lets it. */
const held = () => {
  const gates: (() => void)[] = [];
  const read: string[] = [];
  let [open, most] = [0, 0];
  const copies = (real: Executor): Executor => ({
    ...real,
    verify: (published, signal) => {
      const gate = Promise.withResolvers<void>();
      read.push(published.repoFolder.replace('models--sample--', ''));
      gates.push(gate.resolve);
      open += 1;
      most = Math.max(most, open);
      signal.addEventListener('abort', () => gate.reject(signal.reason));
      let running: ReturnType<Executor['verify']> | undefined;
      const state = { bytesTotal: 10, bytesDone: 4, filesTotal: 3, filesDone: 1, currentFile: 'model.safetensors' };
      const done = gate.promise.then(() => {
        running = real.verify(published, signal);
        return running.done;
      });
      const close = (): void => void (open -= 1);
      done.then(close, close);
      return { state: () => running?.state() ?? state, done };
    },
  });
  return { between: { copies } satisfies Between, read, most: () => most, release: () => gates.shift()?.() };
};

describe('what is read again', () => {
  it('is right: all of it was read, nothing is fetched, and the copy says when', async () => {
    const bench = await openVerifying(HUB);
    const model = await have(bench, 1, ONE);
    const copyOf = () => bench.store.copies.getCopy(model.copyId ?? 0);
    const before = copyOf()?.verifiedAt ?? '';
    const sent = bench.hub.bytesSent();
    const wish = bench.verify(1, model.id);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 right');
    expect(bench.store.verifications.sumItems(wish?.id ?? 0)).toMatchObject([{ files: 3, bytes: 1_500_002 }]);
    expect(bench.hub.bytesSent()).toBe(sent);
    expect((copyOf()?.verifiedAt ?? '') > before).toBe(true);
    expect(bench.notices(model.id)).toEqual(['completed']);
  });

  it('is fetched again as far as it is broken or missing, byte for byte, and the other chat that has it is told', async () => {
    const bench = await openVerifying(HUB);
    const model = await have(bench, 1, ONE);
    const theirs = await have(bench, 2, ONE);
    damage(bench.pathOf(model, 'other.safetensors'));
    rmSync(bench.pathOf(model, 'config.json'));
    const drawnBefore = bench.model(theirs.id).updatedAt;
    const sent = bench.hub.bytesSent();
    bench.settings.concurrency = 0;
    const wish = bench.verify(1, model.id);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 mending');
    expect(bench.store.verifications.itemsIn(wish?.id ?? 0, ['mending'], 1)).toMatchObject([
      { finding: { missing: ['config.json'], broken: ['other.safetensors'], missingCount: 1, brokenCount: 1 } },
    ]);
    expect(bench.model(model.id)).toMatchObject({ status: 'pending', runNow: true });
    expect(bench.model(theirs.id)).toMatchObject({ status: 'completed', filesGone: 2, filesBroken: 1 });
    expect(bench.model(theirs.id).updatedAt > drawnBefore).toBe(true);
    // What looks at names and sizes alone sees one of them only, and must not forget the other.
    await bench.queue.lookAfter();
    expect(bench.model(theirs.id)).toMatchObject({ filesGone: 2, filesBroken: 1 });
    const drawn = bench.model(theirs.id).updatedAt;
    bench.settings.concurrency = 1;
    bench.queue.wake();
    await bench.reaches(model.id, 'completed');
    const fetched = bench.hub.bytesSent() - sent - SIZES['other.safetensors'] - SIZES['config.json'];
    // What the Hub says besides, where it sends us on.
    expect([fetched >= 0, fetched < 5000]).toEqual([true, true]);
    expect(bench.model(theirs.id)).toMatchObject({ status: 'completed', filesGone: 0, filesBroken: 0 });
    expect(bench.model(theirs.id).updatedAt > drawn).toBe(true);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
    const again = bench.verify(2);
    await expect.poll(() => bench.states(again), PATIENT).toBe('done, 1 right');
  });

  it('is told with a sound if it lasted, and not if it was a matter of seconds', async () => {
    const { between, release, read } = held();
    const bench = await openVerifying(HUB, between);
    const model = await have(bench, 1, ONE);
    const told = () => bench.store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 100);
    const brief = bench.verify(1, model.id);
    await expect.poll(() => read.length, PATIENT).toBe(1);
    release();
    await expect.poll(() => bench.states(brief), PATIENT).toBe('done, 1 right');
    expect(told().map(({ kind }) => kind)).toEqual(['completed']);
    const wish = bench.verify(1, model.id);
    await expect.poll(() => read.length, PATIENT).toBe(2);
    bench.clock.pass(61_000);
    release();
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 right');
    expect(told()).toContainEqual(expect.objectContaining({ kind: 'verified', payload: { verificationId: wish?.id } }));
  });

  it('cannot be read where the cache is not there, and says why', async () => {
    const bench = await openVerifying(HUB);
    const model = await have(bench, 1, ONE);
    renameSync(bench.cacheDir, `${bench.cacheDir}-away`);
    const wish = bench.verify(1, model.id);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 refused');
    const [item] = bench.store.verifications.itemsIn(wish?.id ?? 0, ['refused'], 1);
    expect(item?.finding?.refusal).toMatch(/^The cache .* is not there/);
    expect(bench.model(model.id)).toMatchObject({ status: 'completed', filesGone: 0 });
    rmSync(bench.cacheDir, { recursive: true, force: true });
    renameSync(`${bench.cacheDir}-away`, bench.cacheDir);
  });
});

describe('several that are to be read', () => {
  it('are read one at a time, chats in turn, each copy once', async () => {
    const { between, read, most, release } = held();
    const bench = await openVerifying(HUB, between);
    for (const name of [ONE, TWO, THREE]) await have(bench, 1, name);
    await have(bench, 2, TWO);
    const many = bench.verify(1);
    const other = bench.verify(2);
    await expect.poll(() => read, PATIENT).toEqual(['one']);
    expect(bench.verifying().progress(many?.id ?? 0)).toMatchObject({ state: { filesDone: 1, filesTotal: 3 } });
    expect(bench.verifying().progress(other?.id ?? 0)).toBe(undefined);
    for (const count of [2, 3, 4]) {
      release();
      await expect.poll(() => read.length, PATIENT).toBe(count);
    }
    expect(read).toEqual(['one', 'two', 'two', 'three']);
    expect(most()).toBe(1);
    release();
    await expect
      .poll(() => [bench.states(many), bench.states(other)], PATIENT)
      .toEqual(['done, 3 right', 'done, 1 right']);
  });

  it('are one wish, however often it is handled, and are not wanted twice', async () => {
    const { between } = held();
    const bench = await openVerifying(HUB, between);
    const model = await have(bench, 1, ONE);
    const asked = { chatId: 1, userId: 1, threadId: null, messageId: 5, updateId: 77 };
    const wish = bench.verifying().request(asked, model.id);
    expect(bench.verifying().request(asked, model.id)?.id).toBe(wish?.id);
    expect(bench.verify(1, model.id)).toBe(undefined);
    expect(bench.verify(1)).toBe(undefined);
    await have(bench, 1, TWO);
    expect(bench.states(bench.verify(1))).toBe('reading, 1 waiting');
  });

  it('go on after a restart, with what was not read yet', async () => {
    const { between, read, release } = held();
    const bench = await openVerifying(HUB, between);
    await have(bench, 1, ONE);
    await have(bench, 1, TWO);
    const wish = bench.verify(1);
    await expect.poll(() => read.length, PATIENT).toBe(1);
    release();
    await expect.poll(() => read, PATIENT).toEqual(['one', 'two']);
    await bench.restart();
    expect(bench.states(wish)).toBe('reading, 1 right, 1 waiting');
    await expect.poll(() => read, PATIENT).toEqual(['one', 'two', 'two']);
    // The gate of the reading that was broken off is first in line.
    release();
    release();
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 2 right');
  });

  it('can be left: what is read is broken off, and the next wish has its turn', async () => {
    const { between, read, release } = held();
    const bench = await openVerifying(HUB, between);
    await have(bench, 1, ONE);
    await have(bench, 1, TWO);
    await have(bench, 2, THREE);
    const many = bench.verify(1);
    const other = bench.verify(2);
    await expect.poll(() => read, PATIENT).toEqual(['one']);
    expect(bench.verifying().cancel(many?.id ?? 0)).toBe(true);
    expect(bench.verifying().cancel(many?.id ?? 0)).toBe(false);
    await expect.poll(() => read, PATIENT).toEqual(['one', 'three']);
    release();
    release();
    await expect.poll(() => bench.states(other), PATIENT).toBe('done, 1 right');
    expect(bench.states(many)).toBe('cancelled, 2 waiting');
  });

  it('are left out if they are gone, are being downloaded, or were begun anew while they were read', async () => {
    const { between, read, release } = held();
    const bench = await openVerifying(HUB, between);
    const [one, two] = [await have(bench, 1, ONE), await have(bench, 1, TWO)];
    const three = await have(bench, 1, THREE);
    const wish = bench.verify(1);
    await expect.poll(() => read, PATIENT).toEqual(['one']);
    bench.settings.concurrency = 0;
    rmSync(bench.pathOf(one, 'config.json'));
    await bench.queue.lookAfter();
    bench.queue.restore(one.id);
    await removeNow(bench.queue, two.id, 'ours');
    rmSync(bench.pathOf(three, 'config.json'));
    await bench.queue.lookAfter();
    bench.queue.restore(three.id);
    release();
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 3 left_out');
    expect(read).toEqual(['one']);
    expect(bench.model(one.id)).toMatchObject({ status: 'pending' });
    mkdirSync(bench.cacheDir, { recursive: true });
  });
});

describe('the monthly round', () => {
  const MONTH_MS = 30 * 24 * 3_600_000;
  const told = (bench: VerifyingBench) =>
    bench.store.outbox
      .dueNotices('9999-12-31T00:00:00.000Z', 100)
      .flatMap((notice) => (notice.kind === 'verified' ? [{ chatId: notice.chatId, ...notice.payload }] : []));
  const owned = async (between: Between = {}): Promise<VerifyingBench> => {
    const bench = await openVerifying(HUB, between);
    bench.store.users.upsertUser({ userId: 9, firstName: 'Ann', username: null });
    bench.store.users.setRole(9, 'owner');
    return bench;
  };

  it('reads every copy once, has what is broken fetched as its schedule lets it, and tells each owner once', async () => {
    const bench = await owned();
    expect(bench.verifying().beginRound()).toBe(false);
    const [one] = [await have(bench, 1, ONE), await have(bench, 2, ONE), await have(bench, 2, TWO)];
    bench.settings.concurrency = 0;
    damage(bench.pathOf(one, 'model.safetensors'));
    expect(bench.verifying().beginRound()).toBe(true);
    await expect.poll(() => told(bench).length, PATIENT).toBe(1);
    const [notice] = told(bench);
    const round = bench.store.verifications.getVerification(notice?.verificationId ?? 0);
    expect([notice?.chatId, bench.states(round)]).toEqual([9, 'done, 1 mending, 1 right']);
    expect(bench.model(one.id)).toMatchObject({ status: 'pending', runNow: false });
  });

  it('has it fetched for another model that has the copy where the one that was meant is removed meanwhile', async () => {
    const { between, read, release } = held();
    const bench = await owned(between);
    const [one, other] = [await have(bench, 1, ONE), await have(bench, 2, ONE)];
    bench.settings.concurrency = 0;
    damage(bench.pathOf(one, 'model.safetensors'));
    bench.verifying().beginRound();
    await expect.poll(() => read.length, PATIENT).toBe(1);
    bench.queue.remove(one.id, { taking: 'ours', freedBytes: 0 });
    release();
    await expect.poll(() => told(bench).length, PATIENT).toBe(1);
    expect(bench.model(other.id)).toMatchObject({ status: 'pending', runNow: false });
  });

  it('comes again after a month, by whichever clock, and not before', async () => {
    const bench = await owned();
    await have(bench, 1, ONE);
    expect(bench.verifying().beginRound()).toBe(true);
    await expect.poll(() => told(bench).length, PATIENT).toBe(1);
    bench.clock.pass(MONTH_MS - 3_600_000);
    expect(bench.verifying().beginRound()).toBe(false);
    bench.clock.pass(3_600_000);
    expect(bench.verifying().beginRound()).toBe(true);
    await expect.poll(() => told(bench).length, PATIENT).toBe(2);
    bench.clock.turn(-2 * MONTH_MS);
    expect(bench.verifying().beginRound()).toBe(true);
    await expect.poll(() => told(bench).length, PATIENT).toBe(3);
  });

  it('lets those go first who have asked, and does not begin twice', async () => {
    const { between, read, release } = held();
    const bench = await owned(between);
    await have(bench, 1, ONE);
    await have(bench, 1, TWO);
    for (const name of [THREE, ONE]) await have(bench, 2, name);
    bench.verifying().beginRound();
    await expect.poll(() => read, PATIENT).toEqual(['one']);
    bench.clock.pass(2 * MONTH_MS);
    expect(bench.verifying().beginRound()).toBe(false);
    bench.verify(2);
    for (const count of [2, 3, 4, 5]) {
      release();
      await expect.poll(() => read.length, PATIENT).toBe(count);
    }
    expect(read).toEqual(['one', 'three', 'one', 'two', 'three']);
    release();
    await expect.poll(() => told(bench).map(({ chatId }) => chatId), PATIENT).toEqual([9]);
  });
});
