import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { createHasher } from '../../src/transfer/files/hasher.ts';

/** More than is read at a stretch. */
const SIZE = 40 * 2 ** 20;
const ZEROS = createHash('sha256').update(Buffer.alloc(SIZE)).digest('hex');

const openZeros = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-hasher-'));
  const path = join(folder, 'zeros');
  await writeFile(path, Buffer.alloc(SIZE));
  const hasher = createHasher();
  onTestFinished(async () => {
    await hasher.close();
    await rm(folder, { recursive: true });
  });
  return { path, hash: hasher.begin(path, SIZE, ZEROS), close: hasher.close };
};

it('a hash has caught up when everything has been read that it was told of, and not before', async () => {
  const { path, hash } = await openZeros();
  await hash.caughtUp();
  hash.advance(SIZE - 1);
  await hash.caughtUp();
  // What is written now comes too late to be read.
  const file = await open(path, 'r+');
  await file.write(Buffer.from('x'), 0, 1, SIZE - 2);
  await file.close();
  hash.advance(SIZE);
  expect(await hash.digest).toBe(ZEROS);
  await expect(hash.caughtUp()).resolves.toBeUndefined();
});

it('nobody waits for a hash to catch up that is dropped, or whose file is gone, or that is closed', async () => {
  const dropped = await openZeros();
  dropped.hash.advance(SIZE);
  const waiting = dropped.hash.caughtUp();
  dropped.hash.drop();
  await expect(waiting).resolves.toBeUndefined();
  const gone = await openZeros();
  await rm(gone.path);
  gone.hash.advance(1);
  await expect(gone.hash.caughtUp()).resolves.toBeUndefined();
  await expect(gone.hash.digest).rejects.toThrow('ENOENT');
  const closed = await openZeros();
  closed.hash.advance(SIZE);
  const last = closed.hash.caughtUp();
  await closed.close();
  await expect(last).resolves.toBeUndefined();
});

it('the thread ends when there has been nothing to hash for a while, and another one is there for what comes then', async () => {
  const threads: Worker[] = [];
  const note = (message: unknown): void => void threads.push((message as { worker: Worker }).worker);
  subscribe('worker_threads', note);
  onTestFinished(() => void unsubscribe('worker_threads', note));
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-hasher-'));
  const path = join(folder, 'file');
  await writeFile(path, 'content');
  const hasher = createHasher(1);
  onTestFinished(async () => {
    await hasher.close();
    await rm(folder, { recursive: true });
  });
  const sha256 = createHash('sha256').update('content').digest('hex');
  const hash = async (): Promise<void> => {
    const hashing = hasher.begin(path, 7, sha256);
    hashing.advance(7);
    expect(await hashing.digest).toBe(sha256);
  };
  await hash();
  await once(threads[0] as Worker, 'exit');
  await hash();
  expect(threads).toHaveLength(2);
  await once(threads[1] as Worker, 'exit');
});
