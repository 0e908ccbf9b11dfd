import type { RepoType } from '../listing.ts';

/** A branch, or a tag, that completed models follow. */
export interface Branch {
  readonly id: number;
  readonly repoType: RepoType;
  /** The repository's id as typed. */
  readonly name: string;
  readonly revision: string;
  /** When it is to be looked at, ISO 8601; null: nobody has planned it yet. */
  readonly dueAt: string | null;
  /** What people were told that is wrong with it. */
  readonly trouble: string | null;
}
