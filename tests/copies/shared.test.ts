import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { NamedLimit, RunningCopy } from '../../src/copies/executor.ts';
import { claimedOf } from '../helpers/partials.ts';
import { type BenchTop, codeOf, setUp, STANDING } from './bench-top.ts';

const ID = 'sample/model';
const FOLDER = 'models--sample--model';
/** One range. */
const SIZE = 2_000_000;
const HELD = 2 ** 20;
/** So much of that is written at least: of what a connection brings slowly, the last piece may wait for more. */
const WRITTEN = HELD - 256 * 1024;
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'broken.safetensors', size: 1_500_000 },
    { path: 'shared.safetensors', size: SIZE },
  ],
});

let bench: BenchTop;
afterEach(async () => {
  await bench?.close();
});

/** Starts some files of the repository only. */
const startOnly = (
  paths: readonly string[],
  signal = new AbortController().signal,
  limit?: NamedLimit,
): RunningCopy => {
  const { hub, copies } = bench;
  const commit = hub.commitOf(ID).id;
  return copies.start(
    {
      source: 'hub',
      type: 'model',
      id: ID,
      commit,
      revision: 'main',
      files: bench.files(ID).filter(({ path }) => paths.includes(path)),
      ...(limit ? { limit } : {}),
    },
    signal,
  );
};
const PATIENT = { interval: 20 } as const;
/** @returns lets it go */
const hold = (): (() => void) => bench.hub.setFault({ kind: 'held', path: 'shared.safetensors', bytes: HELD });
const kept = (path: string): Promise<number> =>
  claimedOf(bench.cacheDir, bench.files(ID).find((file) => file.path === path)?.etag ?? '');

describe('two downloads of the same file', () => {
  it('both see it grow, and the one with another file that fails does not take it along', async () => {
    bench = await setUp({ repos: [repo] }, STANDING);
    const letGo = hold();
    bench.hub.setFault({ kind: 'status', status: 404, path: 'broken.safetensors', host: 'hub' });
    const failing = startOnly(['broken.safetensors', 'shared.safetensors']);
    const other = startOnly(['shared.safetensors']);
    expect(await codeOf(failing.done)).not.toBe('none');
    await expect.poll(() => other.state().bytesReady, PATIENT).toBeGreaterThan(WRITTEN);
    letGo();
    await other.done;
    expect(await bench.published(ID, 'shared.safetensors')).toBe('right');
    expect(other.state()).toMatchObject({ phase: 'done', bytesReady: SIZE, filesDone: 1, filesTotal: 1 });
    expect(other.state().bytesReceived).toBe(SIZE);
  });

  it('end saved when the last of them is stopped', async () => {
    bench = await setUp({ repos: [repo] }, STANDING);
    hold();
    const aborts = [new AbortController(), new AbortController()];
    const runs = aborts.map((abort) => startOnly(['shared.safetensors'], abort.signal));
    const codes = runs.map((run) => codeOf(run.done));
    await expect.poll(() => Math.min(...runs.map((run) => run.state().bytesReady)), PATIENT).toBeGreaterThan(WRITTEN);
    for (const abort of aborts) abort.abort(new Error('paused'));
    expect(await Promise.all(codes)).toEqual(['Error: paused', 'Error: paused']);
    const saved = await kept('shared.safetensors');
    expect(saved).toBeGreaterThan(WRITTEN);
    // The last piece, too: nothing that came will come again.
    expect(runs.map((run) => run.state())).toMatchObject([{ bytesReady: saved }, { bytesReady: saved }]);
    expect(runs.map((run) => run.state().bytesReceived)).toEqual([saved, saved]);
  });

  it('both hear why it failed', async () => {
    bench = await setUp({ repos: [repo] });
    bench.hub.setFault({ kind: 'rate_limited', seconds: 600, host: 'cdn' });
    const runs = [startOnly(['shared.safetensors']), startOnly(['shared.safetensors'])];
    for (const { done } of runs) {
      await expect(done).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 601_000 });
    }
  });

  it('may be of two snapshots of one folder that end at the same time', async () => {
    const files = Array.from({ length: 30 }, (_, number) => ({ path: `${number}.json`, content: `{"n":${number}}` }));
    bench = await setUp({ repos: [defineRepo({ id: ID, files })] });
    // Whoever ends removes the folder of partial files if it is empty, which another one is about to use.
    const runs = files.map(({ path }) => startOnly([path]));
    await Promise.all(runs.map((run) => run.done));
    for (const { path } of files) expect(await bench.published(ID, path)).toBe('right');
    expect((await readdir(join(bench.cacheDir, FOLDER))).toSorted()).toEqual(['blobs', 'refs', 'snapshots']);
  });
});

describe('a download that comes while another one has all connections', () => {
  const RANGES = 8 * 2 * 1024 * 1024;
  const late = defineRepo({ id: 'sample/late', files: [{ path: 'model.safetensors', size: 300_000 }] });

  it.each([
    ['one large file', [{ path: 'model.safetensors', size: 20_000_000 }]],
    ['twenty files', Array.from({ length: 20 }, (_, number) => ({ path: `${number}.safetensors`, size: 4_500_000 }))],
  ])('of %s has its share before any of them has ended what it fetches', async (_, files) => {
    const first = defineRepo({ id: 'sample/first', files });
    bench = await setUp({ repos: [first, late], throttleBytesPerSecond: 400_000 });
    const abort = new AbortController();
    const long = bench.start(first.id, abort.signal);
    const stopped = codeOf(long.done);
    await bench.hub.waitForRequest(() => bench.hub.bytesSent() > 500_000);
    await bench.start(late.id).done;
    expect(await bench.published(late.id, 'model.safetensors')).toBe('right');
    expect(long.state().bytesReady).toBeLessThan(RANGES);
    abort.abort(new Error('paused'));
    expect(await stopped).toBe('Error: paused');
  });
});

describe('what a download says of itself', () => {
  it('is that it waits for the Hub, and until when', async () => {
    bench = await setUp({ repos: [repo] });
    bench.hub.setFault({ kind: 'rate_limited', seconds: 30, host: 'cdn' });
    const abort = new AbortController();
    const run = startOnly(['shared.safetensors'], abort.signal);
    const code = codeOf(run.done);
    await expect.poll(() => run.state().note, PATIENT).toBeDefined();
    const { note } = run.state();
    expect(note?.kind).toBe('rate_limited');
    expect(note?.leftMs).toBeLessThanOrEqual(31_000);
    abort.abort(new Error('paused'));
    expect(await code).toBe('Error: paused');
  });

  it('never goes back while file after file ends', async () => {
    const files = Array.from({ length: 12 }, (_, at) => ({
      path: `part-${at}.safetensors`,
      size: 1_500_000,
    }));
    bench = await setUp({ repos: [defineRepo({ id: ID, files })] });
    const run = bench.start(ID);
    const over = run.done.then(() => true);
    const seen: number[] = [];
    while (!(await Promise.race([over, turn(false)]))) seen.push(run.state().bytesReady, run.state().bytesReceived);
    for (const which of [0, 1]) {
      const ones = seen.filter((_, at) => at % 2 === which);
      expect(ones).toEqual(ones.toSorted((left, right) => left - right));
    }
  });

  it('is that nothing comes, until something comes again', async () => {
    bench = await setUp({ repos: [repo] }, { stallTimeoutMs: () => 300, connections: 1 });
    const moveOn = bench.hub.setFault({ kind: 'silence', host: 'cdn' });
    const run = startOnly(['shared.safetensors']);
    await expect.poll(() => run.state().note?.kind, PATIENT).toBe('stalled');
    moveOn();
    await run.done;
    expect(run.state().note).toBeUndefined();
    expect(await bench.published(ID, 'shared.safetensors')).toBe('right');
  });

  it('is that a file was damaged and comes again, with no byte counted twice', async () => {
    bench = await setUp({ repos: [repo] });
    bench.hub.setFault({ kind: 'corrupt', offset: 77, times: 1, host: 'cdn', path: 'shared' });
    const run = startOnly(['shared.safetensors']);
    const seen = new Set<string | undefined>();
    let most = 0;
    let isOver = false;
    void run.done.finally(() => (isOver = true));
    while (!isOver) {
      seen.add(run.state().note?.kind);
      most = Math.max(most, run.state().bytesReady);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([...seen]).toContain('corrupt');
    expect(most).toBeLessThanOrEqual(SIZE);
    expect(await bench.published(ID, 'shared.safetensors')).toBe('right');
  });
});

describe('a sweep', () => {
  it('that comes too late for what is fetched again leaves it', async () => {
    bench = await setUp({ repos: [repo] });
    const letGo = hold();
    const run = startOnly(['shared.safetensors']);
    await expect.poll(() => run.state().bytesReady, PATIENT).toBeGreaterThan(WRITTEN);
    const etags = bench.files(ID).map(({ etag }) => etag);
    await bench.copies.sweep({ repoFolder: FOLDER, etags });
    letGo();
    await run.done;
    expect(run.state().bytesReceived).toBe(SIZE);
    expect(await bench.published(ID, 'shared.safetensors')).toBe('right');
  });
});

describe('a limit of the bandwidth that changes while it runs', () => {
  it('to almost nothing and away again lets the download finish', async () => {
    // Free for a while, then a byte per second, under which nothing would ever end, then free again.
    let asked = 0;
    const bandwidthLimit = (): number | undefined => {
      asked += 1;
      return asked > 3 && asked < 8 ? 1 : undefined;
    };
    bench = await setUp({ repos: [repo] }, { bandwidthLimit });
    await startOnly(['shared.safetensors']).done;
    expect(asked).toBeGreaterThan(8);
    expect(await bench.published(ID, 'shared.safetensors')).toBe('right');
  });
});

describe('a speed limit of its own', () => {
  const large = defineRepo({
    id: ID,
    files: [
      { path: 'large.safetensors', size: 24_000_000 },
      { path: 'other.safetensors', size: 24_000_000 },
      { path: 'broken.safetensors', size: 1_500_000 },
    ],
  });
  /** Under this nothing comes before a test has ended. */
  const ALMOST_NOTHING = { name: 'slow', bytesPerSecond: 1 };

  it('holds back the one download, with few connections, and no other one', async () => {
    bench = await setUp({ repos: [large] });
    const slow = startOnly(['large.safetensors'], undefined, ALMOST_NOTHING);
    await expect.poll(() => slow.state().connections, PATIENT).toBe(2);
    await startOnly(['broken.safetensors']).done;
    expect(await bench.published(ID, 'broken.safetensors')).toBe('right');
    expect(slow.state()).toMatchObject({ bytesReady: 0, connections: 2 });
    slow.setLimit(undefined);
    await slow.done;
    expect(await bench.published(ID, 'large.safetensors')).toBe('right');
  });

  it('holds for nobody once another taker of the same file has none', async () => {
    bench = await setUp({ repos: [large] });
    const slow = startOnly(['large.safetensors'], undefined, ALMOST_NOTHING);
    await expect.poll(() => slow.state().connections, PATIENT).toBe(2);
    const free = startOnly(['large.safetensors']);
    await expect.poll(() => slow.state().bytesReady, PATIENT).toBeGreaterThan(16_000_000);
    // Two connections still wait for the limit that they were under.
    slow.setLimit(undefined);
    await Promise.all([slow.done, free.done]);
    expect(await bench.published(ID, 'large.safetensors')).toBe('right');
  });

  it('can come later, and does not outlive its job', async () => {
    bench = await setUp({ repos: [large] });
    const letGo = bench.hub.setFault({ kind: 'held', path: 'large.safetensors', bytes: 2 ** 19 });
    const stop = new AbortController();
    const first = startOnly(['large.safetensors'], stop.signal);
    await expect.poll(() => first.state().bytesReady, PATIENT).toBeGreaterThan(0);
    first.setLimit(ALMOST_NOTHING);
    letGo();
    // As large, and begun later.
    await startOnly(['other.safetensors']).done;
    expect(first.state().bytesReady).toBeLessThan(12_000_000);
    stop.abort(new Error('enough'));
    await expect(first.done).rejects.toThrow('enough');
    const next = startOnly(['large.safetensors'], undefined, { ...ALMOST_NOTHING, bytesPerSecond: 1e12 });
    first.setLimit(ALMOST_NOTHING);
    await next.done;
    expect(await bench.published(ID, 'large.safetensors')).toBe('right');
  });
});
