import { existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createCopies } from '../../src/copies/copies.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createEgress } from '../../src/lib/net/egress.ts';

/** On most machines of Linux another disk than that of temporary files, in memory. */
const IN_MEMORY = '/dev/shm';

const folderIn = (parent: string): string => {
  const folder = mkdtempSync(join(parent, 'two-disks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

it('room is that of the disk on which a folder lies, whether there are two of them or one', async () => {
  const cacheDir = folderIn(tmpdir());
  const filesDir = folderIn(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir());
  const copies = createCopies({
    sources: { hub: { locate: () => Promise.reject(new Error('it is asked for nothing')) } },
    egress: createEgress({ endpoints: [], allowedHosts: [] }),
    cacheDir,
    filesDir,
    connections: 1,
    userAgent: 'hubgram/test',
    stallTimeoutMs: () => 5000,
    bandwidthLimit: () => undefined,
    minFreeBytes: () => 0,
    clock: systemClock,
  });
  onTestFinished(copies.close);
  const [inCache, inFiles] = ['models--gpt2', 'files--custom--a.bin'] as const;
  const isOne = statSync(cacheDir).dev === statSync(filesDir).dev;
  expect((await copies.diskOf(inCache)) === (await copies.diskOf(inFiles))).toBe(isOne);
  // As large as only one of the two is: what is free changes meanwhile.
  const sizeOf = (folder: string): number => Number(statfsSync(folder).bavail) * Number(statfsSync(folder).bsize);
  const near = 2 ** 30;
  expect(Math.abs((await copies.freeBytes(inCache)) - sizeOf(cacheDir))).toBeLessThan(near);
  expect(Math.abs((await copies.freeBytes(inFiles)) - sizeOf(filesDir))).toBeLessThan(near);
  expect(await copies.freeBytes(inFiles)).toBeLessThanOrEqual(statfsSync(filesDir).blocks * statfsSync(filesDir).bsize);
});
