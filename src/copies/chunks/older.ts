import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, posix } from 'node:path';
import { isRepoFolder, LOOKS_AT_ONCE, type RepoPaths, repoPaths } from '../../cache/layout.ts';
import { isCommit } from '../../domain/hashes.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { type RepoRef, repoOfFolder } from '../../domain/repo/repo.ts';
import { forEachLimit } from '../../lib/async/for-each-limit.ts';
import type { CopyRun } from '../snapshot-run.ts';

/** A file of another commit, or of another repository, that lies here. */
export interface Older extends Pick<RepoRef, 'type' | 'id'> {
  readonly commit: string;
  /** In the repository. */
  readonly path: string;
  /** On the disk, past all links. */
  readonly realPath: string;
  readonly size: number;
}

type Lying = Omit<Older, 'type' | 'id'>;

/** What a run looks at. */
type Looking = Pick<CopyRun, 'cacheDir' | 'repoFolder' | 'paths' | 'job' | 'chunks' | 'chunkedFromBytes'>;

/** So many commits are looked into, the newest here first. */
const COMMITS_MOST = 8;
/** Files of one folder that are looked at. */
const FILES_MOST = 64;
/** Repositories that are looked into, and commits of each. */
const REPOS_MOST = 2000;
const COMMITS_ELSEWHERE_MOST = 4;
/** Files of a copy for which all repositories are looked into. */
const LOOKS_MOST = 3;
/** A file of another repository is of as much difference in size at most, as a part of its own: made of the same, it has hardly any. */
const SIZE_DIFFERENCE = 0.01;

/** The commits that lie here: first what the revision was until now, then the newest. */
const commitsHere = async (paths: RepoPaths, { revision, commit }: CopyRun['job']): Promise<readonly string[]> => {
  const names = (await readdir(paths.snapshots).catch(() => [])).filter((name) => isCommit(name) && name !== commit);
  const before = (await readFile(paths.ref(revision), 'utf8').catch(() => '')).trim();
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (await stat(paths.snapshot(name)).catch(() => undefined))?.mtimeMs ?? 0);
  const newest = names.toSorted((left, right) => (times.get(right) ?? 0) - (times.get(left) ?? 0));
  const first = newest.filter((name) => name === before);
  return [...first, ...newest.filter((name) => name !== before)].slice(0, COMMITS_MOST);
};

/** @param leastBytes a smaller one can save little */
const lookAt = async (
  leastBytes: number,
  paths: RepoPaths,
  commit: string,
  path: string,
): Promise<Lying | undefined> => {
  try {
    const realPath = await realpath(paths.entry(commit, path));
    const found = await stat(realPath);
    return found.isFile() && found.size >= leastBytes ? { commit, path, realPath, size: found.size } : undefined;
  } catch {
    // Not there, or nobody may read it.
    return undefined;
  }
};

/** What lies beside where the file will lie, of its kind and of about its size: it may have got another name. */
const alike = async (
  { paths, chunkedFromBytes }: Looking,
  commit: string,
  { path, size }: RepoFile,
): Promise<Lying | undefined> => {
  const names = await readdir(dirname(paths.entry(commit, path))).catch(() => []);
  const found: Lying[] = [];
  for (const name of names.filter((each) => extname(each) === extname(path)).slice(0, FILES_MOST)) {
    const one = await lookAt(chunkedFromBytes, paths, commit, posix.join(dirname(path), name));
    if (one && one.size > size / 2 && one.size < size * 2) found.push(one);
  }
  return found.toSorted((left, right) => Math.abs(left.size - size) - Math.abs(right.size - size))[0];
};

/** The same path in other repositories that lie here, of nearly the same size: the nearest. */
const inFolders = async (
  { cacheDir, chunkedFromBytes }: Looking,
  folders: readonly string[],
  { path, size, etag }: RepoFile,
): Promise<(Lying & { readonly folder: string }) | undefined> => {
  let nearest: (Lying & { readonly folder: string }) | undefined;
  const difference = (one: Lying): number => Math.abs(one.size - size);
  await forEachLimit(folders, LOOKS_AT_ONCE, async (folder) => {
    const paths = repoPaths(cacheDir, folder);
    const commits = (await readdir(paths.snapshots).catch(() => [])).filter(isCommit);
    for (const commit of commits.slice(0, COMMITS_ELSEWHERE_MOST)) {
      const one = await lookAt(chunkedFromBytes, paths, commit, path);
      if (!one || difference(one) > size * SIZE_DIFFERENCE || basename(one.realPath) === etag) continue;
      if (!nearest || difference(one) < difference(nearest)) nearest = { ...one, folder };
    }
  });
  return nearest;
};

/** One that was made from the same as this, or from this: the files of a copy are looked for in one and the same. */
const elsewhere = async (looking: Looking, file: RepoFile): Promise<Older | undefined> => {
  const { cacheDir, repoFolder, chunks } = looking;
  if (chunks.sibling === undefined && chunks.looks >= LOOKS_MOST) return undefined;
  chunks.looks += 1;
  const all = chunks.sibling === undefined ? await readdir(cacheDir).catch(() => []) : [chunks.sibling];
  const folders = all.filter((name) => name !== repoFolder && isRepoFolder(name) && repoOfFolder(name) !== undefined);
  const found = await inFolders(looking, folders.slice(0, REPOS_MOST), file);
  const repo = found && repoOfFolder(found.folder);
  if (!repo) return undefined;
  chunks.sibling = found.folder;
  const { commit, path, realPath, size } = found;
  return { ...repo, commit, path, realPath, size };
};

/**
 * The file here that a new one is most likely made from: of the same path in an earlier commit, or one of about its size in the same
 * folder of the newest; or else of the same path and nearly the same size in another repository.
 */
export const olderFile = async (looking: Looking, file: RepoFile): Promise<Older | undefined> => {
  const { paths, job } = looking;
  if (paths.isWebFile) return undefined;
  const { type, id } = job;
  const commits = await commitsHere(paths, job);
  for (const commit of commits) {
    const one = await lookAt(looking.chunkedFromBytes, paths, commit, file.path);
    if (one && basename(one.realPath) !== file.etag) return { type, id, ...one };
  }
  const [newest] = commits;
  const renamed = newest === undefined ? undefined : await alike(looking, newest, file);
  return renamed ? { type, id, ...renamed } : elsewhere(looking, file);
};
