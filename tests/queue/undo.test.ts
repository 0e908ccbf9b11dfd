import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Taking } from '../../src/domain/copy.ts';
import type { Model } from '../../src/domain/model.ts';
import { UNDO_MS } from '../../src/domain/removals/removed-model.ts';
import { type ByHand, commitOf, filesOf, openByHand, SIZE } from './by-hand.ts';
import { PATIENT } from './setup.ts';

let bench: ByHand;
beforeEach(async () => {
  bench = await openByHand();
  bench.queue().start();
});
afterEach(() => bench.close());

const complete = async (chatId: number, name: string): Promise<number> => {
  const id = bench.add(chatId, name);
  bench.queue().wake();
  // What is here already comes without anybody's help.
  await expect
    .poll(() => {
      for (const job of bench.executor.running(name)) job.complete();
      return bench.stateOf(id);
    }, PATIENT)
    .toBe('completed');
  return id;
};

const remove = (id: number, taking: Taking = 'ours'): boolean => bench.queue().remove(id, { taking, freedBytes: SIZE });

/** Everything that is to happen by now has happened. */
const look = async (): Promise<void> => {
  await bench.queue().lookAfter();
  await expect
    .poll(() => [bench.store.copies.removalsToDo(), bench.store.removedModels.going()], PATIENT)
    .toEqual([[], []]);
};

const passTheHour = async (): Promise<void> => {
  bench.clock.pass(UNDO_MS);
  await look();
};

const stateOf = (id: number): string | undefined => bench.store.removedModels.getRemoved(id)?.state;

/** Its row, save for the time of its last change. */
const rowOf = (id: number): Omit<Model, 'updatedAt'> => {
  const { updatedAt: _, ...row } = bench.model(id);
  return row;
};

describe('what was removed', () => {
  it('comes back as it was: number, fields, tags, place, card, history, and nothing is fetched', async () => {
    const id = await complete(1, 'a/1');
    const { store } = bench;
    store.models.updateModelDetails(id, {
      title: 'Mine',
      description: 'first',
      priority: 'high',
      pinned: true,
      category: 'text',
    });
    store.models.setTags(id, ['nlp', 'demo']);
    store.cards.putCard({ modelId: id, chatId: 1, threadId: 3, messageId: 7, replyTo: 6 });
    store.followers.addFollower(id, 9);
    const before = [
      rowOf(id),
      store.models.tagsOf(id),
      store.sessions.getDownloadHistory(id),
      store.followers.followersOf(id),
    ];
    expect(remove(id)).toBe(true);
    expect([store.models.getModel(id), store.cards.cardOf(id), bench.executor.stored()]).toEqual([
      undefined,
      undefined,
      SIZE,
    ]);
    expect(bench.queue().undo(id)).toBe('undone');
    expect([
      rowOf(id),
      store.models.tagsOf(id),
      store.sessions.getDownloadHistory(id),
      store.followers.followersOf(id),
    ]).toEqual(before);
    // It is drawn anew in the message that told of its removal.
    expect(store.cards.cardOf(id)).toMatchObject({ messageId: 7, threadId: 3, drawn: null, final: false });
    await passTheHour();
    expect([bench.stateOf(id), bench.executor.stored(), bench.executor.jobs.length]).toEqual(['completed', SIZE, 1]);
  });

  it('goes when the hour is over, and not before', async () => {
    const id = await complete(1, 'a/1');
    remove(id);
    bench.clock.pass(UNDO_MS - 1);
    await look();
    expect([stateOf(id), bench.executor.stored()]).toEqual(['kept', SIZE]);
    bench.clock.pass(1);
    await look();
    expect([stateOf(id), bench.executor.stored()]).toEqual(['gone', 0]);
    expect(bench.store.removedModels.getRemoved(id)?.freedBytes).toBe(SIZE);
    expect(bench.queue().undo(id)).toBe('over');
    bench.clock.pass(25 * UNDO_MS);
    await look();
    expect(bench.store.removedModels.getRemoved(id)).toBeUndefined();
  });

  it('without its files leaves them when the hour is over', async () => {
    const id = await complete(1, 'a/1');
    remove(id, 'nothing');
    await passTheHour();
    expect([stateOf(id), bench.executor.stored()]).toEqual(['gone', SIZE]);
  });

  it('is removed once and brought back once, however often that is asked for', async () => {
    const id = await complete(1, 'a/1');
    expect([remove(id), remove(id)]).toEqual([true, false]);
    expect([bench.queue().undo(id), bench.queue().undo(id)]).toEqual(['undone', 'over']);
    expect([remove(id), bench.queue().undo(id), bench.stateOf(id)]).toEqual([true, 'undone', 'completed']);
  });

  it('while it was downloading stops, keeps what has come, and goes on with it', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().wake();
    const running = await bench.job('a/1');
    running.arrive(400);
    remove(id);
    await expect.poll(running.end, PATIENT).toBe('stopped');
    await look();
    expect([bench.executor.stored(), bench.store.models.getModel(id)]).toEqual([400, undefined]);
    bench.queue().undo(id);
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    const [session] = bench.store.sessions.getDownloadHistory(id);
    expect(session?.receivedBytes).toBe(600);
  });

  it('while it was downloading goes with what has come when the hour is over', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().wake();
    (await bench.job('a/1')).arrive(400);
    remove(id);
    await passTheHour();
    expect(bench.executor.stored()).toBe(0);
    expect(bench.store.removedModels.getRemoved(id)).toMatchObject({ state: 'gone', freedBytes: 400 });
  });

  it('is paused again if it was paused, and cancelled if it was cancelled', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().wake();
    (await bench.job('a/1')).arrive(400);
    bench.queue().pause(id);
    remove(id);
    bench.queue().undo(id);
    expect([bench.stateOf(id), bench.store.models.isCancelled(id)]).toEqual(['paused', false]);
    await look();
    expect(bench.executor.stored()).toBe(400);
    bench.queue().cancel(id);
    remove(id);
    await look();
    expect(bench.executor.stored()).toBe(0);
    bench.queue().undo(id);
    expect([bench.stateOf(id), bench.store.models.isCancelled(id)]).toEqual(['paused', true]);
  });

  it('comes back at its place in the order, a whole library of it', async () => {
    bench.settings.concurrency = 0;
    const ids = Array.from({ length: 30 }, (_, at) => bench.add(1, `a/${at}`));
    const orderNow = (): number[] => bench.store.models.order().map(({ id }) => id);
    expect(ids.map((id) => remove(id))).toEqual(ids.map(() => true));
    expect(orderNow()).toEqual([]);
    expect(ids.toReversed().map((id) => bench.queue().undo(id))).toEqual(ids.map(() => 'undone'));
    expect(orderNow()).toEqual(ids);
  });

  it('is fetched again where something else has taken it away meanwhile', async () => {
    const [ann, bob] = [await complete(1, 'a/1'), await complete(2, 'a/1')];
    remove(ann);
    bench.executor.lose('a/1');
    await bench.queue().lookAfter();
    expect(bench.queue().restore(bob)).toBe(true);
    bench.queue().undo(ann);
    (await bench.job('a/1')).complete();
    for (const id of [ann, bob]) await bench.reaches(id, 'completed');
  });
});

describe('what is added meanwhile', () => {
  it('in the same library takes the copy over, and the removal cannot be undone', async () => {
    const id = await complete(1, 'a/1');
    remove(id);
    const again = bench.add(1, 'a/1');
    bench.queue().wake();
    await bench.reaches(again, 'completed');
    expect(bench.store.sessions.getDownloadHistory(again)[0]?.receivedBytes).toBe(0);
    expect(bench.queue().undo(id)).toBe('again');
    await passTheHour();
    expect([bench.executor.stored(), bench.store.removedModels.getRemoved(id)?.freedBytes]).toEqual([SIZE, 0]);
    // Removed again, the later one is what comes back.
    remove(again);
    expect([bench.queue().undo(id), bench.queue().undo(again)]).toEqual(['over', 'undone']);
  });

  it('in another chat’s library takes the copy over, and keeps it', async () => {
    const id = await complete(1, 'a/1');
    remove(id);
    const other = bench.add(2, 'a/1');
    bench.queue().wake();
    await bench.reaches(other, 'completed');
    await passTheHour();
    expect([bench.executor.stored(), bench.executor.jobs.length]).toEqual([SIZE, 2]);
    remove(other);
    await passTheHour();
    expect(bench.executor.stored()).toBe(0);
  });

  it.each([
    ['the first, then the second', [0, 1]],
    ['the second, then the first', [1, 0]],
  ] as const)('two that let go of one copy leave it until both are over: %s', async (_, order) => {
    const ids = [await complete(1, 'a/1'), await complete(2, 'a/1')];
    for (const at of order) {
      expect(bench.executor.stored()).toBe(SIZE);
      remove(ids[at] ?? 0);
      bench.clock.pass(UNDO_MS / 2);
      await look();
    }
    expect([bench.executor.stored(), new Set(ids.map(stateOf))]).toEqual([SIZE, new Set(['gone', 'kept'])]);
    bench.clock.pass(UNDO_MS / 2);
    await look();
    expect([bench.executor.stored(), ids.map(stateOf)]).toEqual([0, ['gone', 'gone']]);
  });
});

describe('what two removals keep', () => {
  it('of what never was complete stays until both are over', async () => {
    const ids = [bench.add(1, 'a/1'), bench.add(2, 'a/1')];
    bench.queue().wake();
    (await bench.job('a/1')).arrive(400);
    for (const id of ids) {
      remove(id);
      bench.clock.pass(UNDO_MS / 2);
      await look();
    }
    expect([ids.map(stateOf), bench.executor.stored()]).toEqual([['gone', 'kept'], 400]);
    bench.clock.pass(UNDO_MS / 2);
    await look();
    expect(bench.executor.stored()).toBe(0);
  });

  it('is what a model had while a newer commit came: it stays though nobody else has it any more', async () => {
    const [ann, bob] = [await complete(1, 'a/1'), await complete(2, 'a/1')];
    const renewal = { commitSha: commitOf('newer'), files: filesOf('newer'), sizeBytes: SIZE };
    bench.settings.concurrency = 0;
    for (const id of [ann, bob]) bench.queue().renew(id, renewal);
    const had = bench.model(ann).copyId;
    remove(ann);
    bench.settings.concurrency = 1;
    bench.queue().wake();
    (await bench.job('a/1')).complete();
    await bench.reaches(bob, 'completed');
    await look();
    expect([bench.store.copies.getCopy(had ?? 0)?.state, bench.executor.stored()]).toEqual(['complete', 2 * SIZE]);
    bench.settings.concurrency = 0;
    bench.queue().undo(ann);
    expect([bench.model(ann).copyId, bench.stateOf(ann)]).toEqual([had, 'pending']);
    bench.settings.concurrency = 1;
    bench.queue().wake();
    await bench.reaches(ann, 'completed');
    await look();
    expect(bench.executor.stored()).toBe(SIZE);
  });
});

describe('room', () => {
  it('that removals keep is as good as free for what is to come', async () => {
    const id = await complete(1, 'a/1');
    bench.executor.disk.freeBytes = 1500;
    const repo = { type: 'model', id: 'a/2', commit: commitOf('a/2') } as const;
    expect(await bench.queue().spaceFor(repo, filesOf('a/2'))).toEqual({ freeBytes: 500, missingBytes: SIZE });
    remove(id);
    bench.clock.pass(3000);
    expect(await bench.queue().spaceFor(repo, filesOf('a/2'))).toEqual({ freeBytes: 1500, missingBytes: SIZE });
  });

  it('that removals keep without freeing anything is none: what stays on the disk, what another chat has', async () => {
    const [kept, shared] = [await complete(1, 'a/1'), await complete(1, 'a/2')];
    await complete(2, 'a/2');
    bench.executor.disk.freeBytes = 2500;
    remove(kept, 'nothing');
    remove(shared);
    const repo = { type: 'model', id: 'a/3', commit: commitOf('a/3') } as const;
    expect(await bench.queue().spaceFor(repo, filesOf('a/3'))).toEqual({ freeBytes: 500, missingBytes: SIZE });
    const waits = bench.add(1, 'a/3');
    bench.queue().wake();
    await bench.reaches(waits, 'pending no_space');
    await look();
    // Nothing would be gained by taking these away.
    expect([stateOf(kept), stateOf(shared)]).toEqual(['kept', 'kept']);
  });

  it('is taken from removals before anything has to wait, from the oldest first and no more than it takes', async () => {
    const ids = [await complete(1, 'a/1'), await complete(1, 'a/2')];
    for (const id of ids) {
      remove(id);
      bench.clock.pass(1000);
    }
    bench.executor.disk.freeBytes = 2500;
    const next = bench.add(1, 'a/3');
    bench.queue().wake();
    (await bench.job('a/3')).complete();
    await bench.reaches(next, 'completed');
    expect(bench.statuses(next)).toEqual(['completed']);
    expect(ids.map(stateOf)).toEqual(['gone', 'kept']);
  });

  it('that all models together may take is taken from removals, too', async () => {
    const id = await complete(1, 'a/1');
    remove(id);
    bench.settings.maxTotalBytes = 1500;
    const next = bench.add(1, 'a/2');
    bench.queue().wake();
    (await bench.job('a/2')).complete();
    await bench.reaches(next, 'completed');
    expect([stateOf(id), bench.executor.stored()]).toEqual(['gone', SIZE]);
  });
});

describe('an end of the program', () => {
  it('before the hour is over loses nothing of it, and after it what was kept goes at the next start', async () => {
    const id = await complete(1, 'a/1');
    remove(id);
    await bench.queue().close();
    bench.reopen().start();
    await look();
    expect([stateOf(id), bench.executor.stored()]).toEqual(['kept', SIZE]);
    await bench.queue().close();
    bench.clock.pass(UNDO_MS);
    bench.reopen().start();
    await expect.poll(() => [stateOf(id), bench.executor.stored()], PATIENT).toEqual(['gone', 0]);
  });

  it('between the row and the disk: the next start goes on, and says that it is done', async () => {
    const id = await complete(1, 'a/1');
    remove(id);
    await bench.queue().close();
    bench.store.removedModels.letGo(id);
    expect([stateOf(id), bench.executor.stored()]).toEqual(['going', SIZE]);
    bench.reopen().start();
    await expect.poll(() => [stateOf(id), bench.executor.stored()], PATIENT).toEqual(['gone', 0]);
    expect(bench.store.removedModels.getRemoved(id)?.freedBytes).toBe(SIZE);
  });
});

describe('a clock that is set', () => {
  it('back does not make the hour longer than an hour from then on', async () => {
    const id = await complete(1, 'a/1');
    remove(id);
    bench.clock.turn(-24 * UNDO_MS);
    await look();
    bench.clock.pass(UNDO_MS - 1);
    await look();
    expect(stateOf(id)).toBe('kept');
    bench.clock.pass(1);
    await look();
    expect([stateOf(id), bench.executor.stored()]).toEqual(['gone', 0]);
  });

  it('back while the program is down is noticed at its start', async () => {
    const id = await complete(1, 'a/1');
    remove(id);
    await bench.queue().close();
    bench.clock.turn(-24 * UNDO_MS);
    bench.reopen().start();
    await passTheHour();
    expect(stateOf(id)).toBe('gone');
  });
});
