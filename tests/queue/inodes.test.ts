import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { openTestStore } from '../helpers/database.ts';
import { addTo, noticesIn, PATIENT } from './setup.ts';

const CHILD = join(import.meta.dirname, 'crash-child.ts');
/** A disk of its own for the cache, with room for bytes and for so many files. */
const MOUNT = 'mount -t tmpfs -o nr_inodes=14,size=100m tmpfs "$1/hub"';
/** Needs namespaces of users and mounts, which not every system gives to everybody. */
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

it.skipIf(!canMount)('a download on a disk whose inodes are used up waits for room and says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-inodes-'));
  const files = Array.from({ length: 30 }, (_, index) => ({ path: `part-${index}.json`, content: `{"n":${index}}` }));
  const hub = await startSampleHub({ repos: [defineRepo({ id: 'sample/many', files })] });
  const store = openTestStore(join(folder, 'hubgram.db'));
  const { id } = addTo(store, hub)(1, 'sample/many');
  mkdirSync(join(folder, 'hub'));
  const script = `${MOUNT} && exec "$3" "$4" "$1" "$2"`;
  const child = spawn('unshare', ['-rm', 'sh', '-c', script, 'sh', folder, hub.url, process.execPath, CHILD]);
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    store.close();
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await expect.poll(() => store.models.getModel(id)?.statusReason, PATIENT).toBe('no_space');
  expect(store.models.getModel(id)?.status).toBe('pending');
  expect(store.sessions.openSession(id)?.errorMessage).toMatch(
    /^The disk with .+ takes no more files, though it may have room for bytes: its inodes are used up\.$/,
  );
  expect(store.sessions.openSession(id)?.retryCount).toBe(0);
  expect(noticesIn(store, id)).toEqual([]);
});
