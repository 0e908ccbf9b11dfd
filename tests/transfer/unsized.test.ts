import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { createTransfer } from '../../src/transfer/transfer.ts';
import { startWebServer } from '../helpers/web-server.ts';

const FULL = new AppError('no_space', 'The disk is almost full.');

/** Fetches 20 MB. @param floor throws when the disk is full; it is asked before the first byte and at 16 MB */
const fetchTwenty = async (floor: (asked: number) => void) => {
  const web = await startWebServer();
  const folder = mkdtempSync(join(tmpdir(), 'unsized-'));
  let asked = 0;
  const transfer = createTransfer({
    egress: createEgress({ endpoints: [], allowedHosts: [] }),
    foreignEgress: createEgress({ endpoints: [], allowedHosts: ['127.0.0.0/8'] }),
    connections: 4,
    userAgent: 'hubgram/test',
    stallTimeoutMs: () => 5000,
    bandwidthLimit: () => undefined,
    checkFloor: async () => floor((asked += 1)),
    clock: systemClock,
  });
  onTestFinished(async () => {
    await transfer.close();
    await web.close();
    rmSync(folder, { recursive: true, force: true });
  });
  web.files.set('/a.bin', { body: Buffer.alloc(20_000_000, 7), withoutRanges: true, withoutLength: true });
  const [partPath, finalPath] = [join(folder, 'a.part'), join(folder, 'a')];
  const etag = 'a'.repeat(40);
  const resolve = async () => ({
    url: `${web.origin}/a.bin`,
    headers: {},
    etag,
    size: undefined,
    commit: etag,
    isForeign: true,
  });
  const unsized = transfer.fetchUnsized({ etag, isUnhashed: true, partPath, finalPath, resolve }, {});
  return { done: unsized.done, partPath, finalPath };
};

it('what fills the disk is not tried again, and nothing of it is kept', async () => {
  const { done, partPath, finalPath } = await fetchTwenty((asked) => {
    if (asked > 1) throw FULL;
  });
  await expect(done).rejects.toMatchObject({
    code: 'constraint',
    message: expect.stringMatching(
      /^The file fills the disk with its 1[67].* MB, and its server does not say how long it is\. Nothing of it is kept\.$/,
    ) as string,
  });
  expect([partPath, finalPath].map((path) => existsSync(path))).toEqual([false, false]);
});

it('a disk that is full before is waited for', async () => {
  const { done } = await fetchTwenty(() => {
    throw FULL;
  });
  await expect(done).rejects.toBe(FULL);
});

it('what fits is there', async () => {
  const { done, finalPath } = await fetchTwenty(() => undefined);
  expect(await done).toMatchObject({ size: 20_000_000 });
  expect(existsSync(finalPath)).toBe(true);
});
