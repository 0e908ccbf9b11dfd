import fs from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RepoFile } from '../../src/domain/listing.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { repoPaths } from '../../src/cache/layout.ts';
import { createDisks, type DiskFunctions } from '../../src/cache/disk.ts';
import { diskFailure } from '../../src/domain/failures/disk-failure.ts';
import { FAT, HARD_ONLY, refusing } from '../helpers/disks.ts';
import { tempFolder } from '../store/setup.ts';
import { type BenchTop, setUp, STANDING } from '../copies/bench-top.ts';

const ID = 'sample/model';
const FOLDER = 'models--sample--model';
const SIZE = 2_000_000;
const FILES = [
  { path: 'config.json', content: '{"a":1}' },
  { path: 'model.safetensors', size: SIZE, seed: 'weights' },
  { path: 'copy/model.safetensors', size: SIZE, seed: 'weights' },
];
const repo = defineRepo({ id: ID, files: FILES });

let bench: BenchTop;
afterEach(async () => {
  await bench?.close();
});

const at = (...parts: string[]): string => join(bench.cacheDir, FOLDER, ...parts);
const commit = (): string => bench.hub.commitOf(ID).id;
const removal = (files: readonly RepoFile[] = bench.files(ID)) => ({
  repoFolder: FOLDER,
  commit: commit(),
  paths: files.map(({ path }) => path),
  etags: files.map(({ etag }) => etag),
});
const missing = (): Promise<number> =>
  bench.copies.missingBytes({ repoFolder: FOLDER, files: bench.files(ID), commits: [commit()] });

/** All that lies in the repository's folder, with what it is. */
const listed = async (): Promise<string[]> => {
  const entries = await fs.readdir(at(), { recursive: true, withFileTypes: true });
  const kinds = entries.map((entry) => {
    const kind = entry.isDirectory() ? '/' : entry.isSymbolicLink() ? ' ->' : '';
    return `${join(entry.parentPath, entry.name).slice(at().length + 1)}${kind}`;
  });
  return kinds.filter((one) => !one.endsWith('/')).toSorted();
};

describe('a disk without links', () => {
  it('holds the files themselves in the snapshot, each once, and nothing else but marks', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: FAT });
    await bench.start(ID).done;
    expect(await listed()).toEqual([
      '.hubgram/verified',
      'refs/main',
      ...['config.json', 'copy/model.safetensors', 'model.safetensors'].map((path) => `snapshots/${commit()}/${path}`),
    ]);
    for (const { path } of FILES) expect(await bench.published(ID, path)).toBe('right');
    // Python finds a file there, and not a link.
    expect((await fs.lstat(at('snapshots', commit(), 'config.json'))).isFile()).toBe(true);
  });

  it('is known to have what it has: nothing is fetched again, no room is asked for', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: FAT });
    expect(await missing()).toBe(SIZE + 7);
    await bench.start(ID).done;
    const sent = bench.hub.bytesSent();
    expect(await missing()).toBe(0);
    await bench.start(ID).done;
    expect(bench.hub.bytesSent()).toBe(sent);
    // What somebody has damaged is seen, and fetched; what is right stays as it is.
    await fs.writeFile(at('snapshots', commit(), 'config.json'), '{"a":2}');
    const before = await fs.stat(at('snapshots', commit(), 'model.safetensors'));
    await bench.start(ID).done;
    expect(await bench.published(ID, 'config.json')).toBe('right');
    expect((await fs.stat(at('snapshots', commit(), 'model.safetensors'))).ino).toBe(before.ino);
  });

  it('has the missing one of two paths filled from the other', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: FAT });
    await bench.start(ID).done;
    const sent = bench.hub.bytesSent();
    await fs.rm(at('snapshots', commit(), 'model.safetensors'));
    await bench.start(ID).done;
    expect(await bench.published(ID, 'model.safetensors')).toBe('right');
    expect(await bench.published(ID, 'copy/model.safetensors')).toBe('right');
    expect(bench.hub.bytesSent()).toBe(sent);
  });

  it('goes on with a partial file', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: FAT, ...STANDING });
    const letGo = bench.hub.setFault({ kind: 'held', path: '.safetensors', bytes: 2 ** 20 });
    const stop = new AbortController();
    const stopped = bench.start(ID, stop.signal);
    await expect.poll(() => stopped.state().bytesReady, { interval: 20 }).toBe(2 ** 20 + 7);
    stop.abort(new Error('paused'));
    await expect(stopped.done).rejects.toThrow('paused');
    letGo();
    await bench.start(ID).done;
    expect(await bench.published(ID, 'model.safetensors')).toBe('right');
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE * 1.25);
  });

  it('gives two who want the same at once one transfer, and each their files', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: FAT });
    await Promise.all([bench.start(ID).done, bench.start(ID).done]);
    for (const { path } of FILES) expect(await bench.published(ID, path)).toBe('right');
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE * 1.5);
  });

  it('is freed by a removal of all that lay on it, and the bytes are told', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: FAT });
    await bench.start(ID).done;
    expect(await bench.copies.removeSnapshot(removal())).toBe(2 * SIZE + 7);
    expect(existsSync(at())).toBe(false);
  });

  it('keeps the other snapshots: a newer commit copies what has not changed, and fetches the rest', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: FAT });
    const older = commit();
    await bench.start(ID).done;
    const sent = bench.hub.bytesSent();
    bench.hub.updateRepo(ID, { files: [{ path: 'config.json', content: '{"a":3}' }] });
    expect(commit()).not.toBe(older);
    await bench.start(ID).done;
    expect(bench.hub.bytesSent() - sent).toBeLessThan(100_000);
    expect(await bench.published(ID, 'model.safetensors')).toBe('right');
    expect(await fs.readFile(at('snapshots', older, 'config.json'), 'utf8')).toBe('{"a":1}');
  });
});

describe('a disk with hard links only', () => {
  it('holds each blob once, under both of its names', async () => {
    bench = await setUp({ repos: [repo] }, { diskFunctions: HARD_ONLY });
    await bench.start(ID).done;
    const etag = bench.files(ID).find(({ path }) => path === 'model.safetensors')?.etag ?? '';
    const inodes = ['snapshots/' + commit() + '/model.safetensors', `blobs/${etag}`].map((path) => fs.stat(at(path)));
    const [entry, blob] = await Promise.all(inodes);
    expect(entry?.ino).toBe(blob?.ino);
    expect(entry?.nlink).toBe(3);
    const sent = bench.hub.bytesSent();
    await bench.start(ID).done;
    expect(bench.hub.bytesSent()).toBe(sent);
    expect(await bench.copies.removeSnapshot(removal())).toBe(SIZE + 7);
    expect(existsSync(at())).toBe(false);
  });
});

describe('what a disk can do', () => {
  const paths = () => repoPaths(tempFolder(), FOLDER);
  const file = (path: string, size = 1): RepoFile => ({ path, size, etag: 'a'.repeat(40) });

  it('is asked once, and leaves nothing', async () => {
    let asked = 0;
    const counting: DiskFunctions = {
      ...fs,
      symlink: (...given) => {
        asked += 1;
        return fs.symlink(...given);
      },
    };
    const disks = createDisks(counting);
    const where = paths();
    const [first, second] = await Promise.all([disks.of(where), disks.of(where)]);
    expect(first).toBe(second);
    expect(asked).toBe(1);
    expect(existsSync(where.root)).toBe(false);
    expect(first).toMatchObject({ symlinks: true, hardLinks: true, largestFile: undefined });
  });

  it('is not asked of a disk that is taken away meanwhile', async () => {
    const where = paths();
    const gone = createDisks({
      ...fs,
      symlink: async () => {
        await fs.rm(where.root, { recursive: true });
        return refusing('ENOENT')();
      },
    });
    await expect(gone.of(where)).rejects.toMatchObject({ code: 'changed' });
  });

  it('is asked again after trouble, which is told, and not taken for what it cannot do', async () => {
    let isFull = true;
    const disks = createDisks({
      ...fs,
      symlink: (...given) => (isFull ? refusing('ENOSPC')() : fs.symlink(...given)),
    });
    const where = paths();
    await expect(disks.of(where)).rejects.toMatchObject({ code: 'no_space' });
    isFull = false;
    expect(await disks.of(where)).toMatchObject({ symlinks: true });
  });

  it('is not a link that leads elsewhere, as some network file systems make them', async () => {
    const disks = createDisks({ ...fs, readlink: (async () => '/mnt/file') as unknown as DiskFunctions['readlink'] });
    expect(await disks.of(paths())).toMatchObject({ symlinks: false });
  });

  const PLAIN = {
    symlinks: true,
    hardLinks: true,
    tellsCase: true,
    anyName: true,
    tellsReads: true,
    largestFile: undefined,
  };

  it.each([
    [
      'two names that differ in capital letters only',
      { tellsCase: false },
      [file('README.md'), file('readme.md')],
      '“README.md” and “readme.md” would be one file there',
    ],
    [
      'folders that do',
      { tellsCase: false },
      [file('VAE/model.bin'), file('vae/model.bin')],
      '“VAE/model.bin” and “vae/model.bin” would be one file there',
    ],
    [
      'a file of 5 GB on FAT',
      { largestFile: 2 ** 32 - 1 },
      [file('model.gguf', 5e9)],
      '“model.gguf” is larger than its largest file',
    ],
  ])('%s are refused before the first byte', async (_, able, files, why) => {
    const where = paths();
    await expect(createDisks().refuse(where, { ...PLAIN, ...able }, files)).rejects.toMatchObject({
      code: 'operational',
      message: `The disk with ${where.root} cannot hold this repository: ${why}. Leave that out with exclude=, or use another disk.`,
    });
    await createDisks().refuse(where, PLAIN, files);
  });

  it.each([
    ['longer than 143 bytes, as on eCryptfs', 'n'.repeat(150), 'ENAMETOOLONG'],
    ['with a colon, as on FAT', 'checkpoint:1000.bin', 'EINVAL'],
    ['with a question mark, as on exFAT by FUSE', 'what?.bin', 'ENOENT'],
  ])('a name %s is tried before the first byte', async (_, name, code) => {
    const disks = createDisks({
      ...fs,
      writeFile: (path, ...given) =>
        typeof path === 'string' && path.includes(name.slice(0, 100)) ? refusing(code)() : fs.writeFile(path, ...given),
    });
    const where = paths();
    await expect(disks.refuse(where, { ...PLAIN, anyName: false }, [file(`x/${name}`)])).rejects.toMatchObject({
      message: expect.stringContaining(`it takes no file named “${name}”`) as string,
    });
    await disks.refuse(where, { ...PLAIN, anyName: false }, [file('x/größe 1.bin')]);
    expect(existsSync(where.root)).toBe(false);
  });
});

describe('what Node says of a disk', () => {
  const told = (code: string, more: object = {}): readonly [string, string] => {
    const failure = diskFailure(Object.assign(new Error(code), { code, path: '/cache/models--x/blobs/y', ...more }));
    const { code: kind, message } = failure as { readonly code: string; readonly message: string };
    return [kind, message];
  };

  it.each([
    ['EACCES', {}, 'operational', 'hubgram may not write to /cache/models--x/blobs. Check its owner and permissions.'],
    [
      'EPERM',
      { syscall: 'symlink' },
      'operational',
      'The disk with /cache/models--x/blobs does not hold symbolic links.',
    ],
    ['EPERM', { syscall: 'open' }, 'operational', /keeps everybody from changing what is in \/cache\/models--x\/blobs/],
    ['EROFS', {}, 'operational', 'The disk with /cache/models--x/blobs is mounted read-only.'],
    ['EDQUOT', {}, 'no_space', 'hubgram’s user has used up its quota on the disk with /cache/models--x/blobs.'],
    ['ENOSPC', {}, 'no_space', 'The disk is full.'],
    ['ENOENT', {}, 'changed', /^\/cache\/models--x\/blobs is not there any more/],
    ['ESTALE', {}, 'changed', /its disk was taken away/],
    ['ENOTCONN', {}, 'unavailable', 'The disk with /cache/models--x/blobs does not answer.'],
    ['EXDEV', {}, 'operational', /lies on another disk/],
  ] as const)('%s %o is a sentence with the folder and the true cause', (code, more, kind, sentence) => {
    const [told0, message] = told(code, more);
    expect(told0).toBe(kind);
    expect(message).toMatch(sentence);
  });

  it('is the cache that was removed in the middle of a download: it is fetched anew', async () => {
    bench = await setUp({ repos: [repo] }, STANDING);
    const letGo = bench.hub.setFault({ kind: 'held', path: '.safetensors', bytes: 2 ** 20 });
    const run = bench.start(ID);
    await expect.poll(() => run.state().bytesReady, { interval: 20 }).toBe(2 ** 20 + 7);
    await fs.rm(bench.cacheDir, { recursive: true });
    letGo();
    await expect(run.done).rejects.toMatchObject({ code: 'changed' });
    await bench.start(ID).done;
    expect(await bench.published(ID, 'model.safetensors')).toBe('right');
  });
});
