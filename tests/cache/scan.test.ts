import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { scanCache, type ScannedRepo } from '../../src/cache/scan.ts';

const FOLDER = 'models--org--name';
const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];
const etagOf = (index: number): string => index.toString(16).padStart(64, '0');

let cacheDir = '';
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'hubgram-scan-'));
  onTestFinished(() => rmSync(cacheDir, { recursive: true, force: true }));
});

const at = (...parts: string[]): string => join(cacheDir, FOLDER, ...parts);
const put = (path: string, bytes: number | string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof bytes === 'string' ? bytes : Buffer.alloc(bytes, 1));
};
/** An entry of a snapshot that leads to a blob. */
const show = (commit: string, path: string, blob: string): void => {
  const entry = at('snapshots', commit, path);
  mkdirSync(dirname(entry), { recursive: true });
  symlinkSync(join('../'.repeat(path.split('/').length + 1), 'blobs', blob), entry);
};

const scan = async (signal = new AbortController().signal): Promise<ScannedRepo[]> => {
  const repos: ScannedRepo[] = [];
  for await (const repo of scanCache(cacheDir, signal)) repos.push(repo);
  return repos;
};
const NONE = { files: 0, bytes: 0 };

describe('what lies in the cache', () => {
  it('is told by repository: revisions with the refs that lead to them, and each blob once', async () => {
    put(at('blobs', etagOf(1)), 1000);
    put(at('blobs', etagOf(2)), 20);
    put(at('blobs', etagOf(3)), 3);
    show(OLD, 'model.safetensors', etagOf(1));
    show(OLD, 'copy/model.safetensors', etagOf(1));
    show(OLD, 'config.json', etagOf(2));
    show(NEW, 'model.safetensors', etagOf(1));
    show(NEW, 'config.json', etagOf(3));
    put(at('refs', 'main'), NEW);
    put(at('refs', 'refs', 'pr', '1'), `${OLD}\n`);
    put(at('refs', 'v1'), OLD);
    put(at('refs', 'torn'), 'half');
    put(join(cacheDir, 'datasets--org--data', 'refs', 'main'), NEW);
    put(join(cacheDir, 'version.txt'), '1');
    put(join(cacheDir, 'notes', 'blobs', etagOf(9)), 9);
    expect(await scan()).toEqual([
      {
        repoFolder: 'datasets--org--data',
        bytes: 0,
        sharedBytes: 0,
        toldBytes: 0,
        revisions: [],
        unshown: NONE,
        partials: NONE,
      },
      {
        repoFolder: FOLDER,
        bytes: 1023,
        sharedBytes: 0,
        toldBytes: 0,
        revisions: [
          { commit: OLD, refs: ['refs/pr/1', 'v1'], files: 3, bytes: 1020, gone: 0, changedAt: expect.any(Number) },
          { commit: NEW, refs: ['main'], files: 2, bytes: 1003, gone: 0, changedAt: expect.any(Number) },
        ],
        unshown: NONE,
        partials: NONE,
      },
    ]);
  });

  it('may be shown by no snapshot, be there in part, or be gone', async () => {
    put(at('blobs', etagOf(1)), 1000);
    put(at('blobs', etagOf(2)), 20);
    show(OLD, 'config.json', etagOf(2));
    show(OLD, 'model.safetensors', etagOf(7));
    show(OLD, 'other.safetensors', etagOf(8));
    put(at('blobs', `${etagOf(4)}.0f0f.incomplete`), 300);
    put(at('.hubgram', `${etagOf(3)}.part`), 4096);
    // As long as the whole file from the beginning, and nothing in it.
    put(at('.hubgram', `${etagOf(5)}.part`), 0);
    truncateSync(at('.hubgram', `${etagOf(5)}.part`), 10_000_000);
    put(at('.hubgram', `${etagOf(3)}.part.control`), 50);
    put(at('.hubgram', 'verified'), 50);
    expect(await scan()).toEqual([
      {
        repoFolder: FOLDER,
        bytes: 1020 + 300 + 4096,
        sharedBytes: 0,
        toldBytes: 0,
        revisions: [{ commit: OLD, refs: [], files: 3, bytes: 20, gone: 2, changedAt: expect.any(Number) }],
        unshown: { files: 1, bytes: 1000 },
        partials: { files: 3, bytes: 4396 },
      },
    ]);
  });

  it('may have names in other folders, which keep it on the disk', async () => {
    put(at('blobs', etagOf(1)), 1000);
    put(at('blobs', etagOf(2)), 20);
    show(OLD, 'model.safetensors', etagOf(1));
    show(OLD, 'config.json', etagOf(2));
    mkdirSync(join(cacheDir, 'models--org--twin', 'blobs'), { recursive: true });
    linkSync(at('blobs', etagOf(1)), join(cacheDir, 'models--org--twin', 'blobs', etagOf(1)));
    const [name, twin] = await scan();
    expect(name).toMatchObject({ bytes: 1020, sharedBytes: 1000, toldBytes: 0, unshown: NONE });
    expect(twin).toMatchObject({ bytes: 1000, sharedBytes: 1000, toldBytes: 1000, unshown: { files: 1, bytes: 1000 } });
  });

  it('is counted once where snapshots hold the files themselves, also under a second name', async () => {
    put(at('snapshots', OLD, 'model.safetensors'), 1000);
    put(at('blobs', etagOf(2)), 20);
    linkSync(at('blobs', etagOf(2)), at('snapshots', OLD, 'config.json'));
    expect(await scan()).toMatchObject([
      {
        bytes: 1020,
        sharedBytes: 0,
        toldBytes: 0,
        revisions: [{ commit: OLD, files: 2, bytes: 1020, gone: 0, changedAt: expect.any(Number) }],
        unshown: NONE,
      },
    ]);
  });

  it('may be a link into a store that several folders share: it is shown, and takes nothing here', async () => {
    put(join(cacheDir, 'blobs', 'ab', 'abcdef'), 500);
    mkdirSync(at('blobs'), { recursive: true });
    symlinkSync('../../blobs/ab/abcdef', at('blobs', etagOf(1)));
    show(OLD, 'model.safetensors', etagOf(1));
    expect(await scan()).toMatchObject([
      {
        bytes: 0,
        revisions: [{ files: 1, bytes: 500, gone: 0, changedAt: expect.any(Number) }],
        unshown: NONE,
        partials: NONE,
      },
    ]);
  });

  it('is not looked for behind links to folders, in which it may go round for ever', async () => {
    put(at('blobs', etagOf(1)), 10);
    show(OLD, 'model.safetensors', etagOf(1));
    symlinkSync('..', at('snapshots', OLD, 'up'));
    symlinkSync(OLD, at('snapshots', NEW));
    expect(await scan()).toMatchObject([
      { bytes: 10, revisions: [{ commit: OLD, files: 2, bytes: 10, gone: 1, changedAt: expect.any(Number) }] },
    ]);
  });

  it('is nothing where there is no cache, and stops when nobody wants it any more', async () => {
    for (const name of ['models--a--1', 'models--a--2', 'models--a--3']) mkdirSync(join(cacheDir, name));
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { repoFolder } of scanCache(cacheDir, stop.signal)) {
      seen.push(repoFolder);
      if (seen.length === 2) stop.abort();
    }
    expect(seen).toEqual(['models--a--1', 'models--a--2']);
    rmSync(cacheDir, { recursive: true });
    expect(await scan()).toEqual([]);
  });

  it('may be very much in one folder: everything else has its turn again and again meanwhile', async () => {
    mkdirSync(at('snapshots', OLD), { recursive: true });
    mkdirSync(at('blobs'));
    for (let index = 0; index < 5000; index += 1) {
      writeFileSync(at('blobs', etagOf(index)), '');
      symlinkSync(`../../blobs/${etagOf(index)}`, at('snapshots', OLD, `${index}.json`));
    }
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const [repo] = await scan();
    isOver = true;
    expect(repo?.revisions).toMatchObject([{ files: 5000, gone: 0, changedAt: expect.any(Number) }]);
    expect(turns).toBeGreaterThan(40);
  });
});
