import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, posix } from 'node:path';
import type { RepoPaths } from '../../cache/layout.ts';
import { isCommit } from '../../domain/hashes.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { CopyJob } from '../executor.ts';

/** A file of another commit of the same repository that lies here. */
export interface Older {
  readonly commit: string;
  /** In the repository. */
  readonly path: string;
  /** On the disk, past all links. */
  readonly place: string;
  readonly size: number;
}

/** A smaller one can save little. */
const LEAST_BYTES = 8 * 2 ** 20;
/** So many commits are looked into, the newest here first. */
const COMMITS_MOST = 8;
/** Files of one folder that are looked at. */
const FILES_MOST = 64;

/** The commits that lie here: first what the revision was until now, then the newest. */
const commitsHere = async (paths: RepoPaths, { revision, commit }: CopyJob): Promise<readonly string[]> => {
  const names = (await readdir(paths.snapshots).catch(() => [])).filter((name) => isCommit(name) && name !== commit);
  const before = (await readFile(paths.ref(revision), 'utf8').catch(() => '')).trim();
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (await stat(paths.snapshot(name)).catch(() => undefined))?.mtimeMs ?? 0);
  const newest = names.toSorted((left, right) => (times.get(right) ?? 0) - (times.get(left) ?? 0));
  const first = newest.filter((name) => name === before);
  return [...first, ...newest.filter((name) => name !== before)].slice(0, COMMITS_MOST);
};

const lookAt = async (paths: RepoPaths, commit: string, path: string): Promise<Older | undefined> => {
  try {
    const place = await realpath(paths.entry(commit, path));
    const found = await stat(place);
    return found.isFile() && found.size >= LEAST_BYTES ? { commit, path, place, size: found.size } : undefined;
  } catch {
    // Not there, or nobody may read it.
    return undefined;
  }
};

/** What lies beside where the file will lie, of its kind and of about its size: it may have got another name. */
const alike = async (paths: RepoPaths, commit: string, { path, size }: RepoFile): Promise<Older | undefined> => {
  const names = await readdir(dirname(paths.entry(commit, path))).catch(() => []);
  const found: Older[] = [];
  for (const name of names.filter((each) => extname(each) === extname(path)).slice(0, FILES_MOST)) {
    const one = await lookAt(paths, commit, posix.join(dirname(path), name));
    if (one && one.size > size / 2 && one.size < size * 2) found.push(one);
  }
  return found.toSorted((left, right) => Math.abs(left.size - size) - Math.abs(right.size - size))[0];
};

/**
 * The file here that a new one is most likely made from: of the same path in an earlier commit, or else one of about its size
 * in the same folder of the newest.
 * @param etag the new one's
 */
export const olderFile = async (paths: RepoPaths, job: CopyJob, file: RepoFile): Promise<Older | undefined> => {
  if (paths.isWebFile) return undefined;
  const commits = await commitsHere(paths, job);
  for (const commit of commits) {
    const one = await lookAt(paths, commit, file.path);
    if (one && basename(one.place) !== file.etag) return one;
  }
  const [newest] = commits;
  return newest === undefined ? undefined : alike(paths, newest, file);
};
