import { existsSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { type TestHosts, withNas } from '../helpers/hosts.ts';
import { type QueueBench, removeNow, sampleModel, setUp } from './setup.ts';

interface TwoHosts extends QueueBench {
  readonly nas: number;
  readonly hosts: TestHosts;
  readonly lies: (on: 'here' | 'nas') => boolean;
}

/** Two machines, each with a cache of its own, and what a queue asks of them goes as JSON. */
const openTwoHosts = async (): Promise<TwoHosts> => {
  const machines = withNas();
  const bench = await setUp({ repos: [sampleModel('lab/m')] }, {}, { hosts: machines.make });
  const folderOf = { here: bench.cacheDir, nas: join(dirname(bench.cacheDir), 'nas') };
  const commit = bench.hub.commitOf('lab/m').id;
  return {
    ...bench,
    nas: machines.nas(),
    hosts: machines.hosts(),
    lies: (on) => existsSync(join(folderOf[on], 'models--lab--m', 'snapshots', commit, 'model.safetensors')),
  };
};

it('the same model on two machines comes to each from the Hub, and goes from the one without the other', async () => {
  const bench = await openTwoHosts();
  const [here, there] = [bench.add(1, 'lab/m'), bench.add(1, 'lab/m', { hostId: bench.nas })];
  bench.queue.start();
  const [mine, theirs] = [await bench.reaches(here.id, 'completed'), await bench.reaches(there.id, 'completed')];
  expect([mine, theirs].map(({ downloadPath }) => downloadPath?.includes('/nas/'))).toEqual([false, true]);
  expect([bench.lies('here'), bench.lies('nas')]).toEqual([true, true]);
  expect(bench.queue.bytesReceived()).toBe(2 * 2_000_002);
  expect([...bench.notices(here.id), ...bench.notices(there.id)]).toEqual(['completed', 'completed']);
  expect((await bench.queue.room(bench.nas)).freeBytes).toBeGreaterThan(0);

  expect(await removeNow(bench.queue, here.id, 'ours')).toBe(2_000_002);
  expect([bench.lies('here'), bench.lies('nas')]).toEqual([false, true]);
  const reading = bench.queue.verifyCopy(theirs.copyId ?? 0, new AbortController().signal);
  expect(await reading?.done).toMatchObject({ kind: 'right', files: 2 });
  expect(await removeNow(bench.queue, there.id, 'ours')).toBe(2_000_002);
  expect(bench.lies('nas')).toBe(false);
  await bench.close();
});

it('what lies whole on a machine is known there again, and nothing of it is fetched once more', async () => {
  const bench = await openTwoHosts();
  const { id } = bench.add(1, 'lab/m', { hostId: bench.nas });
  bench.queue.start();
  await bench.reaches(id, 'completed');
  // As after a backup of the night before, which knows nothing of it.
  expect(await removeNow(bench.queue, id, 'nothing')).toBe(0);
  const again = bench.add(1, 'lab/m', { hostId: bench.nas });
  bench.queue.wake();
  await bench.reaches(again.id, 'completed');
  expect(bench.queue.bytesReceived()).toBe(2_000_002);
  // On this machine there is nothing of it.
  const here = bench.add(1, 'lab/m');
  bench.queue.wake();
  await bench.reaches(here.id, 'completed');
  expect(bench.queue.bytesReceived()).toBe(2 * 2_000_002);
  await bench.close();
});

it('a download on a machine that goes away and comes back is complete, and is told of once', async () => {
  const bench = await openTwoHosts();
  bench.hosts.away.add(bench.nas);
  const { id } = bench.add(1, 'lab/m', { hostId: bench.nas });
  bench.queue.start();
  bench.queue.wake();
  expect(bench.queue.waitingOf(bench.model(id))).toMatchObject({ kind: 'host_away', host: 'nas', since: undefined });
  bench.hosts.away.clear();
  await bench.reaches(id, 'completed');
  expect(bench.notices(id)).toEqual(['completed']);
  expect(bench.complaints).toEqual([]);
  await bench.close();
});

it('a model that moves stays where it is until it is whole on the other machine, and goes then', async () => {
  const bench = await openTwoHosts();
  const { id } = bench.add(1, 'lab/m');
  bench.queue.start();
  const before = await bench.reaches(id, 'completed');
  const { id: commitSha, files } = bench.hub.commitOf('lab/m');
  const rows = files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
  bench.hosts.away.add(bench.nas);
  const { revision, selection, sizeBytes } = before;
  const move = { commitSha, files: rows, revision, selection, sizeBytes: sizeBytes ?? 0, metadata: {} };
  expect(bench.queue.change(id, { ...move, hostId: bench.nas })).toBe(true);
  expect(bench.model(id)).toMatchObject({
    status: 'pending',
    hostId: bench.nas,
    hostName: 'nas',
    copyId: before.copyId,
  });
  expect([bench.lies('here'), bench.lies('nas')]).toEqual([true, false]);

  bench.hosts.away.delete(bench.nas);
  bench.queue.wake();
  const after = await bench.reaches(id, 'completed');
  expect(after.downloadPath).toContain('/nas/');
  await expect.poll(() => bench.lies('here')).toBe(false);
  expect(bench.lies('nas')).toBe(true);
  await bench.close();
});

it('what kept a model from one machine keeps it from no other', async () => {
  const bench = await openTwoHosts();
  const added = bench.add(1, 'lab/m', { hostId: bench.nas });
  const waits = { statusReason: 'backoff', notBefore: '2999-01-01T00:00:00.000Z' } as const;
  bench.store.models.updateModelDetails(added.id, waits);
  bench.queue.start();
  const { revision, selection, sizeBytes, commitSha } = added;
  const files = await bench.store.models.readModelFiles(added.id);
  const move = { commitSha: commitSha ?? '', files, revision, selection, sizeBytes: sizeBytes ?? 0, metadata: {} };
  expect(bench.queue.change(added.id, { ...move, hostId: 1 })).toBe(true);
  await bench.reaches(added.id, 'completed');
  expect([bench.lies('here'), bench.lies('nas')]).toEqual([true, false]);
  await bench.close();
});

it('what a machine lacks of a model is what it lacks itself, also while it is away', async () => {
  const bench = await openTwoHosts();
  const { id } = bench.add(1, 'lab/m');
  bench.queue.start();
  const { sizeBytes } = await bench.reaches(id, 'completed');
  const { id: commit, files } = bench.hub.commitOf('lab/m');
  const rows = files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
  const missing = async (hostId?: number) =>
    (await bench.queue.spaceFor({ type: 'model', id: 'lab/m', commit }, rows, hostId)).missingBytes;
  expect([await missing(), await missing(bench.nas)]).toEqual([0, sizeBytes]);
  bench.hosts.away.add(bench.nas);
  expect(await missing(bench.nas)).toBe(sizeBytes);
  await bench.close();
});

it('what is gone from a machine, and what nobody waits for there, is found out when it is heard of, and not only at night', async () => {
  const bench = await openTwoHosts();
  const { id } = bench.add(1, 'lab/m', { hostId: bench.nas });
  bench.queue.start();
  const { downloadPath } = await bench.reaches(id, 'completed');
  bench.hosts.away.add(bench.nas);
  bench.queue.wake();
  await rm(downloadPath ?? '', { recursive: true });
  const partials = join(dirname(bench.cacheDir), 'nas', 'models--lab--m', '.hubgram');
  await writeFile(join(partials, `${'a'.repeat(64)}.part`), 'of nobody');
  await bench.queue.lookAfter();
  expect(bench.model(id).filesGone).toBe(0);
  bench.hosts.away.clear();
  bench.queue.wake();
  await expect.poll(() => bench.model(id).filesGone).toBe(2);
  expect(readdirSync(partials).filter((name) => name.includes('.part'))).toEqual([]);
  await bench.close();
});
