import { createFile, type FileSpec, type SampleFile } from './sample-file.ts';
import { createCommit, type SampleCommit, type SampleRepo } from './sample-repo.ts';

/** What can be changed about a repository while the hub runs; what is left out stays. */
export interface RepoChange {
  /** A new commit in which these files are new or changed. */
  readonly files?: readonly FileSpec[];
  /** And without these paths. */
  readonly remove?: readonly string[];
  /** Where the commit goes; `main` unless said otherwise. A new branch begins at `main`. */
  readonly branch?: string;
  readonly title?: string;
  /** The branch begins anew with this commit, as after a forced push or a squash: its earlier commits are gone. */
  readonly rewrite?: boolean;
  readonly private?: boolean;
  readonly gated?: false | 'auto' | 'manual';
  readonly disabled?: boolean;
  /** The id from now on; the old one leads here by redirect. */
  readonly renameTo?: string;
}

/** A repository as it stands now. */
export interface IndexedRepo extends Required<Pick<RepoChange, 'private' | 'gated' | 'disabled'>> {
  readonly repo: SampleRepo;
  readonly id: string;
  /** Commits of each branch, newest first. */
  readonly branches: ReadonlyMap<string, readonly SampleCommit[]>;
  readonly gitTags: ReadonlyMap<string, SampleCommit>;
}

export interface CdnEntry {
  readonly file: SampleFile;
  /** `org/name/path` of every place that has these bytes. */
  readonly places: readonly string[];
}

/** All repositories of a hub: found by id in any letter case, by old ids, by revision, and files by Xet hash. */
export interface RepoIndex {
  readonly put: (repo: SampleRepo) => void;
  readonly remove: (id: string) => void;
  /** @returns the head of the branch afterwards */
  readonly change: (id: string, change: RepoChange) => SampleCommit;
  readonly find: (type: SampleRepo['type'], id: string) => IndexedRepo | undefined;
  /** A model, else a dataset, of this id. @throws if there is none */
  readonly get: (id: string) => IndexedRepo;
  readonly commit: (repo: IndexedRepo, revision: string) => SampleCommit | undefined;
  readonly list: (type: SampleRepo['type']) => readonly IndexedRepo[];
  readonly byHash: (objectId: string, xetHash: string) => CdnEntry | undefined;
  /** `org/name/path` of every place that has a file of this Xet hash. */
  readonly placesOf: (xetHash: string) => readonly string[];
}

export const headOf = (repo: IndexedRepo, branch = 'main'): SampleCommit => {
  const head = repo.branches.get(branch)?.[0];
  if (!head) throw new Error(`The sample repository ${repo.id} has no branch ${branch}`);
  return head;
};

const fresh = (repo: SampleRepo): IndexedRepo => {
  const { spec } = repo;
  const branches = new Map([...repo.branches].map(([name, head]) => [name, [head]] as const));
  const indexed = { repo, id: repo.id, branches, gitTags: new Map<string, SampleCommit>() };
  const whole = {
    ...indexed,
    private: spec.private ?? false,
    gated: spec.gated ?? false,
    disabled: spec.disabled ?? false,
  };
  for (const tag of spec.gitTags ?? []) indexed.gitTags.set(tag, headOf(whole));
  return whole;
};

const withCommit = (current: IndexedRepo, change: RepoChange): IndexedRepo => {
  const { files = [], remove = [], branch = 'main', title = 'Update model' } = change;
  const history = current.branches.get(branch) ?? current.branches.get('main') ?? [];
  const gone = new Set([...remove, ...files.map((file) => file.path)]);
  const kept = (history[0]?.files ?? []).filter((file) => !gone.has(file.path));
  const isChunked = current.repo.spec.xet === 'chunks';
  const added = files.map((file) => createFile(current.repo.id, file, isChunked));
  const commit = createCommit({ repo: current.repo.id, title, files: [...kept, ...added], after: history.length });
  return {
    ...current,
    branches: new Map([...current.branches, [branch, change.rewrite ? [commit] : [commit, ...history]]]),
  };
};

/** Of all branches. */
export const allCommits = (repo: IndexedRepo): SampleCommit[] => [...repo.branches.values()].flat();

const ABBREVIATED = /^[0-9a-f]{7,40}$/;

const findCommit = (repo: IndexedRepo, revision: string): SampleCommit | undefined => {
  const branch = revision === 'HEAD' ? 'main' : revision.replace(/^refs\/heads\//, '');
  const named = repo.branches.get(branch)?.[0] ?? repo.gitTags.get(revision.replace(/^refs\/tags\//, ''));
  if (named || !ABBREVIATED.test(revision)) return named;
  return allCommits(repo).find((commit) => commit.id.startsWith(revision));
};

const findOnCdn = (repo: IndexedRepo, xetHash: string): CdnEntry | undefined => {
  const found = allCommits(repo)
    .flatMap((commit) => commit.files)
    .filter((file) => file.isLfs && file.hasXetHash() && file.xetHash() === xetHash);
  const [file] = found;
  return file && { file, places: [...new Set(found.map((each) => `${repo.id}/${each.path}`))] };
};

export const createRepoIndex = (): RepoIndex => {
  const repos = new Map<number, IndexedRepo>();
  /** Every id a repository has or had, in lower case, to the key above. */
  const names = new Map<string, number>();
  let lastKey = 0;
  const nameOf = (type: string, id: string): string => `${type} ${id}`.toLowerCase();
  const keyOf = (type: string, id: string): number => names.get(nameOf(type, id)) ?? 0;

  const find: RepoIndex['find'] = (type, id) => repos.get(keyOf(type, id));
  const get: RepoIndex['get'] = (id) => {
    const found = find('model', id) ?? find('dataset', id);
    if (!found) throw new Error(`The sample hub has no repository ${id}`);
    return found;
  };
  const remove = ({ repo, id }: IndexedRepo): boolean => repos.delete(keyOf(repo.type, id));

  return {
    find,
    get,
    put: (repo) => {
      const current = find(repo.type, repo.id);
      if (current?.id === repo.id) remove(current);
      lastKey += 1;
      repos.set(lastKey, fresh(repo));
      for (const id of [repo.id, ...(repo.spec.renamedFrom ?? [])]) names.set(nameOf(repo.type, id), lastKey);
    },
    remove: (id) => {
      remove(get(id));
    },
    change: (id, change) => {
      const current = get(id);
      const { type } = current.repo;
      const changed = {
        ...(change.files || change.remove || change.rewrite ? withCommit(current, change) : current),
        id: change.renameTo ?? current.id,
        private: change.private ?? current.private,
        gated: change.gated ?? current.gated,
        disabled: change.disabled ?? current.disabled,
      };
      const key = keyOf(type, current.id);
      repos.set(key, changed);
      names.set(nameOf(type, changed.id), key);
      return headOf(changed, change.branch);
    },
    commit: findCommit,
    list: (type) => [...repos.values()].filter((each) => each.repo.type === type),
    byHash: (objectId, xetHash) => {
      const homes = [...repos.values()].filter((each) => each.repo.objectId === objectId);
      return homes.map((home) => findOnCdn(home, xetHash)).find((found) => found !== undefined);
    },
    placesOf: (xetHash) => [...repos.values()].flatMap((home) => findOnCdn(home, xetHash)?.places ?? []),
  };
};
