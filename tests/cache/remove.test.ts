import { createHook } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeSnapshot } from '../../src/cache/remove.ts';
import { createRepoFolders } from '../../src/cache/repo-folders.ts';

const COMMIT = 'c'.repeat(40);
const FOLDER = 'models--org--name';

const etagOf = (at: number): string => at.toString(16).padStart(40, '0');

const openCache = () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'hubgram-remove-'));
  onTestFinished(() => rmSync(cacheDir, { recursive: true }));
  const root = join(cacheDir, FOLDER);
  const place = (...parts: string[]): string => {
    const path = join(root, ...parts);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  };
  const entry = (path: string): string => place('snapshots', COMMIT, path);
  const blob = (at: number): string => place('blobs', etagOf(at));
  const remove = (paths: readonly string[], etags: readonly string[] = []): Promise<number> =>
    removeSnapshot(cacheDir, createRepoFolders(), { repoFolder: FOLDER, commit: COMMIT, paths, etags });
  return { cacheDir, root, entry, blob, remove };
};

/** How often the disk is asked for something meanwhile. */
const requestsOf = async (work: () => Promise<unknown>): Promise<number> => {
  let requests = 0;
  const hook = createHook({ init: (_, type) => void (requests += type === 'FSREQPROMISE' ? 1 : 0) });
  hook.enable();
  await work();
  hook.disable();
  return requests;
};

it('of many files the disk is asked about each name once, and about each folder a few times', async () => {
  const { cacheDir, root, entry, blob, remove } = openCache();
  const paths = Array.from({ length: 400 }, (_, at) => `part-${at % 4}/file-${at}.json`);
  for (const [at, path] of paths.entries()) {
    writeFileSync(blob(at), 'x');
    symlinkSync(join('..', '..', '..', 'blobs', etagOf(at)), entry(path));
  }
  const etags = paths.map((_, at) => etagOf(at));
  const names = 2 * paths.length;
  // Once for each name, besides its removal, which is counted apart by Node.
  expect(await requestsOf(() => remove(paths, etags))).toBeLessThan(names + 100);
  expect([existsSync(root), existsSync(cacheDir)]).toEqual([false, true]);
});

it('what is freed are files without another name: those that share one count once, and those of others not at all', async () => {
  const { cacheDir, entry, remove } = openCache();
  writeFileSync(entry('one.bin'), 'x'.repeat(10));
  linkSync(entry('one.bin'), entry('again/one.bin'));
  writeFileSync(entry('two.bin'), 'x'.repeat(100));
  writeFileSync(join(cacheDir, 'elsewhere.bin'), 'x'.repeat(1000));
  linkSync(join(cacheDir, 'elsewhere.bin'), entry('three.bin'));
  expect(await remove(['one.bin', 'again/one.bin', 'two.bin', 'three.bin'])).toBe(110);
  expect(existsSync(join(cacheDir, 'elsewhere.bin'))).toBe(true);
});

it('where thousands lie is worked out as their turn comes, and everything else has its own in between', async () => {
  const { remove } = openCache();
  const paths = Array.from({ length: 3000 }, (_, at) => `gone/file-${at}.json`);
  let taken = 0;
  const inTurn = paths.values.bind(paths);
  Object.defineProperty(paths, Symbol.iterator, { value: () => inTurn().map((path) => ((taken += 1), path)) });
  let longest = 0;
  let before = 0;
  const look = (): void => {
    longest = Math.max(longest, taken - before);
    before = taken;
    turn = setImmediate(look);
  };
  let turn = setImmediate(look);
  await remove(paths);
  clearImmediate(turn);
  // Once to look, and once to remove.
  expect(taken).toBe(2 * paths.length);
  expect(longest).toBeLessThanOrEqual(500);
});

it('where a snapshot cannot be read, no blob goes that it may show', async () => {
  const { root, entry, blob, remove } = openCache();
  const other = join(root, 'snapshots', 'd'.repeat(40));
  mkdirSync(other, { recursive: true });
  for (const folder of [dirname(entry('a.bin')), other])
    symlinkSync(join('..', '..', 'blobs', etagOf(1)), join(folder, 'a.bin'));
  writeFileSync(blob(1), 'x');
  // Deeper than any path may lead: nobody can list what lies there, whatever may be done.
  const deep = 'for (let at = 0; at < 20; at += 1) { fs.mkdirSync("n".repeat(250)); process.chdir("n".repeat(250)); }';
  expect(spawnSync(process.execPath, ['-e', deep], { cwd: other }).status).toBe(0);
  onTestFinished(() => void spawnSync('rm', ['-rf', other]));
  await expect(remove(['a.bin'], [etagOf(1)])).rejects.toMatchObject({ code: 'operational' });
  expect(readFileSync(join(other, 'a.bin'), 'utf8')).toBe('x');
});
