/** Whether the cache holds what was completed, right to the byte, and nothing else. */
import { lstat, mkdir, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { blobNameOf } from '../../tests/helpers/blob-name.ts';
import { pythonWarnings } from '../../tests/helpers/python-cache.ts';
import type { World } from '../../tests/helpers/world.ts';
import type { FileRow, ModelRow } from './rows.ts';

/** @returns how many files were right, and what was wrong */
const checkModel = async (world: World, model: ModelRow, own: readonly FileRow[]) => {
  const { id: commit, files } = world.hub.commitOf(model.name);
  const breaches: string[] = [];
  if (own.length === 0) breaches.push(`${model.name}: completed without a file`);
  if (model.path === null || basename(model.path) !== commit)
    breaches.push(`${model.name}: at ${model.path}, not at ${commit}`);
  for (const { path, etag } of own) {
    if (files.find((file) => file.path === path)?.etag() !== etag)
      breaches.push(`${model.name}: ${path} is no file of it`);
    const content = await readFile(join(model.path ?? '', path)).catch(() => undefined);
    if (content === undefined) breaches.push(`${model.name}: ${path} is not there`);
    else if (blobNameOf(content, etag) !== etag) breaches.push(`${model.name}: ${path} has wrong bytes`);
  }
  if (model.path !== null) {
    const ref = await readFile(join(model.path, '../../refs/main'), 'utf8').catch(() => '');
    if (ref !== commit) breaches.push(`${model.name}: refs/main says “${ref}”`);
  }
  return { files: own.length, breaches };
};

const isUnfinished = (name: string): boolean => /\.(part|tmp|probe|incomplete|lock)(\.|$)/.test(name);

/** What lies in the cache that nothing of what was completed needs. */
const leftInCache = async (cacheDir: string, completed: ReadonlySet<string>): Promise<string[]> => {
  const left: string[] = [];
  const linked = new Set<string>();
  const blobs: string[] = [];
  for (const entry of await readdir(cacheDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const inner = path.slice(cacheDir.length + 1);
    if (inner.startsWith('.locks')) continue;
    // Marks of what was verified stay with the model.
    if (inner.endsWith('.hubgram/verified')) continue;
    if (inner.includes('.hubgram/') || isUnfinished(entry.name)) left.push(inner);
    else if (entry.isSymbolicLink()) {
      const target = join(dirname(path), await readlink(path));
      linked.add(target);
      if ((await lstat(target).catch(() => undefined)) === undefined) left.push(`${inner} leads nowhere`);
      const [snapshot = ''] = /^.*\/snapshots\/[0-9a-f]+/.exec(await realpath(dirname(path))) ?? [];
      if (!completed.has(snapshot)) left.push(`${inner} of no completed model`);
    } else if (entry.isFile() && inner.includes('/blobs/')) blobs.push(path);
  }
  return [
    ...left,
    ...blobs.filter((path) => !linked.has(path)).map((path) => `${path.slice(cacheDir.length + 1)} of no snapshot`),
  ];
};

/** What was completed, with its files. */
interface Copy {
  readonly model: ModelRow;
  readonly files: readonly FileRow[];
}

/** @returns how many files were right, and what was wrong in the cache */
export const checkDisk = async (world: World, copies: readonly Copy[]) => {
  const breaches: string[] = [];
  let files = 0;
  for (const { model, files: own } of copies) {
    const checked = await checkModel(world, model, own);
    files += checked.files;
    breaches.push(...checked.breaches);
  }
  const paths = new Set(copies.flatMap(({ model }) => model.path ?? []));
  const left = await leftInCache(world.cacheDir, paths);
  return { files, breaches: [...breaches, ...left, ...pythonWarnings(world.cacheDir)] };
};

/** Plants one wrong byte in a file of weights and in a small one, and leaves a partial file. @returns which of them is not seen */
export const checkPlants = async (world: World, copies: readonly Copy[]): Promise<string[]> => {
  const unseen: string[] = [];
  for (const [what, length] of [
    ['LFS file', 64],
    ['git blob', 40],
  ] as const) {
    const copy = copies.find(({ files }) => files.some(({ etag }) => etag.length === length));
    const file = copy?.files.find(({ etag }) => etag.length === length);
    if (!copy || !file) return [`there is no ${what} to plant a wrong byte in`];
    const path = await realpath(join(copy.model.path ?? '', file.path));
    const right = await readFile(path);
    await writeFile(path, right.with(right.length - 1, (right.at(-1) ?? 0) ^ 1));
    const { breaches } = await checkDisk(world, copies);
    if (!breaches.some((breach) => breach.includes(`${file.path} has wrong bytes`)))
      unseen.push(`a wrong byte in a ${what} is not seen`);
    await writeFile(path, right);
  }
  const part = join(copies[0]?.model.path ?? '', `../../.hubgram/${'a'.repeat(64)}.part`);
  await mkdir(dirname(part), { recursive: true });
  await writeFile(part, '');
  const { breaches } = await checkDisk(world, copies);
  if (!breaches.some((breach) => breach.includes(basename(part)))) unseen.push('a partial file is not seen');
  await rm(part);
  return unseen;
};
