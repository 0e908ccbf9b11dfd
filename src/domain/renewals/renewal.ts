/* domain/renewals: how a model stands to what its branch is now, and how often that is asked. */

import { z } from 'zod';
import type { Model } from '../model.ts';
import type { RenewalState } from '../states/renewal.ts';

/** So many titles of commits are told. */
export const TITLES_MOST = 5;

/** What is new about a model where its branch is now. */
export const newsSchema = z.object({
  /** Files that have another content, that came and that went. */
  changed: z.int().nonnegative(),
  added: z.int().nonnegative(),
  removed: z.int().nonnegative(),
  /** Of what the model did not have, by its content. */
  missingBytes: z.number().nonnegative(),
  /** Of these about so many come over the network: the others lie here, in chunks. Left out: all of them, or nobody knows. */
  fetchedBytes: z.number().nonnegative().optional(),
  /** Of all that the model would be. */
  sizeBytes: z.number().nonnegative(),
  /** Of the commits that led there, the newest first. */
  titles: z.array(z.string()).max(TITLES_MOST).readonly(),
  /** There were more of them. */
  hasMore: z.boolean(),
});
export type News = Readonly<z.infer<typeof newsSchema>>;

/** How a model stands to what its branch is now. Times are ISO 8601, UTC. */
export interface Renewal {
  readonly modelId: number;
  readonly state: RenewalState;
  /** Where the branch was at the last look; null: nobody has looked yet. */
  readonly commitSha: string | null;
  /** null where nothing is new, or it cannot be read any more. */
  readonly news: News | null;
  /** Why it cannot be had; null unless `refused`. */
  readonly reason: string | null;
  /** What its repository is called now, if the model shall be called so; null: it keeps its name. */
  readonly newName: string | null;
  /** The message that asked for it, if a person did. */
  readonly askId: number | null;
  readonly lookedAt: string | null;
  readonly updatedAt: string;
}

const COMMIT = /^[0-9a-f]{7,40}$/;

/** What was asked for by its commit, and not by a branch or a tag that leads to one: that never moves. */
export const isPinned = ({ revision, commitSha }: Pick<Model, 'revision' | 'commitSha'>): boolean =>
  COMMIT.test(revision) && commitSha?.startsWith(revision) === true;

/** What is told of a repository, and loads nothing: a change of it alone is nobody's news. */
export const isBesideTheModel = (path: string): boolean =>
  /(?:^|\/)(?:\.git(?:attributes|ignore)|LICEN[CS]E[^/]*|NOTICE[^/]*|[^/]+\.md)$/iu.test(path);
