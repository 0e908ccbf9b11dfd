import type { RepoListing } from '../../listing.ts';
import type { Model } from '../../model.ts';

/** A repository's own words, as far as they are kept with a model. */
export interface About {
  readonly pipelineTag: string | null;
  readonly libraryName: string | null;
  readonly tags: readonly string[];
  readonly autoModel: string | null;
  readonly baseModel: string | null;
  readonly branches: readonly string[];
}

/** What of a listing is kept with the model. Tags are many, and only the first matter here. */
export const aboutOf = (listing: Omit<RepoListing, 'files'>): About => ({
  pipelineTag: listing.pipelineTag ?? null,
  libraryName: listing.libraryName ?? null,
  tags: listing.tags.slice(0, 50),
  autoModel: listing.autoModel ?? null,
  baseModel: listing.baseModel ?? null,
  branches: [...(listing.branches ?? [])],
});

/** What was kept of the repository's words with a model. */
export const readAbout = ({ metadata }: Pick<Model, 'metadata'>): About => ({
  pipelineTag: metadata?.pipelineTag ?? null,
  libraryName: metadata?.libraryName ?? null,
  tags: metadata?.tags ?? [],
  autoModel: metadata?.autoModel ?? null,
  baseModel: metadata?.baseModel ?? null,
  branches: metadata?.branches ?? [],
});
