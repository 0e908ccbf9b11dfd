import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, open, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createBlobIndex } from '../../src/cache/blob-index.ts';
import { createMarks, lookAt } from '../../src/cache/verified.ts';
import { createVerify, type VerifyDeps } from '../../src/copies/verify.ts';
import type { RepoFile } from '../../src/domain/listing.ts';
import { createHasher, type Hasher } from '../../src/transfer/files/hasher.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { createTestClock } from '../helpers/clock.ts';
import { type BenchTop, codeOf, setUp } from './bench-top.ts';

const ID = 'sample/model';
const FOLDER = 'models--sample--model';
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'config.json', content: '{"a":1}' },
    { path: 'model.safetensors', size: 3_000_000, seed: 'same' },
    { path: 'twin/model.safetensors', size: 3_000_000, seed: 'same' },
    { path: 'other.safetensors', size: 2_000_000 },
  ],
});
const NOTHING = { missing: [], broken: [] };
const never = new AbortController().signal;

/** Changes one byte in the middle. */
const damage = async (path: string): Promise<void> => {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const at = Math.floor(size / 2);
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  await file.close();
};

describe('a copy that is verified', () => {
  let bench: BenchTop;
  afterEach(async () => {
    await bench?.close();
  });
  const at = (...parts: string[]): string => join(bench.cacheDir, FOLDER, ...parts);
  const etagOf = (path: string): string => bench.files(ID).find((file) => file.path === path)?.etag ?? '';
  const blob = (path: string): string => at('blobs', etagOf(path));
  const entry = (path: string): string => at('snapshots', bench.hub.commitOf(ID).id, path);
  const verify = (signal = never) =>
    bench.copies.verify({ repoFolder: FOLDER, commit: bench.hub.commitOf(ID).id, files: bench.files(ID) }, signal);
  const made = async (options: Parameters<typeof setUp>[1] = {}): Promise<void> => {
    bench = await setUp({ repos: [repo] }, options);
    await bench.start(ID).done;
  };
  /** What was damaged is believed to be right, as where a disk has lost bytes by itself. */
  const believe = async (repoFolder: string, path: string, name: string): Promise<void> => {
    const marks = createMarks(bench.cacheDir);
    const looked = await lookAt(path);
    if (!looked) throw new Error('it is not there');
    await marks.setVerified({ repoFolder, etag: etagOf(name) }, looked);
    await marks.written();
  };

  it('is whole if all of it is what the source said, and says how much was read', async () => {
    await made();
    const running = verify();
    expect(running.state()).toMatchObject({ bytesDone: 0, filesDone: 0, filesTotal: 4, bytesTotal: 8_000_007 });
    expect(await running.done).toEqual(NOTHING);
    expect(running.state()).toEqual({ bytesDone: 8_000_007, filesDone: 4, filesTotal: 4, bytesTotal: 8_000_007 });
  });

  it('is read whatever was noted of it, and what is broken is what the next job fetches, and nothing else', async () => {
    await made();
    await damage(blob('other.safetensors'));
    await believe(FOLDER, blob('other.safetensors'), 'other.safetensors');
    const sent = bench.hub.bytesSent();
    await bench.start(ID).done;
    expect([bench.hub.bytesSent(), await bench.published(ID, 'other.safetensors')]).toEqual([sent, 'wrong']);
    expect(await verify().done).toEqual({ missing: [], broken: ['other.safetensors'] });
    await bench.start(ID).done;
    expect(bench.hub.bytesSent() - sent).toBeGreaterThanOrEqual(2_000_000);
    expect(bench.hub.bytesSent() - sent).toBeLessThan(2_100_000);
    expect(await verify().done).toEqual(NOTHING);
  });

  it('is missing files where links, or what they lead to, are gone, and broken ones of another size are', async () => {
    await made();
    await rm(entry('config.json'));
    await rm(blob('model.safetensors'));
    await truncate(blob('other.safetensors'), 1_999_999);
    expect(await verify().done).toEqual({
      missing: ['config.json', 'model.safetensors', 'twin/model.safetensors'],
      broken: ['other.safetensors'],
    });
    await bench.start(ID).done;
    expect(await verify().done).toEqual(NOTHING);
  });

  it('is told broken by all paths of a blob, and not mended from a link to the same file in another folder', async () => {
    await made();
    const twin = join(bench.cacheDir, 'models--sample--twin', 'blobs', etagOf('model.safetensors'));
    await mkdir(dirname(twin), { recursive: true });
    await link(blob('model.safetensors'), twin);
    await damage(twin);
    await believe(FOLDER, blob('model.safetensors'), 'model.safetensors');
    await believe('models--sample--twin', twin, 'model.safetensors');
    const broken = ['model.safetensors', 'twin/model.safetensors'];
    expect(await verify().done).toEqual({ missing: [], broken });
    await bench.start(ID).done;
    expect(await bench.published(ID, 'model.safetensors')).toBe('right');
  });

  it('is read where snapshots hold the files themselves', async () => {
    const refused = (): never => {
      throw Object.assign(new Error('not here'), { code: 'EPERM' });
    };
    const fs = await import('node:fs/promises');
    await made({ diskFunctions: { ...fs, symlink: refused, link: refused } });
    expect(await verify().done).toEqual(NOTHING);
    await damage(entry('twin/model.safetensors'));
    expect(await verify().done).toEqual({ missing: [], broken: ['twin/model.safetensors'] });
    await bench.start(ID).done;
    expect(await verify().done).toEqual(NOTHING);
  });

  it('is not believed to be gone while the disk of the cache is', async () => {
    await made();
    await rename(bench.cacheDir, `${bench.cacheDir}.unmounted`);
    expect(await codeOf(verify().done)).toBe('unavailable');
    await rename(`${bench.cacheDir}.unmounted`, bench.cacheDir);
    expect(await verify().done).toEqual(NOTHING);
  });

  it('takes no path that leads out of its folder', async () => {
    await made();
    const files = [{ path: '../../../x', size: 1, etag: 'a'.repeat(40) }];
    const commit = bench.hub.commitOf(ID).id;
    expect(await codeOf(bench.copies.verify({ repoFolder: FOLDER, commit, files }, never).done)).toBe('integrity');
  });
});

describe('the reading of a copy', () => {
  const MIB = 2 ** 20;
  const SIZE = 80 * MIB;
  const COMMIT = 'c'.repeat(40);
  const WEIGHTS = createHash('sha256').update(Buffer.alloc(SIZE)).digest('hex');
  const large: RepoFile = { path: 'weights.bin', size: SIZE, etag: WEIGHTS };

  /** A cache with one large file of zeros, read with parts of a test's own. */
  const open80 = async (deps: Partial<VerifyDeps> = {}) => {
    const cacheDir = await mkdtemp(join(tmpdir(), 'hubgram-verify-'));
    const hasher = createHasher();
    onTestFinished(async () => {
      await hasher.close();
      await rm(cacheDir, { recursive: true });
    });
    const blob = join(cacheDir, FOLDER, 'blobs', WEIGHTS);
    const entry = join(cacheDir, FOLDER, 'snapshots', COMMIT, 'weights.bin');
    for (const path of [blob, entry]) await mkdir(dirname(path), { recursive: true });
    await writeFile(blob, '');
    await truncate(blob, SIZE);
    await symlink(join('../../blobs', WEIGHTS), entry);
    const clock = createTestClock();
    const marks = createMarks(cacheDir);
    const index = createBlobIndex(cacheDir, clock);
    const verify = createVerify({ cacheDir, hash: hasher.begin, index, marks, clock, ...deps });
    const start = (signal = never, files = [large]) => verify({ repoFolder: FOLDER, commit: COMMIT, files }, signal);
    return { start, blob, clock, marks };
  };

  /** Every look at the clock shows so much more. */
  const workingClock = (ms: number) => {
    const clock = createTestClock();
    return {
      monotonic: () => {
        clock.pass(ms);
        return clock.monotonic();
      },
    };
  };

  it('leaves the disk to others after each piece, for as long as it took, and shows how far it is', async () => {
    const rests: number[] = [];
    const shown: number[] = [];
    const { start } = await open80({
      clock: workingClock(200),
      rest: async (ms) => {
        rests.push(ms);
        shown.push(running.state().bytesDone);
      },
    });
    const running = start();
    expect(await running.done).toEqual(NOTHING);
    expect(rests).toEqual([200, 200, 200]);
    expect(shown).toEqual([32 * MIB, 64 * MIB, SIZE]);
  });

  it('of many small files rests once in a while, and not after each', async () => {
    let rests = 0;
    const { start } = await open80({
      clock: workingClock(20),
      rest: async () => {
        rests += 1;
      },
    });
    const files = Array.from({ length: 30 }, (_, index) => ({ path: `${index}.json`, size: 1, etag: 'a'.repeat(40) }));
    expect((await start(never, files).done).missing.length).toBe(30);
    expect(rests).toBeGreaterThan(5);
    expect(rests).toBeLessThan(15);
  });

  it('is over with the signal’s reason, in the middle of a file as well', async () => {
    const stop = new AbortController();
    const { start } = await open80({ clock: workingClock(200), rest: async () => stop.abort(new Error('enough')) });
    const running = start(stop.signal);
    await expect(running.done).rejects.toThrow('enough');
    expect(running.state()).toMatchObject({ bytesDone: 32 * MIB, filesDone: 0, currentFile: 'weights.bin' });
  });

  it('is that of one copy at a time: the others wait, and need not wait for their turn to be given up', async () => {
    const gate = Promise.withResolvers<void>();
    const { start } = await open80({ clock: workingClock(200), rest: () => gate.promise });
    const first = start();
    const stop = new AbortController();
    const [second, third] = [start(stop.signal), start()];
    stop.abort(new Error('enough'));
    await expect(second.done).rejects.toThrow('enough');
    await expect.poll(() => first.state().bytesDone).toBe(32 * MIB);
    expect(third.state()).toEqual({ bytesDone: 0, bytesTotal: SIZE, filesDone: 0, filesTotal: 1 });
    gate.resolve();
    expect([await first.done, await third.done]).toEqual([NOTHING, NOTHING]);
  });

  it('of a file that is written meanwhile begins once more', async () => {
    let rests = 0;
    const bench = await open80({
      clock: workingClock(200),
      rest: async () => {
        rests += 1;
        // The first piece has been read as it was.
        if (rests === 1) await writeFile(bench.blob, Buffer.alloc(SIZE));
      },
    });
    const file = await open(bench.blob, 'r+');
    await file.write(Buffer.from('x'), 0, 1, 5);
    await file.close();
    expect(await bench.start().done).toEqual(NOTHING);
    expect(rests).toBe(2 + 2 + 1);
  });

  it('is done once for a file that two paths lead to', async () => {
    let begun = 0;
    const hasher = createHasher();
    onTestFinished(hasher.close);
    const begin: Hasher['begin'] = (...file) => {
      begun += 1;
      return hasher.begin(...file);
    };
    const { start, blob } = await open80({ hash: begin });
    await symlink(join('../../blobs', WEIGHTS), join(dirname(blob), '../snapshots', COMMIT, 'again.bin'));
    expect(await start(never, [large, { ...large, path: 'again.bin' }]).done).toEqual(NOTHING);
    expect(begun).toBe(1);
  });

  /** Reading fails as Node says it. */
  const failing = (code: string): Hasher['begin'] => {
    const error = Object.assign(new Error(code), { code });
    return () => {
      const digest = Promise.reject(error);
      digest.catch(() => undefined);
      return { advance: () => undefined, caughtUp: () => Promise.resolve(), digest, drop: () => undefined };
    };
  };

  it('calls broken what the disk has lost or nobody may read', async () => {
    for (const code of ['EIO', 'EACCES']) {
      const { start } = await open80({ hash: failing(code) });
      expect(await start().done).toEqual({ missing: [], broken: ['weights.bin'] });
    }
  });

  it('ends where the disk does not answer, and says nothing of the files', async () => {
    const { start } = await open80({ hash: failing('ENOTCONN') });
    expect(await codeOf(start().done)).toBe('unavailable');
  });

  it('notes what was right, so that a job need not read it again', async () => {
    const { start, blob, marks } = await open80();
    await start().done;
    const looked = await lookAt(blob);
    expect(looked && (await marks.isVerified({ repoFolder: FOLDER, etag: WEIGHTS }, looked))).toBe(true);
    expect(await readFile(join(dirname(blob), '../.hubgram/verified'), 'utf8')).toContain(WEIGHTS);
  });
});
