import fs from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { DiskFunctions } from '../../src/cache/disk.ts';
import { setUp } from '../copies/bench-top.ts';

const ID = 'org/used';
const SIZE = 2_000_000;
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: SIZE, seed: 'used' },
  ],
});
const DAY_S = 86_400;
const [LONG_AGO, BEFORE_THAT] = [Date.UTC(2025, 0, 2) / 1000, Date.UTC(2025, 0, 1) / 1000];

/** As a disk behaves that is mounted with `noatime`. */
const NOATIME: DiskFunctions = { ...fs, readFile: (async () => '') as unknown as DiskFunctions['readFile'] };

let bench: Awaited<ReturnType<typeof setUp>>;
afterEach(async () => {
  await bench?.close();
});

const published = () => ({
  repoFolder: 'models--org--used',
  commit: bench.hub.commitOf(ID).id,
  files: bench.files(ID),
});
const entry = (path: string): string =>
  join(bench.cacheDir, 'models--org--used', 'snapshots', bench.hub.commitOf(ID).id, path);

/** Fetched long ago, and not read since. */
const age = async (): Promise<void> => {
  for (const path of ['config.json', 'model.safetensors']) await fs.utimes(entry(path), LONG_AGO, BEFORE_THAT);
};

describe('when something was last used', () => {
  it('is when the last one of its weights was read: what is small beside them many look at', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    await age();
    expect(await bench.copies.lastUse(published())).toEqual({ at: LONG_AGO * 1000, by: 'read' });
    await fs.utimes(entry('config.json'), LONG_AGO + 9 * DAY_S, BEFORE_THAT);
    await fs.utimes(entry('model.safetensors'), LONG_AGO + 3 * DAY_S, BEFORE_THAT);
    expect(await bench.copies.lastUse(published())).toEqual({ at: (LONG_AGO + 3 * DAY_S) * 1000, by: 'read' });
  });

  it('is noticed when a program reads it, and not when it is verified', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    await age();
    const { signal } = new AbortController();
    expect(await bench.copies.verify(published(), signal).done).toEqual({ missing: [], broken: [] });
    expect(await bench.copies.lastUse(published())).toEqual({ at: LONG_AGO * 1000, by: 'read' });
    await fs.readFile(entry('model.safetensors'));
    const used = await bench.copies.lastUse(published());
    expect(used?.at).toBeGreaterThan((LONG_AGO + DAY_S) * 1000);
  });

  it('is when it was written where the disk notes no reading, and says so', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: NOATIME });
    await bench.start(ID).done;
    await age();
    expect(await bench.copies.lastUse(published())).toEqual({ at: BEFORE_THAT * 1000, by: 'change' });
  });

  it('is not known of what is not there', async () => {
    bench = await setUp({ repos: [repo] });
    expect(await bench.copies.lastUse(published())).toBeUndefined();
  });
});
