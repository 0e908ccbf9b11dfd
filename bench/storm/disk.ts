/** Whether the cache holds what was completed, right to the byte, and nothing else. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { World } from '../../tests/helpers/world.ts';
import type { FileRow, ModelRow } from './rows.ts';

/** The name that a blob with this content has: SHA-256 of LFS files, git's SHA-1 of others. */
const nameOf = (content: Buffer, etag: string): string =>
  etag.length === 64
    ? createHash('sha256').update(content).digest('hex')
    : createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

/** @returns how many files were right, and what was wrong */
export const checkModel = async (world: World, model: ModelRow, own: readonly FileRow[]) => {
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
    else if (nameOf(content, etag) !== etag) breaches.push(`${model.name}: ${path} has wrong bytes`);
  }
  if (model.path !== null) {
    const ref = await readFile(join(model.path, '../../refs/main'), 'utf8').catch(() => '');
    if (ref !== commit) breaches.push(`${model.name}: refs/main says “${ref}”`);
  }
  return { files: own.length, breaches };
};

const isUnfinished = (name: string): boolean => /\.(part|tmp|probe|incomplete|lock)(\.|$)/.test(name);

/** What lies in the cache that nothing of what was completed needs. */
export const leftInCache = async (cacheDir: string, completed: ReadonlySet<string>): Promise<string[]> => {
  const left: string[] = [];
  const linked = new Set<string>();
  const blobs: string[] = [];
  for (const entry of await readdir(cacheDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const inner = path.slice(cacheDir.length + 1);
    if (inner.startsWith('.locks')) continue;
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
