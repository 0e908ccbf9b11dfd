import type { RepoListing } from '../domain/listing.ts';
import type { RepoRef } from '../domain/repo/repo.ts';

/** What its source has found of a file, or of files, that lie in no repository. */
type Found = Pick<RepoListing, 'commit' | 'files'> &
  Required<Pick<RepoListing, 'webFile'>> &
  Partial<Pick<RepoListing, 'lastModified'>>;

/** The listing of it: what only a repository could say of itself is not known. */
export const webFileListing = ({ id }: Pick<RepoRef, 'id'>, found: Found): RepoListing => ({
  type: 'model',
  id,
  canonicalId: id,
  private: false,
  gated: false,
  license: undefined,
  pipelineTag: undefined,
  libraryName: undefined,
  tags: [],
  lastModified: undefined,
  ...found,
});
