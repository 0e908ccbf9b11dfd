import type { Access } from './access.ts';
import type { Cas } from '../cas/cas.ts';
import { type Answer, redirect } from '../http/answer.ts';
import { revisionMissing } from './hub-errors.ts';
import type { HubRequest } from '../http/hub-request.ts';
import type { SampleRepo } from '../repos/sample-repo.ts';
import type { IndexedRepo, RepoIndex } from '../repos/repo-index.ts';
import type { Signing } from './signing.ts';
import type { Place } from '../repos/tree.ts';

/** What every handler of the Hub's host works with. */
export interface HubParts {
  readonly repos: RepoIndex;
  readonly access: Access;
  readonly signing: Signing;
  readonly cas: Cas;
  /** The Hub's own origin, for the links that must be absolute. */
  readonly origin: () => string;
  /** Where files that are stored by chunks are rebuilt. */
  readonly casOrigin: () => string;
  /** Where signed URLs lead. */
  readonly cdnOrigin: () => string;
}

/** A repository named in a path, and what follows its name. */
export interface Target {
  readonly repo: IndexedRepo;
  readonly rest: readonly string[];
}

interface Naming {
  readonly type: SampleRepo['type'];
  /** How many parts of the path stand before the id. */
  readonly skip: number;
  /** What may follow an id; by it one-part ids are told from two-part ones. */
  readonly follows: ReadonlySet<string>;
}

/**
 * Finds the repository that a path names.
 * @returns the redirect to the path with the right id, if the repository was renamed or the letter case is another
 */
export const findRepo = (parts: HubParts, request: HubRequest, naming: Naming): Target | Answer => {
  const { type, skip, follows } = naming;
  const [first = '', second] = request.parts.slice(skip);
  const isOnePart = second === undefined || follows.has(second);
  const idParts = isOnePart ? 1 : 2;
  const id = isOnePart ? first : `${first}/${second}`;
  const repo = parts.access.checkVisible(parts.repos.find(type, id), request.token);
  if (repo.id === id) return { repo, rest: request.parts.slice(skip + idParts) };
  const [path = '', ...queries] = request.target.split('?');
  const raw = path.split('/').filter(Boolean);
  const moved = `/${[...raw.slice(0, skip), repo.id, ...raw.slice(skip + idParts)].join('/')}`;
  return redirect([moved, ...queries].join('?'));
};

export const isAnswer = (found: Target | Answer): found is Answer => 'status' in found;

/** @throws the Hub's answer if there is no such revision */
export const placeAt = (parts: HubParts, repo: IndexedRepo, revision: string): Place => {
  const commit = parts.repos.commit(repo, revision);
  if (!commit) throw revisionMissing(revision);
  return { repo, commit, revision };
};
