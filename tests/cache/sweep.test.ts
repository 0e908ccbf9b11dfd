import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { repoPaths } from '../../src/cache/layout.ts';
import { createRepoFolders } from '../../src/cache/repo-folders.ts';
import { listPartials, type Parts, sweepFolder } from '../../src/cache/sweep.ts';

let cacheDir = '';
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'hubgram-sweep-'));
  onTestFinished(() => rmSync(cacheDir, { recursive: true, force: true }));
});

const put = (repoFolder: string, ...names: readonly string[]): void => {
  const folder = join(cacheDir, repoFolder, '.hubgram');
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), '');
};
const etagOf = (index: number): string => index.toString(16).padStart(64, '0');

const listed = async (signal = new AbortController().signal): Promise<Parts[]> => {
  const slices: Parts[] = [];
  for await (const slice of listPartials(cacheDir, signal)) slices.push(slice);
  return slices;
};

it('partial files are told of a thousand at a time, each once, however much is kept beside them', async () => {
  const etags = Array.from({ length: 2500 }, (_, index) => etagOf(index));
  put('models--a--many', ...etags.flatMap((etag) => [`${etag}.part`, `${etag}.part.control`]));
  const slices = await listed();
  expect(slices.map(({ etags: some }) => some.length)).toEqual([1000, 1000, 500]);
  expect(new Set(slices.flatMap(({ etags: some }) => some))).toEqual(new Set(etags));
});

it('a folder in which only something else was left is told of too, and one of another tool is not', async () => {
  put('models--a--left', '0123456789abcdef.tmp');
  put('notes', `${etagOf(1)}.part`);
  mkdirSync(join(cacheDir, 'models--a--python', 'blobs'), { recursive: true });
  expect(await listed()).toEqual([{ repoFolder: 'models--a--left', etags: [] }]);
});

it('a folder that was only just made is told of and goes, unless a run works in it', async () => {
  const paths = repoPaths(cacheDir, 'models--a--begun');
  const folders = createRepoFolders();
  const leave = await folders.enter(paths);
  const [found] = await listed();
  expect(found).toEqual({ repoFolder: 'models--a--begun', etags: [] });
  await sweepFolder(cacheDir, folders, found as Parts);
  expect(readdirSync(paths.root)).toEqual(['snapshots']);
  // Another program was killed here.
  await sweepFolder(cacheDir, createRepoFolders(), found as Parts);
  expect(readdirSync(cacheDir)).toEqual([]);
  await leave();
});

it('a folder that was only half made is told of and goes as well: a program was killed in the middle', async () => {
  mkdirSync(repoPaths(cacheDir, 'models--a--half').root);
  const [found] = await listed();
  expect(found).toEqual({ repoFolder: 'models--a--half', etags: [] });
  await sweepFolder(cacheDir, createRepoFolders(), found as Parts);
  expect(readdirSync(cacheDir)).toEqual([]);
});

it('a folder stays as long as any of the runs in it goes on, however empty it is', async () => {
  const paths = repoPaths(cacheDir, 'models--a--two');
  const folders = createRepoFolders();
  const [one, two] = [await folders.enter(paths), await folders.enter(paths)];
  await one();
  expect(readdirSync(paths.root)).toEqual(['snapshots']);
  // One leaves while another comes: it is made anew.
  const [, three] = await Promise.all([two(), folders.enter(paths)]);
  expect(readdirSync(paths.root)).toEqual(['snapshots']);
  await three();
  expect(readdirSync(cacheDir)).toEqual([]);
});

it('looking stops when nobody wants it any more', async () => {
  for (const name of ['models--a--1', 'models--a--2', 'models--a--3']) put(name, `${etagOf(1)}.part`);
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const { repoFolder } of listPartials(cacheDir, stop.signal)) {
    seen.push(repoFolder);
    if (seen.length === 2) stop.abort();
  }
  expect(seen.length).toBe(2);
});

it('those that are named go, with what is kept beside them, and no others', async () => {
  const [one, two] = [etagOf(1), etagOf(2)];
  put('models--a--x', `${one}.part`, `${one}.part.control`, `${two}.part`, `${two}.part.control`, 'dead.tmp');
  await sweepFolder(cacheDir, createRepoFolders(), { repoFolder: 'models--a--x', etags: [one, etagOf(3)] });
  expect(readdirSync(join(cacheDir, 'models--a--x', '.hubgram')).toSorted()).toEqual([
    `${two}.part`,
    `${two}.part.control`,
  ]);
  await sweepFolder(cacheDir, createRepoFolders(), { repoFolder: 'models--a--x', etags: [two] });
  expect(existsSync(join(cacheDir, 'models--a--x'))).toBe(false);
});
