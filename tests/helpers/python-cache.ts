import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Everything below a folder that is none itself, as paths from it. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** @throws what is wrong with it */
const scanRepo = (repo: string, name: string): void => {
  if (!isFolder(repo)) throw new Error(`${name} is not a directory`);
  if (!/^(?:models|datasets|spaces|kernels)--/.test(name)) throw new Error(`${name} is no repository’s`);
  const [snapshots, refs] = [join(repo, 'snapshots'), join(repo, 'refs')];
  if (!isFolder(snapshots)) throw new Error(`${name} has no snapshots dir`);
  const commits = new Set(existsSync(refs) ? filesBelow(refs).map((ref) => readFileSync(join(refs, ref), 'utf8')) : []);
  for (const commit of readdirSync(snapshots)) {
    const snapshot = join(snapshots, commit);
    if (!isFolder(snapshot)) throw new Error(`${name} has a file in its snapshots folder: ${commit}`);
    const lost = filesBelow(snapshot).find((path) => !existsSync(join(snapshot, path)));
    if (lost !== undefined) throw new Error(`${name} lacks the blob of ${commit}/${lost}`);
    commits.delete(commit);
  }
  if (commits.size > 0) throw new Error(`${name} has refs to missing commits: ${[...commits].join(', ')}`);
};

/**
 * What the Python client would warn of in a cache, in words: an entry of it that is no repository's folder, and of each of
 * those the first thing that makes it corrupt. By the rules of `scan_cache_dir` (huggingface_hub, utils/_cache_manager.py).
 */
export const pythonWarnings = (cacheDir: string): string[] =>
  (existsSync(cacheDir) ? readdirSync(cacheDir) : []).flatMap((name) => {
    if (name === '.locks' || name === 'CACHEDIR.TAG' || name === '.DS_Store') return [];
    try {
      scanRepo(join(cacheDir, name), name);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });

/** A snapshot as the Python client leaves it. */
export interface PythonSnapshot {
  readonly repoFolder: string;
  readonly commit: string;
  readonly revision: string;
  readonly files: readonly { readonly path: string; readonly etag: string; readonly content: Buffer }[];
  /** False: as on a disk without links, where the files lie in the snapshot itself. */
  readonly hasLinks: boolean;
}

/** Puts it there. @returns the paths of its files and links, and of the blobs that they lead to */
export const putAsPython = (cacheDir: string, snapshot: PythonSnapshot): string[] => {
  const root = join(cacheDir, snapshot.repoFolder);
  const put = (path: string, make: () => void): string => {
    mkdirSync(dirname(path), { recursive: true });
    if (!lstatSync(path, { throwIfNoEntry: false })) make();
    return path;
  };
  const ref = join(root, 'refs', snapshot.revision);
  mkdirSync(join(root, 'blobs'), { recursive: true });
  return [
    ...snapshot.files.flatMap(({ path, etag, content }) => {
      const [entry, blob] = [join(root, 'snapshots', snapshot.commit, path), join(root, 'blobs', etag)];
      if (!snapshot.hasLinks) return [put(entry, () => writeFileSync(entry, content))];
      return [
        put(blob, () => writeFileSync(blob, content)),
        put(entry, () => symlinkSync(relative(dirname(entry), blob), entry)),
      ];
    }),
    put(ref, () => writeFileSync(ref, snapshot.commit)),
  ];
};

/** What lies under a name: where a link leads, or a mark of the file's own. */
export const whatLiesAt = (path: string): string | undefined => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isSymbolicLink() ? `-> ${readlinkSync(path)}` : `${found.size} bytes`;
};

/**
 * What the Python client finds offline at a revision, by path: it reads the commit of a branch from its ref, and takes what lies in the
 * snapshot of that. @throws if there is no such revision, or a file of it is gone
 */
export const foundByPython = (
  cacheDir: string,
  repoFolder: string,
  revision: string,
): Readonly<Record<string, Buffer>> => {
  const root = join(cacheDir, repoFolder);
  const ref = join(root, 'refs', revision);
  const snapshot = join(root, 'snapshots', existsSync(ref) ? readFileSync(ref, 'utf8') : revision);
  return Object.fromEntries(filesBelow(snapshot).map((path) => [path, readFileSync(join(snapshot, path))]));
};
