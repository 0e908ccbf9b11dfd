import { link, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { CopyJob } from '../../src/copies/executor.ts';
import { createControlFile } from '../../src/transfer/files/control-file.ts';
import { leftIn } from '../helpers/partials.ts';
import { pythonWarnings } from '../helpers/python-cache.ts';
import { type BenchTop, codeOf, setUp, STANDING } from './bench-top.ts';

const ID = 'sample/model';
const FOLDER = 'models--sample--model';
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'config.json', content: '{"a":1}' },
    { path: 'onnx/config.json', content: '{"b":2}' },
    { path: 'model.safetensors', size: 3_000_000 },
  ],
});

let bench: BenchTop;
const clean: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of clean.splice(0)) await one();
  await bench?.close();
});

const at = (...parts: string[]): string => join(bench.cacheDir, FOLDER, ...parts);
const commit = (): string => bench.hub.commitOf(ID).id;
const etagOf = (path: string): string => bench.files(ID).find((file) => file.path === path)?.etag ?? '';

/** A job for what lies in the cache already. */
const local = (changes: Partial<CopyJob> = {}): CopyJob => ({
  source: 'hub',
  type: 'model',
  id: ID,
  commit: commit(),
  revision: 'main',
  files: bench.files(ID),
  ...changes,
});
/** Nothing may be fetched for it. */
const run = async (job: CopyJob): Promise<void> => {
  const asked = bench.hub.requests.length;
  await bench.copies.start(job, new AbortController().signal).done;
  expect(bench.hub.requests.length).toBe(asked);
};

describe('the cache', () => {
  it('has exactly the files, links and modes that the Python client leaves, and one folder of our own', async () => {
    bench = await setUp({ repos: [repo] });
    const before = process.umask(0o022);
    clean.push(() => Promise.resolve(process.umask(before)));
    const { snapshotPath } = await bench.start(ID).done;
    expect(snapshotPath).toBe(at('snapshots', commit()));
    const entries = await readdir(bench.cacheDir, { recursive: true, withFileTypes: true });
    const seen = await Promise.all(
      entries.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const { mode } = await lstat(path);
        const target = entry.isSymbolicLink() ? await readlink(path) : (mode & 0o777).toString(8);
        return `${path.slice(bench.cacheDir.length + 1)} ${target}`;
      }),
    );
    const blobs = ['config.json', 'onnx/config.json', 'model.safetensors'].map(etagOf);
    const [config = '', onnx = '', model = ''] = blobs;
    expect(seen.toSorted()).toEqual(
      [
        'CACHEDIR.TAG 644',
        `${FOLDER} 755`,
        // Tools look for nothing but the folders below; marks of what was verified lie here, and go with the model.
        `${FOLDER}/.hubgram 755`,
        `${FOLDER}/.hubgram/verified 644`,
        `${FOLDER}/blobs 755`,
        ...blobs.map((etag) => `${FOLDER}/blobs/${etag} 644`),
        `${FOLDER}/refs 755`,
        `${FOLDER}/refs/main 644`,
        `${FOLDER}/snapshots 755`,
        `${FOLDER}/snapshots/${commit()} 755`,
        `${FOLDER}/snapshots/${commit()}/config.json ../../blobs/${config}`,
        `${FOLDER}/snapshots/${commit()}/model.safetensors ../../blobs/${model}`,
        `${FOLDER}/snapshots/${commit()}/onnx 755`,
        `${FOLDER}/snapshots/${commit()}/onnx/config.json ../../../blobs/${onnx}`,
      ].toSorted(),
    );
    expect(await readFile(at('refs/main'), 'utf8')).toBe(commit());
    expect((await readFile(join(bench.cacheDir, 'CACHEDIR.TAG'), 'utf8')).length).toBe(191);
  });

  it('obeys the umask that a person has set', async () => {
    bench = await setUp({ repos: [repo] });
    const before = process.umask(0o077);
    clean.push(() => Promise.resolve(process.umask(before)));
    await bench.start(ID).done;
    expect((await lstat(at('blobs', etagOf('config.json')))).mode & 0o777).toBe(0o600);
    expect((await lstat(at('snapshots'))).mode & 0o777).toBe(0o700);
  });

  it('nests the ref of a pull request, and has none for a revision that is a commit', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    await run(local({ revision: 'refs/pr/1' }));
    await run(local({ revision: commit() }));
    expect(await readFile(at('refs/refs/pr/1'), 'utf8')).toBe(commit());
    expect((await readdir(at('refs'))).toSorted()).toEqual(['main', 'refs']);
  });

  it('keeps right links, replaces wrong ones and what lies in their place', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    const kept = at('snapshots', commit(), 'config.json');
    const wrong = at('snapshots', commit(), 'model.safetensors');
    const plain = at('snapshots', commit(), 'onnx/config.json');
    const before = await lstat(kept);
    await rm(wrong);
    await symlink('../../blobs/nothing', wrong);
    await rm(plain);
    await writeFile(plain, 'something else');
    await run(local());
    expect((await lstat(kept)).ino).toBe(before.ino);
    expect(await bench.published(ID, 'model.safetensors')).toBe('right');
    expect(await bench.published(ID, 'onnx/config.json')).toBe('right');
    expect(await leftIn(bench.cacheDir)).toEqual([]);
  });

  it('says what is in the way if a folder lies where a file must be, and writes no ref', async () => {
    bench = await setUp({ repos: [repo] });
    await mkdir(at('snapshots', commit(), 'config.json', 'deep'), { recursive: true });
    expect(await codeOf(bench.start(ID).done)).toBe('operational');
    await expect(lstat(at('refs/main'))).rejects.toThrow('ENOENT');
  });

  it('holds names as long as a disk allows', async () => {
    const long = `${'n'.repeat(250)}.json`;
    bench = await setUp({ repos: [defineRepo({ id: ID, files: [{ path: long, content: '1' }] })] });
    await bench.start(ID).done;
    expect(await bench.published(ID, long)).toBe('right');
  });

  // SaladTechnologies/comfyui-api#125, huggingface/datasets#5099: names that mean something else in an address.
  it('holds names with whatever letters', async () => {
    const paths = [
      'Text Encoder/a b.txt',
      'c#/?x=1&y.txt',
      '100%.txt',
      '%2e%2e.txt',
      'a+b;c=[d].txt',
      '模型/é\u0301"ü.txt',
    ];
    const odd = defineRepo({ id: 'sample/odd', files: paths.map((path) => ({ path, content: `of ${path}` })) });
    bench = await setUp({ repos: [odd] });
    const { snapshotPath } = await bench.start('sample/odd').done;
    for (const path of paths) expect(await readFile(join(snapshotPath, path), 'utf8')).toBe(`of ${path}`);
  });

  it('that cannot be written to says so', async () => {
    bench = await setUp({ repos: [repo] });
    await mkdir(bench.cacheDir);
    // Root may write anywhere; a file where the folder must be stops everybody.
    await writeFile(at(), '');
    expect(await codeOf(bench.start(ID).done)).toBe('operational');
  });

  it('takes a damaged blob of its own from another repository that has it right', async () => {
    const twin = defineRepo({ id: 'sample/twin', files: [{ path: 'a.gguf', size: 2_000_000, seed: 's' }] });
    const mine = defineRepo({ id: ID, files: [{ path: 'b.gguf', size: 2_000_000, seed: 's' }] });
    bench = await setUp({ repos: [twin, mine] });
    await bench.start('sample/twin').done;
    const sent = bench.hub.bytesSent();
    await mkdir(at('blobs'), { recursive: true });
    await writeFile(at('blobs', etagOf('b.gguf')), Buffer.alloc(2_000_000, 3));
    await bench.start(ID).done;
    expect(await bench.published(ID, 'b.gguf')).toBe('right');
    expect(bench.hub.bytesSent()).toBe(sent);
  });

  it('takes the file itself over where another repository’s blob is a link into Python’s shared store', async () => {
    // huggingface/huggingface_hub#4498: a link to it that its list does not know is a link to nothing after a clean-up (#4797).
    const twin = defineRepo({ id: 'sample/twin', files: [{ path: 'a.gguf', size: 2_000_000, seed: 's' }] });
    const mine = defineRepo({ id: ID, files: [{ path: 'b.gguf', size: 2_000_000, seed: 's' }] });
    bench = await setUp({ repos: [twin, mine] });
    await bench.start('sample/twin').done;
    const blob = join(bench.cacheDir, 'models--sample--twin/blobs', etagOf('b.gguf'));
    const stored = join(bench.cacheDir, 'blobs/ab/abcdef');
    await mkdir(join(stored, '..'), { recursive: true });
    await rename(blob, stored);
    await symlink('../../blobs/ab/abcdef', blob);
    const sent = bench.hub.bytesSent();
    await bench.start(ID).done;
    expect(bench.hub.bytesSent()).toBe(sent);
    await rm(join(bench.cacheDir, 'blobs'), { recursive: true });
    expect(await bench.published(ID, 'b.gguf')).toBe('right');
  });

  it('does not take over a damaged blob of another repository, and leaves it as it is', async () => {
    bench = await setUp({ repos: [repo] });
    const foreign = join(bench.cacheDir, 'models--other/blobs');
    await mkdir(foreign, { recursive: true });
    const damaged = join(foreign, etagOf('model.safetensors'));
    await writeFile(damaged, Buffer.alloc(3_000_000, 3));
    await bench.start(ID).done;
    expect(await bench.published(ID, 'model.safetensors')).toBe('right');
    expect((await readFile(damaged)).every((byte) => byte === 3)).toBe(true);
  });
});

describe('links that lead out of the cache', () => {
  const outside = (): string => join(bench.cacheDir, '../outside');
  const prepare = async (inside: string): Promise<void> => {
    bench = await setUp({ repos: [repo] });
    await mkdir(outside(), { recursive: true });
    await mkdir(join(at(inside), '..'), { recursive: true });
    await symlink(outside(), at(inside));
  };

  it.each([
    ['the folder of all snapshots', () => 'snapshots'],
    ['the snapshot', () => `snapshots/${repo.branches.get('main')?.id}`],
    ['a folder inside the snapshot', () => `snapshots/${repo.branches.get('main')?.id}/onnx`],
    ['the folder of refs', () => 'refs'],
    ['the folder of partial files', () => '.hubgram'],
  ])('as %s are refused, and nothing is written there', async (_, inside) => {
    await prepare(inside());
    expect(await codeOf(bench.start(ID).done)).toBe('integrity');
    expect(await readdir(outside())).toEqual([]);
  });

  it('in place of a partial file are not followed', async () => {
    bench = await setUp({ repos: [repo] });
    const victim = join(bench.cacheDir, '../victim');
    await writeFile(victim, Buffer.alloc(3_000_000, 9));
    await mkdir(at('.hubgram'), { recursive: true });
    const etag = etagOf('model.safetensors');
    const partPath = at('.hubgram', `${etag}.part`);
    await symlink(victim, partPath);
    await createControlFile({ partPath, etag, size: 3_000_000 }).noteFlushed([{ start: 0, end: 2 ** 20 }]);
    await bench.start(ID).done;
    expect(await bench.published(ID, 'model.safetensors')).toBe('right');
    expect((await readFile(victim)).every((byte) => byte === 9)).toBe(true);
  });

  it('as the snapshot do not make a removal delete what they lead to', async () => {
    await prepare(`snapshots/${repo.branches.get('main')?.id}`);
    await writeFile(join(outside(), 'config.json'), 'not ours');
    const removal = { repoFolder: FOLDER, commit: commit(), paths: ['config.json'], etags: [] };
    expect(await codeOf(bench.copies.removeSnapshot(removal))).toBe('integrity');
    expect(await readdir(outside())).toEqual(['config.json']);
  });
});

describe('names that no Hub gives', () => {
  it.each([
    ['a commit that climbs', { commit: '../../../x' }],
    ['a commit that is a word', { commit: 'main' }],
    ['a revision that climbs', { revision: 'a/../../../x' }],
    ['a revision without a name', { revision: '' }],
    ['a path with a backslash', { files: [{ path: '..\\x', size: 1, etag: 'a'.repeat(40) }] }],
    ['a path with a NUL', { files: [{ path: 'a\0b', size: 1, etag: 'a'.repeat(40) }] }],
    ['an empty path', { files: [{ path: '', size: 1, etag: 'a'.repeat(40) }] }],
    ['an etag that climbs', { files: [{ path: 'a', size: 1, etag: '../../../x' }] }],
    ['an etag of a wrong length', { files: [{ path: 'a', size: 1, etag: 'a'.repeat(41) }] }],
    ['an id that climbs', { id: '../x/models--x' }],
    ['an id with more parts than a name has', { id: 'a/b/c' }],
  ])('%s is refused before anything is written', async (_, changes) => {
    bench = await setUp({ repos: [repo] });
    expect(['integrity', 'validation']).toContain(await codeOf(run(local(changes))));
    await expect(lstat(bench.cacheDir)).rejects.toThrow('ENOENT');
  });
});

describe('what is removed', () => {
  /** @param kept what other copies need */
  const removal = (kept: readonly string[] = []) => {
    const files = bench.files(ID).filter(({ path }) => !kept.includes(path));
    const [paths, etags] = [files.map(({ path }) => path), files.map(({ etag }) => etag)];
    return { repoFolder: FOLDER, commit: commit(), paths, etags };
  };

  it('is all of a model and its folder, and the bytes are told', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    expect(await bench.copies.removeSnapshot(removal())).toBe(3_000_014);
    expect(await readdir(bench.cacheDir)).toEqual(['CACHEDIR.TAG']);
    expect(await bench.copies.removeSnapshot(removal())).toBe(0);
  });

  it('leaves what another model still uses, with its paths and its ref', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    expect(await bench.copies.removeSnapshot(removal(['config.json']))).toBe(3_000_007);
    expect(await bench.published(ID, 'config.json')).toBe('right');
    expect(await bench.snapshots(ID)).toEqual([commit(), `${commit()}/config.json`]);
    expect(await readFile(at('refs/main'), 'utf8')).toBe(commit());
  });

  it('leaves another snapshot whole, and a ref that has moved on', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    const old = removal();
    bench.hub.updateRepo(ID, { files: [{ path: 'config.json', content: '{"a":2}' }] });
    await bench.start(ID).done;
    expect(await bench.copies.removeSnapshot(old)).toBe(7);
    for (const { path } of bench.files(ID)) expect(await bench.published(ID, path)).toBe('right');
    expect(await readFile(at('refs/main'), 'utf8')).toBe(commit());
    expect(await readdir(at('snapshots'))).toEqual([commit()]);
  });

  it('leaves files that other tools put there', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    await writeFile(at('snapshots', commit(), 'notes.txt'), 'mine');
    await bench.copies.removeSnapshot(removal());
    expect(await bench.snapshots(ID)).toEqual([commit(), `${commit()}/notes.txt`]);
    expect(await readdir(at('refs'))).toEqual(['main']);
  });

  it('frees nothing where the same bytes lie in another repository’s folder', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    await mkdir(join(bench.cacheDir, 'models--other/blobs'), { recursive: true });
    const etag = etagOf('model.safetensors');
    await link(at('blobs', etag), join(bench.cacheDir, 'models--other/blobs', etag));
    expect(await bench.copies.removeSnapshot(removal())).toBe(14);
    expect((await lstat(join(bench.cacheDir, 'models--other/blobs', etag))).size).toBe(3_000_000);
  });
});

describe('to the Python client the cache is in order', () => {
  const begin = async (): Promise<AbortController> => {
    bench = await setUp({ repos: [repo] }, STANDING);
    bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: 2 ** 19 });
    const abort = new AbortController();
    const run = bench.start(ID, abort.signal);
    run.done.catch(() => undefined);
    await expect.poll(() => run.state().bytesReady, { interval: 20 }).toBeGreaterThan(2 ** 19);
    clean.push(() => {
      abort.abort(new Error('the end'));
      return codeOf(run.done);
    });
    return abort;
  };

  it('while a first download is under way, and while it waits', async () => {
    const abort = await begin();
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
    abort.abort(new Error('paused'));
    await expect.poll(() => leftIn(bench.cacheDir), { interval: 20 }).toHaveLength(2);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
  });

  it('where the only snapshot goes while something else is fetched into the folder', async () => {
    await begin();
    const [small = '', large = ''] = ['config.json', 'model.safetensors'].map(etagOf);
    const removal = { repoFolder: FOLDER, commit: 'f'.repeat(40), paths: ['x'], etags: [small] };
    await bench.copies.removeSnapshot(removal);
    expect(await readdir(at('.hubgram'))).toContain(`${large}.part`);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
  });

  it('where a removal is cut off before its blobs are gone', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    const blob = at('blobs', etagOf('config.json'));
    await rm(blob);
    await mkdir(join(blob, 'no file'), { recursive: true });
    const files = bench.files(ID);
    const [paths, etags] = [files.map(({ path }) => path), files.map(({ etag }) => etag)];
    await expect(bench.copies.removeSnapshot({ repoFolder: FOLDER, commit: commit(), paths, etags })).rejects.toThrow(
      'EISDIR',
    );
    expect(await readdir(at('snapshots'))).toEqual([]);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
  });

  it('and holds nothing of a download that failed before its first byte', async () => {
    bench = await setUp({ repos: [repo] });
    bench.hub.setFault({ kind: 'status', status: 404, path: ID });
    expect(await codeOf(bench.start(ID).done)).not.toBe('none');
    expect(await readdir(bench.cacheDir)).toEqual(['CACHEDIR.TAG']);
  });
});

describe('the bytes that are missing', () => {
  it('are all at first, the rest after a stop, none at the end, and shared ones count once', async () => {
    const size = 2_000_000;
    const twice = ['a.gguf', 'b.gguf'].map((path) => ({ path, size, seed: 'same' }));
    bench = await setUp({ repos: [defineRepo({ id: ID, files: twice })] }, STANDING);
    const letGo = bench.hub.setFault({ kind: 'held', path: '.gguf', bytes: 2 ** 20 });
    const missing = (): Promise<number> =>
      bench.copies.missingBytes({ repoFolder: FOLDER, files: bench.files(ID), commits: [commit()] });
    expect(await missing()).toBe(size);
    const abort = new AbortController();
    const stopped = bench.start(ID, abort.signal);
    await expect.poll(() => stopped.state().bytesReady, { interval: 20 }).toBe(2 ** 20);
    abort.abort(new Error('paused'));
    await codeOf(stopped.done);
    expect(await missing()).toBe(size - 2 ** 20);
    letGo();
    await bench.start(ID).done;
    expect(await missing()).toBe(0);
    expect(await bench.copies.missingBytes({ repoFolder: 'models--other', files: bench.files(ID), commits: [] })).toBe(
      0,
    );
  });

  it('and the free ones are told for a cache that is not there yet', async () => {
    bench = await setUp({ repos: [repo] });
    expect(await bench.copies.freeBytes()).toBeGreaterThan(0);
  });
});
