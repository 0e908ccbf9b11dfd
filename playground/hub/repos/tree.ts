import { createHash } from 'node:crypto';
import { pathMissing } from '../api/hub-errors.ts';
import type { SampleFile } from './sample-file.ts';
import type { SampleCommit } from './sample-repo.ts';
import type { IndexedRepo } from './repo-index.ts';

type Json = Readonly<Record<string, unknown>>;

/** Where in a repository one looks. */
export interface Place {
  readonly repo: IndexedRepo;
  readonly commit: SampleCommit;
  /** As it was asked for; errors name it. */
  readonly revision: string;
}

/** Without `expand` a thousand entries make a page, with it fifty (huggingface_hub `list_repo_tree`). */
export const PAGE_SIZE = { plain: 1000, expanded: 50 } as const;

const foldersOf = (path: string): string[] => {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/')).filter(Boolean);
};

/** The commit that gave a file the bytes it has. */
const lastCommitOf = ({ repo, commit }: Place, file: SampleFile): SampleCommit => {
  const history = [...repo.branches.values()].find((commits) => commits.includes(commit)) ?? [commit];
  const older = history.slice(history.indexOf(commit));
  const firstWithout = older.findIndex((each) => !each.files.includes(file));
  return (firstWithout === -1 ? older.at(-1) : older[firstWithout - 1]) ?? commit;
};

const commitEntry = ({ id, title, date }: SampleCommit): Json => ({ id, title, date });

const expansion = (commit: SampleCommit): Json => ({
  lastCommit: commitEntry(commit),
  securityFileStatus: { status: 'safe' },
});

const fileEntry = (place: Place, file: SampleFile, isExpanded: boolean): Json => ({
  type: 'file',
  oid: file.oid(),
  size: file.size,
  path: file.path,
  ...(file.isLfs && { lfs: { oid: file.etag(), size: file.size, pointerSize: file.pointer().length } }),
  ...(file.isLfs && place.repo.repo.spec.xet !== false && { xetHash: file.xetHash() }),
  ...(isExpanded && expansion(lastCommitOf(place, file))),
});

const folderEntry = (place: Place, path: string, isExpanded: boolean): Json => ({
  type: 'directory',
  oid: createHash('sha1').update(`tree ${place.commit.id} ${path}`).digest('hex'),
  size: 0,
  path,
  ...(isExpanded && expansion(place.commit)),
});

interface TreeQuery {
  /** Empty for the root. */
  readonly path: string;
  readonly recursive: boolean;
  readonly expand: boolean;
}

/** What lies under a path, folders first; each entry is built only when it is on the page that is sent. */
export const treeEntries = (place: Place, { path, recursive, expand }: TreeQuery): readonly (() => Json)[] => {
  const prefix = path === '' ? '' : `${path}/`;
  const isHere = (candidate: string): boolean =>
    candidate.startsWith(prefix) && candidate !== path && (recursive || !candidate.slice(prefix.length).includes('/'));
  const below = place.commit.files.filter((file) => file.path.startsWith(prefix));
  if (path !== '' && below.length === 0) throw pathMissing(path, place.revision);
  const folders = [...new Set(below.flatMap((file) => foldersOf(file.path)))].filter(isHere).toSorted();
  // A path that a careless client would join onto a folder is no child of any folder, so it is always listed.
  const files = below.filter((file) => isHere(file.path) || /^\/|(^|\/)\.\.?(\/|$)/.test(file.path));
  return [
    ...folders.map((folder) => () => folderEntry(place, folder, expand)),
    ...files.map((file) => () => fileEntry(place, file, expand)),
  ];
};

/** Entries for the asked paths; those that do not exist are left out without a word. */
export const pathsInfo = (place: Place, paths: readonly string[], expand: boolean): readonly Json[] =>
  paths.flatMap((path) => {
    const file = place.commit.files.find((each) => each.path === path);
    if (file) return [fileEntry(place, file, expand)];
    const isFolder = place.commit.files.some((each) => each.path.startsWith(`${path}/`));
    return isFolder ? [folderEntry(place, path, expand)] : [];
  });

export const treeSize = ({ commit, revision }: Place, path: string): number => {
  const prefix = path === '' ? '' : `${path}/`;
  const files = commit.files.filter((file) => file.path === path || file.path.startsWith(prefix));
  if (path !== '' && files.length === 0) throw pathMissing(path, revision);
  return files.reduce((sum, file) => sum + file.size, 0);
};
