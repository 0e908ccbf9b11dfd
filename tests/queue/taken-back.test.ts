import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selectionKey } from '../../src/domain/files/selection.ts';
import type { Model } from '../../src/domain/model.ts';
import { silentLog as log } from '../../src/lib/log.ts';
import { letHostGo } from '../../src/library/hosts/joining.ts';
import type { Change } from '../../src/queue/change.ts';
import { type TestHosts, withNas } from '../helpers/hosts.ts';
import { type QueueBench, sampleModel, setUp } from './setup.ts';

/* Who cancels what a finished model was to become has it as it was. */

let bench: QueueBench;
let hosts: TestHosts;
let nas: number;
let id: number;
let before: Model;
beforeEach(async () => {
  const machines = withNas();
  bench = await setUp({ repos: [sampleModel('lab/m')] }, { maxRetries: 0 }, { hosts: machines.make });
  [nas, hosts] = [machines.nas(), machines.hosts()];
  id = bench.add(1, 'lab/m').id;
  bench.queue.start();
  before = await bench.reaches(id, 'completed');
});
afterEach(() => bench?.close());

const partialsOnNas = (): string[] => {
  const folder = join(dirname(bench.cacheDir), 'nas', 'models--lab--m', '.hubgram');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.includes('.part')) : [];
};
const listNow = (): Pick<Change, 'commitSha' | 'files' | 'sizeBytes'> => {
  const { id: commitSha, files } = bench.hub.commitOf('lab/m');
  const rows = files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
  return { commitSha, files: rows, sizeBytes: rows.reduce((sum, { size }) => sum + size, 0) };
};
const move = (hostId = nas, more: Partial<Change> = {}): boolean => {
  const { revision, selection } = before;
  return bench.queue.change(id, { ...listNow(), revision, selection, metadata: {}, hostId, ...more });
};
/** All of its row but when it was changed, and its place in the order. */
const expectAsBefore = (): void => {
  const { updatedAt: _, queuedAt: __, ...row } = before;
  expect(bench.model(id)).toEqual({ ...row, updatedAt: expect.any(String), queuedAt: expect.any(String) });
  expect(existsSync(join(before.downloadPath ?? '', 'model.safetensors'))).toBe(true);
};
const copiesOnNas = (): number[] =>
  bench.store.copies.removalsToDo().filter((copy) => bench.store.copies.getCopy(copy)?.hostId === nas);

describe('a move that is cancelled', () => {
  it('leaves the model complete where it was, and may be asked for again', async () => {
    hosts.away.add(nas);
    move();
    expect(bench.model(id)).toMatchObject({ status: 'pending', hostId: nas });
    expect([bench.queue.cancel(id), bench.queue.cancel(id)]).toEqual([true, false]);
    expectAsBefore();
    expect(bench.store.sessions.sessionOf(bench.model(id))).toMatchObject({ status: 'completed' });
    hosts.away.clear();
    bench.queue.wake();
    await expect.poll(copiesOnNas).toEqual([]);
    move();
    expect((await bench.reaches(id, 'completed')).downloadPath).toContain('/nas/');
    expect(bench.model(id).metadata?.had).toBeUndefined();
  });

  it('does so in the middle of it, when what has come there goes, and nobody is told of an end', async () => {
    bench.hub.setFault({ kind: 'held', path: 'lab/m/model.safetensors', bytes: 1_000_000 });
    move();
    await expect.poll(() => partialsOnNas().length).toBeGreaterThan(0);
    expect(bench.queue.cancel(id)).toBe(true);
    expectAsBefore();
    await expect.poll(partialsOnNas).toEqual([]);
    await expect.poll(copiesOnNas).toEqual([]);
    expect(bench.notices(id)).toEqual(['completed']);
    expect(bench.store.sessions.getDownloadHistory(id).map(({ status }) => status)).toEqual(['cancelled', 'completed']);
  });

  it('does so when it is paused, and when it has failed', async () => {
    hosts.away.add(nas);
    move();
    bench.queue.pause(id);
    expect(bench.queue.cancel(id)).toBe(true);
    expectAsBefore();
    hosts.away.clear();
    bench.hub.setFault({ kind: 'corrupt', path: 'lab/m/model.safetensors', offset: 500_000 });
    move();
    await bench.reaches(id, 'failed');
    expect(existsSync(join(before.downloadPath ?? '', 'model.safetensors'))).toBe(true);
    expect(bench.queue.cancel(id)).toBe(true);
    expectAsBefore();
    expect(bench.store.sessions.getDownloadHistory(id)[0]?.status).toBe('failed');
  });

  it('does so with what else was to change about it, over a restart', async () => {
    hosts.away.add(nas);
    move(nas, { revision: 'v2', metadata: { license: 'other' } });
    // And something else before that has come true.
    const selection = selectionKey({ quantize: 'auto', include: ['config.json'], exclude: [] });
    move(nas, { revision: 'v3', selection });
    await bench.queue.close();
    const queue = bench.restarted();
    expect(bench.model(id)).toMatchObject({ status: 'pending', revision: 'v3', selection, hostId: nas });
    expect(queue.cancel(id)).toBe(true);
    expectAsBefore();
  });

  it('is only cancelled where the library has the same in the old place by now', async () => {
    hosts.away.add(nas);
    move();
    const again = bench.add(1, 'lab/m');
    bench.queue.wake();
    await bench.reaches(again.id, 'completed');
    expect(bench.queue.cancel(id)).toBe(true);
    expect(bench.model(id)).toMatchObject({ status: 'paused', hostId: nas });
    expect(bench.store.models.isCancelled(id)).toBe(true);
  });

  it('keeps nobody from pausing it when it is asked for again', async () => {
    bench.hub.setFault({ kind: 'held', path: 'lab/m/model.safetensors', bytes: 1_000_000 });
    move();
    await expect.poll(() => partialsOnNas().length).toBeGreaterThan(0);
    bench.queue.cancel(id);
    hosts.away.add(nas);
    move();
    expect(bench.queue.pause(id)).toBe(true);
    expect(bench.store.models.isCancelled(id)).toBe(false);
    expect(await bench.queue.resumeAll(1)).toBe(1);
  });
});

describe('what else a finished model was to become', () => {
  it('is taken back: other files, and a newer commit', async () => {
    bench.queue.hold();
    const selection = selectionKey({ quantize: 'auto', include: ['config.json'], exclude: [] });
    move(1, { selection, leftOver: 5 });
    expect(bench.queue.cancel(id)).toBe(true);
    expectAsBefore();
    bench.hub.updateRepo('lab/m', { files: [{ path: 'config.json', content: '{"newer":1}' }] });
    expect(bench.queue.renew(id, listNow())).toBe(true);
    expect(bench.model(id).commitSha).not.toBe(before.commitSha);
    expect(bench.queue.cancel(id)).toBe(true);
    expectAsBefore();
    await expect.poll(() => bench.store.copies.removalsToDo()).toEqual([]);
  });

  it('is taken back where it has all that for already: another name of the same commit', () => {
    bench.queue.hold();
    move(1, { revision: 'v2' });
    expect(bench.model(id)).toMatchObject({ status: 'pending', revision: 'v2' });
    expect(bench.queue.cancel(id)).toBe(true);
    expectAsBefore();
    expect(bench.store.copies.removalsToDo()).toEqual([]);
  });

  it('is taken back with what was noted of it on the way: a commit that was gone by then', async () => {
    bench.hub.updateRepo('lab/m', { files: [{ path: 'config.json', content: '{"newer":1}' }] });
    const newer = listNow();
    const files = [{ path: 'model.safetensors', size: 3_000_000, seed: 'after the rewrite' }];
    bench.hub.updateRepo('lab/m', { files, rewrite: true });
    bench.hub.setFault({ kind: 'held', path: 'lab/m/model.safetensors', bytes: 1_000_000 });
    bench.queue.renew(id, newer);
    await expect.poll(() => bench.model(id).metadata?.movedFrom).toBe(newer.commitSha);
    expect(bench.queue.cancel(id)).toBe(true);
    expectAsBefore();
  });

  it('has files that are gone fetched no more, and is cancelled as what is new is: it has no copy', () => {
    bench.queue.hold();
    bench.store.copies.setFilesGone(before.copyId ?? 0, 1);
    expect(bench.queue.restore(id)).toBe(true);
    expect(bench.queue.cancel(id)).toBe(true);
    expect(bench.model(id)).toMatchObject({ status: 'paused', copyId: null });
  });
});

describe('a machine that is let go', () => {
  const letGo = async (): Promise<number | undefined> => {
    const host = bench.store.hosts.getHost(nas);
    const { store, queue, clock } = bench;
    return host && letHostGo({ store, queue, clock, log }, { userId: 1, chatId: 1 }, host);
  };

  it('leaves what was to move there where it lies', async () => {
    hosts.away.add(nas);
    move();
    expect(bench.store.hosts.countOnHost(nas)).toBe(0);
    expect(bench.store.hosts.bytesOnHost(nas)).toBe(0);
    expect(await letGo()).toBe(0);
    expectAsBefore();
  });

  it('has what moves away from there come as if it had never been there', async () => {
    move();
    await expect.poll(() => bench.model(id).status).toBe('completed');
    bench.queue.hold();
    move(1);
    expect(bench.model(id)).toMatchObject({ status: 'pending', hostId: 1 });
    expect(await letGo()).toBe(0);
    expect(bench.model(id)).toMatchObject({ status: 'pending', hostId: 1, copyId: null });
    bench.queue.unhold();
    expect((await bench.reaches(id, 'completed')).downloadPath).not.toContain('/nas/');
  });

  it('keeps nobody from bringing back what was removed while it moved there', async () => {
    hosts.away.add(nas);
    move();
    bench.queue.remove(id, { taking: 'ours', freedBytes: 0 });
    expect(await letGo()).toBe(0);
    const { removedModels } = bench.store;
    expect([removedModels.keptIn(1), removedModels.isOnHostLetGo(id)]).toEqual([[id], false]);
    expect(bench.queue.undo(id)).toBe('undone');
    expectAsBefore();
  });
});
