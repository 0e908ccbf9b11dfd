import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { repoPaths, type RepoPaths } from '../../src/cache/layout.ts';
import { createRepoFolders } from '../../src/cache/repo-folders.ts';
import { sweepFolder } from '../../src/cache/sweep.ts';
import { createMarks, lookAt, type Looked, pruneMarks } from '../../src/cache/verified.ts';
import { BOOT_ID } from '../../src/lib/boot-id.ts';

const FOLDER = 'models--org--name';
const SIZE = 2 ** 20;
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

let cacheDir = '';
let paths: RepoPaths;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'hubgram-marks-'));
  paths = repoPaths(cacheDir, FOLDER);
  onTestFinished(() => rmSync(cacheDir, { recursive: true, force: true }));
});

const put = (path: string, content: string | Buffer = Buffer.alloc(SIZE)): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const name = (etag: string) => ({ repoFolder: FOLDER, etag });
const looked = async (etag: string): Promise<Looked> => (await lookAt(paths.blob(etag))) as Looked;
/** As another run of the program would see it. */
const isMarked = async (etag: string): Promise<boolean> =>
  createMarks(cacheDir).isVerified(name(etag), await looked(etag));
const mark = async (...etags: string[]): Promise<void> => {
  const marks = createMarks(cacheDir);
  for (const etag of etags) {
    put(paths.blob(etag));
    await marks.setVerified(name(etag), await looked(etag));
  }
  await marks.written();
};

describe.skipIf(BOOT_ID === undefined)('marks of verified blobs', () => {
  it('hold for the next run, as long as the file is as it was', async () => {
    await mark(A, B);
    expect([await isMarked(A), await isMarked(B)]).toEqual([true, true]);
    put(paths.blob(A), Buffer.alloc(SIZE, 1));
    expect([await isMarked(A), await isMarked(B)]).toEqual([false, true]);
    await mark(A);
    expect([await isMarked(A), await isMarked(B)]).toEqual([true, true]);
  });

  it('cut off after any of their bytes are of the right files or of none, and what comes later holds', async () => {
    await mark(A, B);
    const whole = readFileSync(paths.marks);
    for (let kept = whole.length - 1; kept >= 0; kept -= 7) {
      writeFileSync(paths.marks, whole.subarray(0, kept));
      expect(await isMarked(B)).toBe(false);
    }
    writeFileSync(paths.marks, whole.subarray(0, whole.length - 3));
    await mark(A);
    expect([await isMarked(A), await isMarked(B)]).toEqual([true, false]);
  });

  it('of an earlier start of the machine hold no more', async () => {
    await mark(A);
    const text = readFileSync(paths.marks, 'utf8');
    put(paths.marks, text.replace(BOOT_ID ?? '', 'another start'));
    expect(await isMarked(A)).toBe(false);
    await mark(B);
    expect([await isMarked(A), await isMarked(B)]).toEqual([false, true]);
  });

  it('are not written through a link, nor into a repository that is gone', async () => {
    const outside = join(cacheDir, 'outside');
    put(paths.blob(A));
    mkdirSync(outside);
    symlinkSync(outside, paths.partials);
    await mark(A);
    expect(readdirSync(outside)).toEqual([]);
    const marks = createMarks(cacheDir);
    const before = await looked(A);
    rmSync(paths.root, { recursive: true });
    await marks.setVerified(name(A), before);
    await marks.written();
    expect(existsSync(paths.root)).toBe(false);
  });

  it('are written with few calls, however many there are', async () => {
    const marks = createMarks(cacheDir);
    put(paths.blob(A));
    const { mark: now } = await looked(A);
    const etags = Array.from({ length: 20_000 }, (_, index) => index.toString(16).padStart(64, '0'));
    await Promise.all(etags.map((etag) => marks.setVerified(name(etag), { mark: now })));
    await marks.setVerified(name(A), { mark: now });
    await marks.written();
    expect(readFileSync(paths.marks, 'utf8').split('\n')).toHaveLength(1 + etags.length + 1);
    expect(await isMarked(A)).toBe(true);
  });

  it('go with their blobs, and the file with the last of them', async () => {
    await mark(A, B);
    rmSync(paths.blob(A));
    await pruneMarks(paths);
    expect(readFileSync(paths.marks, 'utf8')).not.toContain(A);
    expect(await isMarked(B)).toBe(true);
    rmSync(paths.blob(B));
    await sweepFolder(cacheDir, createRepoFolders(), { repoFolder: FOLDER, etags: [] });
    expect(existsSync(paths.partials)).toBe(false);
  });

  it('stay where snapshots hold the files themselves', async () => {
    await mark(A);
    rmSync(paths.blob(A));
    put(paths.entry('c'.repeat(40), 'model.bin'));
    await pruneMarks(paths);
    expect(readFileSync(paths.marks, 'utf8')).toContain(A);
  });
});
