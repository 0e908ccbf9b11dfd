import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { RepoFile } from '../../src/domain/listing.ts';
import { defineRepo, type SampleHub } from '../../playground/hub/sample-hub.ts';
import { leftIn } from '../helpers/partials.ts';
import { foundByPython, pythonWarnings } from '../helpers/python-cache.ts';
import { openChildQueues } from './child-queue.ts';
import { addTo, noticesIn, PATIENT, type QueueBench, setUp } from './setup.ts';

/* A newer commit of twenty files, of which two have changed. */

const ID = 'sample/twenty';
const FOLDER = 'models--sample--twenty';
const PATHS = Array.from({ length: 20 }, (_, at) => `part-${String(at).padStart(2, '0')}.bin`);
const SIZE = 300_000;
const repo = defineRepo({ id: ID, files: PATHS.map((path) => ({ path, size: SIZE, seed: path })) });

/** Two of the files are others now. @returns the branch's new commit, as it is wanted */
const change = (hub: SampleHub, size = SIZE) => {
  const { id: commitSha, files } = hub.updateRepo(ID, {
    files: [PATHS[3], PATHS[17]].map((path) => ({ path: String(path), size, seed: `newer ${path}` })),
  });
  const list = files.map((file): RepoFile => ({ path: file.path, size: file.size, etag: file.etag() }));
  return { commitSha, files: list, sizeBytes: list.reduce((sum, file) => sum + file.size, 0) };
};

/** Whether all files of a commit are there, whole, for the Python client, by this revision. */
const isFound = (cacheDir: string, revision: string, files: readonly RepoFile[]): boolean => {
  const found = foundByPython(cacheDir, FOLDER, revision);
  const hashes = Object.entries(found).map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')]);
  expect(Object.fromEntries(hashes)).toEqual(Object.fromEntries(files.map(({ path, etag }) => [path, etag])));
  return true;
};

/** Which files bytes were fetched of, and how many, since a place in the list of requests. */
const fetchedSince = ({ requests }: SampleHub, from: number) => {
  const bodies = requests.slice(from).filter(({ host, bytesSent }) => host === 'cdn' && bytesSent > 0);
  return {
    paths: PATHS.filter((path) => bodies.some(({ file }) => file === `${ID}/${path}`)),
    bytes: bodies.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
  };
};

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

describe('a newer commit of twenty files of which two have changed', () => {
  it('fetches the two; the old one is whole for the Python client until the new one is, and goes then', async () => {
    bench = await setUp({ repos: [repo] });
    const { id, commitSha: old } = bench.add(1, ID);
    const before = bench.store.models.modelFiles(id);
    bench.queue.start();
    await bench.reaches(id, 'completed');
    expect(isFound(bench.cacheDir, 'main', before)).toBe(true);

    const letGo = bench.hub.setFault({ kind: 'held', path: `${ID}/${PATHS[17]}`, bytes: 1000 });
    const newer = change(bench.hub);
    const from = bench.hub.requests.length;
    expect(bench.queue.renew(id, newer)).toBe(true);
    await bench.hub.waitForRequest(
      ({ host, file, bytesSent }) => host === 'cdn' && file === `${ID}/${PATHS[17]}` && bytesSent === 1000,
    );
    for (const revision of ['main', old ?? '']) expect(isFound(bench.cacheDir, revision, before)).toBe(true);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
    expect(bench.model(id).downloadPath).toContain(`/snapshots/${old}`);

    letGo();
    const after = await bench.reaches(id, 'completed');
    expect(after.downloadPath).toContain(`/snapshots/${newer.commitSha}`);
    for (const revision of ['main', newer.commitSha]) expect(isFound(bench.cacheDir, revision, newer.files)).toBe(true);
    const fetched = fetchedSince(bench.hub, from);
    expect(fetched.paths).toEqual([PATHS[3], PATHS[17]]);
    // Connections may ask for the ends of each other's ranges.
    expect(fetched.bytes).toBeGreaterThanOrEqual(2 * SIZE);
    expect(fetched.bytes).toBeLessThan(3 * SIZE);
    await expect.poll(() => bench.store.copies.getCopy(1), PATIENT).toBeUndefined();
    expect(() => foundByPython(bench.cacheDir, FOLDER, old ?? '')).toThrow('ENOENT');
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
    expect(await leftIn(bench.cacheDir)).toEqual([]);
  });

  it('leaves the old one to the chat that does not take it, and both can be loaded', async () => {
    bench = await setUp({ repos: [repo] });
    const [ann, ben] = [bench.add(1, ID), bench.add(2, ID)];
    const before = bench.store.models.modelFiles(ann.id);
    bench.queue.start();
    for (const { id } of [ann, ben]) await bench.reaches(id, 'completed');
    const newer = change(bench.hub);
    bench.queue.renew(ann.id, newer);
    await expect.poll(() => bench.model(ann.id).downloadPath, PATIENT).toContain(newer.commitSha);
    expect(bench.model(ben.id)).toMatchObject({ status: 'completed', commitSha: ben.commitSha });
    expect(isFound(bench.cacheDir, ben.commitSha ?? '', before)).toBe(true);
    expect(isFound(bench.cacheDir, 'main', newer.files)).toBe(true);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);

    const from = bench.hub.requests.length;
    bench.queue.renew(ben.id, newer);
    await expect.poll(() => bench.model(ben.id).downloadPath, PATIENT).toContain(newer.commitSha);
    expect(fetchedSince(bench.hub, from).bytes).toBe(0);
    await expect.poll(() => bench.store.copies.getCopy(1), PATIENT).toBeUndefined();
    expect(isFound(bench.cacheDir, 'main', newer.files)).toBe(true);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
  });

  it('that cannot be had leaves the old one as it was', async () => {
    bench = await setUp({ repos: [repo] }, { maxRetries: 0 });
    const { id } = bench.add(1, ID);
    const before = bench.store.models.modelFiles(id);
    bench.queue.start();
    await bench.reaches(id, 'completed');
    bench.hub.setFault({ kind: 'corrupt', offset: 5, path: `${ID}/${PATHS[3]}` });
    bench.queue.renew(id, change(bench.hub));
    await bench.reaches(id, 'failed');
    expect(isFound(bench.cacheDir, 'main', before)).toBe(true);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
  });
});

describe('killed in the middle of it', () => {
  const LARGE = 2_000_000;
  const HELD = 2 ** 20;

  it('nothing wrong is to be seen, and the next process goes on where the disk was', async () => {
    const { hub, cacheDir, inStore, runToItsEnd, killAt } = await openChildQueues(repo);
    const { id } = inStore((store) => addTo(store, hub)(1, ID));
    const before = inStore((store) => store.models.modelFiles(id));
    expect(await runToItsEnd()).toBe(0);
    expect(isFound(cacheDir, 'main', before)).toBe(true);

    const newer = change(hub, LARGE);
    inStore((store) => {
      const copy = { repoType: 'model', name: ID, commitSha: newer.commitSha } as const;
      const { selection } = store.models.getModel(id) ?? { selection: '' };
      const wantsCopyId = store.copies.want({ ...copy, selection }, newer);
      store.models.moveModel(id, 'completed', 'pending', { wantsCopyId });
    });
    const letGo = hub.setFault({ kind: 'held', path: `${ID}/${PATHS[17]}`, bytes: HELD });
    const other = newer.files.flatMap(({ path, etag }) => (path === PATHS[3] ? [etag] : []));
    await killAt(HELD, other);
    expect(isFound(cacheDir, 'main', before)).toBe(true);
    expect(pythonWarnings(cacheDir)).toEqual([]);
    expect(inStore((store) => store.models.getModel(id)?.copyId)).toBe(1);

    letGo();
    const from = hub.requests.length;
    expect(await runToItsEnd()).toBe(0);
    expect(isFound(cacheDir, 'main', newer.files)).toBe(true);
    expect(pythonWarnings(cacheDir)).toEqual([]);
    // Of the two, one had come whole, and of the other one what was held.
    expect(fetchedSince(hub, from).bytes).toBeLessThan(LARGE);
    inStore((store) => {
      expect(store.models.getModel(id)).toMatchObject({ status: 'completed', commitSha: newer.commitSha });
      expect(noticesIn(store, id)).toEqual(['completed', 'completed']);
    });
  });
});
