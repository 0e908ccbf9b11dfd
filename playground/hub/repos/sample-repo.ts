import { createHash } from 'node:crypto';
import { createFile, type FileSpec, type SampleFile } from './sample-file.ts';

export type { FileSpec, SampleFile } from './sample-file.ts';

export interface RepoSpec {
  /** `org/name`, or one part for a repository of the early days. */
  readonly id: string;
  /** `model` unless said otherwise. */
  readonly type?: 'model' | 'dataset';
  /** Any path is taken, also one that would do harm. */
  readonly files: readonly FileSpec[];
  /** Further branches (`refs/pr/1` too), each with all its files. */
  readonly branches?: Readonly<Record<string, readonly FileSpec[]>>;
  /** Git tags on the first commit of `main`. */
  readonly gitTags?: readonly string[];
  readonly gated?: false | 'auto' | 'manual';
  readonly private?: boolean;
  readonly disabled?: boolean;
  /**
   * `chunks`: large files are stored by chunks, and the CAS rebuilds them. By default their Xet hashes are mere names, as
   * finding true ones takes 10 ms per MB. False: plain LFS storage, without anything of Xet in the answers.
   */
  readonly xet?: boolean | 'chunks';
  readonly license?: string;
  readonly pipelineTag?: string;
  readonly libraryName?: string;
  readonly tags?: readonly string[];
  /** What a person can publish on its page, one after the other and then from the first again; `files` is the first. */
  readonly versions?: readonly (readonly FileSpec[])[];
  /** The commit at the head of `main`, 40 hex; made up from the files by default. */
  readonly commit?: string;
  /** The 24 hex that outlive renames; made up from the id by default. */
  readonly objectId?: string;
  /** Ids that lead here by redirect. */
  readonly renamedFrom?: readonly string[];
  readonly downloads?: number;
  readonly likes?: number;
  /** How much it is talked about now; made up from the id by default. */
  readonly trending?: number;
  /** Further keys of the information page, such as `safetensors`, `gguf`, `config`. */
  readonly info?: Readonly<Record<string, unknown>>;
}

export interface SampleCommit {
  readonly id: string;
  readonly title: string;
  /** ISO 8601. */
  readonly date: string;
  readonly files: readonly SampleFile[];
}

/** A repository as it is first put into a hub. */
export interface SampleRepo {
  readonly spec: RepoSpec;
  readonly id: string;
  readonly type: 'model' | 'dataset';
  readonly objectId: string;
  /** Head of each branch. */
  readonly branches: ReadonlyMap<string, SampleCommit>;
}

const FIRST_DAY = Date.UTC(2026, 0, 5, 9, 30);

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

const nameOfContent = (file: SampleFile): string =>
  `${file.path}\0${file.content.key ?? (file.isLfs ? file.etag() : file.oid())}`;

export interface CommitSpec {
  readonly repo: string;
  readonly title: string;
  readonly files: readonly SampleFile[];
  /** How many commits the branch has before this one; each is an hour after the one before. */
  readonly after?: number;
  readonly id?: string | undefined;
}

/** A commit whose id, unless given, depends on what is in it; also on its place, so that a change back is a new commit. */
export const createCommit = ({ repo, title, files, after = 0, id }: CommitSpec): SampleCommit => ({
  id: id ?? sha1([repo, title, after, ...files.map(nameOfContent)].join('\n')),
  title,
  date: new Date(FIRST_DAY + after * 3_600_000).toISOString(),
  files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
});

/** A repository with true hashes for `startSampleHub({ repos })` or `addRepo`. */
export const defineRepo = (spec: RepoSpec): SampleRepo => {
  const { id } = spec;
  const commitOf = (files: readonly FileSpec[], branch: string): SampleCommit =>
    createCommit({
      repo: id,
      title: branch === 'main' ? 'Upload model' : `Upload to ${branch}`,
      files: files.map((file) => createFile(id, file, spec.xet === 'chunks')),
      id: branch === 'main' ? spec.commit : undefined,
    });
  const heads = Object.entries({ main: spec.files, ...spec.branches });
  return {
    spec,
    id,
    type: spec.type ?? 'model',
    objectId: spec.objectId ?? sha1(`repository ${id}`).slice(0, 24),
    branches: new Map(heads.map(([branch, files]) => [branch, commitOf(files, branch)])),
  };
};
