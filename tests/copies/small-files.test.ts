import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fetchSmall, type Ways } from '../../src/copies/in-bulk.ts';
import type { CopyRun, SnapshotBlob } from '../../src/copies/snapshot-run.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Bulk } from '../../src/transfer/bulk/bulk.ts';

const FILES = Array.from({ length: 100 }, (_, at) => ({ file: { path: `${at}`, etag: `${at}`, size: 1 } }));

/** A run whose servers are not well whenever somebody asks for files in bulk. */
const open = () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-small-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let rounds = 0;
  const fetchBulk: Bulk['fetch'] = async ({ files, left }) => {
    const next = files.next();
    if (next.done === true) return false;
    rounds += 1;
    left(next.value, true);
    return true;
  };
  const run = {
    transfer: { fetchBulk, isBusyWith: () => false },
    job: { source: 'hub' },
    sources: { hub: { findingIn: () => ({}) } },
    paths: { partials: folder, blobs: folder, blob: (etag: string) => join(folder, etag) },
    tally: { running: new Map(), bytesReceived: 0, lastByteAt: 0 },
    clock: systemClock,
  } as unknown as CopyRun;
  const came: string[] = [];
  const waysOf = (one: Ways['one']): Ways => ({
    one,
    each: async (blobs) => {
      for (const { file } of blobs) {
        came.push(file.path);
        await Promise.resolve();
      }
    },
    unlessBroken: (work) => work(),
  });
  const bring = (one: Ways['one']): Promise<void> => fetchSmall(run, FILES as unknown as SnapshotBlob[], waysOf(one));
  return { bring, rounds: () => rounds, came };
};

it('servers that are well and unwell in turns are asked in bulk a few times, and then no more', async () => {
  const { bring, rounds, came } = open();
  const refused: string[] = [];
  await bring(async ({ file }) => void refused.push(file.path));
  expect(rounds()).toBe(8);
  expect([...refused, ...came].toSorted()).toEqual(FILES.map(({ file }) => file.path).toSorted());
});

it('servers that are not well again are not asked in bulk any more', async () => {
  const { bring, rounds, came } = open();
  const never = Promise.withResolvers<void>();
  const over = bring(() => never.promise);
  await expect.poll(() => came).toHaveLength(99);
  never.resolve();
  await over;
  expect(rounds()).toBe(1);
});
