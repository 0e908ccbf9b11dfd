import { existsSync } from 'node:fs';
import { open as openFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { earlyBytes } from '../../src/transfer/engine/gathering.ts';
import {
  type ChunksBench,
  MIB,
  noise,
  openChunks,
  type Part,
  SMALL,
  some,
  TAKES,
  WAS_WRONG,
  WEIGHTS,
} from './chunks-bench.ts';

let bench: ChunksBench;
afterEach(() => bench.close());

const HEADER = 'a chat template';
/** A little more than what is too small to ask about. */
const OLD: readonly Part[] = [HEADER, some('weights', 9)];
/** Enough to be cut into several pieces, and as large as is usual. */
const LONG: readonly Part[] = [HEADER, noise('weights', 14)];

/** The first revision is here, and nothing is counted yet. */
const open = async (
  files: Readonly<Record<string, readonly Part[]>> = { [WEIGHTS]: OLD },
  from: Parameters<typeof openChunks>[2] = SMALL,
): Promise<void> => {
  bench = await openChunks(files, {}, from);
  await bench.get();
  bench.fetched();
  bench.asked();
};

const sizeOf = (): number => bench.job().files[0]?.size ?? 0;

const RESTS = 'A file is fetched whole: what of it lies here could not be found out';

describe('an update of a file that changed a little', () => {
  it('fetches what changed: a longer header costs a chunk or two', async () => {
    await open();
    await bench.move({ [WEIGHTS]: [`${HEADER}, and ${'x'.repeat(300)}`, some('weights', 9)] });
    const running = bench.start();
    const { bytesReceived } = await running.done;
    expect(await bench.isRight()).toBe(true);
    expect(bytesReceived).toBeLessThan(MIB / 2 + earlyBytes(sizeOf()));
    expect(bench.fetched()).toBeLessThan(MIB / 2 + earlyBytes(sizeOf()));
    expect(bench.asked()).toBe(2);
    expect(bench.said).toEqual([TAKES]);
    // What was here counts as there, and not as received.
    const { bytesReady, bytesTotal } = running.state();
    expect([bytesReady, bytesTotal]).toEqual([bench.job().files[0]?.size, bench.job().files[0]?.size]);
  });

  it('fetches what was put in, replaced and appended', async () => {
    await open({ [WEIGHTS]: LONG }, {});
    const parts = [
      noise('weights', 5),
      noise('new', 2),
      noise('weights', 5, 6),
      noise('more', 1),
      noise('weights', 2, 12),
      noise('end', 1),
    ];
    await bench.move({ [WEIGHTS]: [HEADER, ...parts] });
    await bench.get();
    expect(await bench.isRight()).toBe(true);
    expect(bench.fetched()).toBeLessThan(7 * MIB);
  });

  it('fetches nothing of what only lies elsewhere in it', async () => {
    await open({ [WEIGHTS]: LONG }, {});
    await bench.move({ [WEIGHTS]: [noise('weights', 7, 7), noise('weights', 7)] });
    await bench.get();
    expect(await bench.isRight()).toBe(true);
    expect(bench.fetched()).toBeLessThan(2 * MIB);
  });

  it('knows it under another name', async () => {
    await open();
    await bench.move({ 'renamed.gguf': [`another ${HEADER}`, some('weights', 9)] });
    await bench.start(bench.job({ files: bench.job().files.filter(({ path }) => path === 'renamed.gguf') })).done;
    expect(await bench.isRight('renamed.gguf')).toBe(true);
    expect(bench.fetched()).toBeLessThan(MIB / 2 + earlyBytes(sizeOf()));
  });

  it('does not look like a use of what was here', async () => {
    await open();
    const { commit, files } = bench.job();
    const before = join(bench.cacheDir, 'models--org--chunked', 'snapshots', commit, files[0]?.path ?? '');
    // Most disks note a reading only if the one before is older than the last writing.
    await utimes(before, 1, new Date());
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    await bench.get();
    expect([bench.said, (await stat(before)).atimeMs]).toEqual([[TAKES], 1000]);
  });

  it('is an update of an update, too', async () => {
    await open();
    for (const round of [1, 2, 3]) {
      await bench.move({ [WEIGHTS]: [`header ${round} `.repeat(round * 50), some('weights', 9)] });
      await bench.get();
      expect(await bench.isRight()).toBe(true);
      expect(bench.fetched()).toBeLessThan(MIB / 2 + earlyBytes(sizeOf()));
    }
  });
});

describe('a storage that does not answer as it should', () => {
  it.each([
    ['401', { kind: 'status', status: 401, host: 'cas' }],
    ['403', { kind: 'status', status: 403, host: 'cas' }],
    ['404', { kind: 'status', status: 404, host: 'cas' }],
    [
      'too many requests, for long',
      { kind: 'rate_limited', seconds: 300, host: 'cas', headers: { 'Retry-After': '300' } },
    ],
    ['a page of a proxy', { kind: 'html', status: 200, host: 'cas' }],
    ['a broken connection', { kind: 'reset', host: 'cas' }],
    ['no pass', { kind: 'status', status: 403, path: 'xet-read-token' }],
  ] as const)('means that the file is fetched whole, and nobody is told: %s', async (_, fault) => {
    await open();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    bench.hub.setFault(fault);
    await bench.get();
    expect(await bench.isRight()).toBe(true);
    expect(bench.said).toEqual([RESTS]);
    expect(bench.fetched()).toBeGreaterThan((9 * MIB) / 8);
  });

  it('means the same where the Hub does not show the file before any more', async () => {
    await open();
    const { commit } = bench.job();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    bench.hub.setFault({ kind: 'status', status: 404, path: commit, host: 'hub' });
    await bench.get();
    expect([await bench.isRight(), bench.said]).toEqual([true, [RESTS]]);
    expect(bench.fetched()).toBeGreaterThan((9 * MIB) / 8);
  });

  it('is left alone after three files that it says nothing of', async () => {
    const shards = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}.safetensors`);
    const filesOf = (seed: string) => Object.fromEntries(shards.map((path) => [path, [seed, some(path, 9)]]));
    await open(filesOf('old'));
    await bench.move(filesOf('new'));
    bench.hub.setFault({ kind: 'status', status: 404, host: 'cas' });
    await bench.get();
    for (const path of shards) expect(await bench.isRight(path)).toBe(true);
    // Two are asked about at one time.
    expect(bench.asked()).toBeLessThanOrEqual(8);
    expect(bench.said.length).toBeLessThanOrEqual(4);
  });

  it('is asked again where that helps', async () => {
    await open();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    bench.hub.setFault({ kind: 'status', status: 503, host: 'cas', times: 1 });
    bench.hub.setFault({ kind: 'status', status: 401, host: 'cas', times: 1, after: 1 });
    await bench.get();
    expect(await bench.isRight()).toBe(true);
    expect(bench.fetched()).toBeLessThan(MIB / 2 + earlyBytes(sizeOf()));
  });
});

describe('a file before that is not what it was', () => {
  const placeOf = (): string => {
    const { commit, files } = bench.job();
    return join(bench.cacheDir, 'models--org--chunked', 'snapshots', commit, files[0]?.path ?? '');
  };

  it('is of no use if it is cut otherwise', async () => {
    await open();
    const before = placeOf();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    await writeFile(before, Buffer.alloc((9 * MIB) / 8 + HEADER.length, 7));
    await bench.get();
    expect(await bench.isRight()).toBe(true);
    expect(bench.fetched()).toBeGreaterThan((9 * MIB) / 8);
  });

  it('is of no use once that is seen in the end', async () => {
    await open();
    const before = placeOf();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    const file = await openFile(before, 'r+');
    await file.write(Buffer.from('wrong'), 0, 5, MIB / 2);
    await file.close();
    const running = bench.start();
    await running.done;
    expect(await bench.isRight()).toBe(true);
    expect(bench.said).toEqual([TAKES, WAS_WRONG]);
    expect(running.state().note).toBeUndefined();
    expect(bench.fetched()).toBeGreaterThan((9 * MIB) / 8);
  });

  it('is not asked about if it has another size, or is gone', async () => {
    await open();
    const before = placeOf();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    await writeFile(before, Buffer.alloc(MIB, 7));
    await bench.get();
    expect([bench.asked(), await bench.isRight()]).toEqual([0, true]);
    await rm(placeOf());
    await bench.move({ [WEIGHTS]: [`${HEADER}!!`, some('weights', 9)] });
    await bench.get();
    expect(existsSync(placeOf())).toBe(true);
    expect(await bench.isRight()).toBe(true);
  });
});

describe('what is asked and copied before anything is fetched', () => {
  it('is no receiving: that nothing comes meanwhile is no silence of the network', async () => {
    await open();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    bench.hub.setFault({ kind: 'silence', host: 'cas' });
    const stop = new AbortController();
    const running = bench.start(bench.job(), stop.signal);
    await expect.poll(() => bench.asked()).toBeGreaterThan(0);
    // A small part of it comes in any case.
    await expect.poll(() => running.state().bytesReady).toBe(earlyBytes(sizeOf()));
    await expect.poll(() => running.state().connections).toBe(0);
    expect(running.state().phase).toBe('checking');
    stop.abort(new Error('that will do'));
    await expect(running.done).rejects.toThrow('that will do');
  });

  it('is told with its file being received beside another one that is', async () => {
    await open();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)], 'other.bin': [noise('other', 1)] });
    bench.hub.setFault({ kind: 'silence', host: 'cas' });
    bench.hub.setFault({ kind: 'held', bytes: 1000, path: 'other.bin' });
    const stop = new AbortController();
    const running = bench.start(bench.job(), stop.signal);
    const isAsked = (part: string): boolean => bench.hub.requests.some(({ path }) => path.includes(part));
    await expect.poll(() => isAsked('/reconstructions/') && isAsked('other.bin')).toBe(true);
    expect(running.state().phase).toBe('receiving');
    stop.abort(new Error('that will do'));
    await expect(running.done).rejects.toThrow('that will do');
  });
});

describe('two who want the same update', () => {
  it('get it once', async () => {
    await open();
    await bench.move({ [WEIGHTS]: [`${HEADER}!`, some('weights', 9)] });
    await Promise.all([bench.get(), bench.get()]);
    expect(await bench.isRight()).toBe(true);
    expect(bench.asked()).toBe(2);
    expect(bench.fetched()).toBeLessThan(MIB / 2 + earlyBytes(sizeOf()));
  });
});
