import type { RepoFile } from '../listing.ts';
import { manifestFiles } from './shards.ts';
import { holdsNoModel } from './weights.ts';

/** What is to be known of a repository's list before anything is chosen from it. */
export interface ListingFacts {
  /** A path stands there twice, or is both a file and the folder of another: they could not lie on one disk. */
  readonly contradictsItself: boolean;
  /** The files whose content says which others are the model. */
  readonly manifests: readonly RepoFile[];
  readonly holdsNoModel: boolean;
}

const contradictsItself = (files: readonly RepoFile[]): boolean => {
  // With the lowest of all characters for `/`, what lies in a folder comes right behind a file of the folder's name.
  // What `replaceAll` gives is made of parts, which take five times as much memory while they are sorted.
  const sorted = files.map(({ path }) => path.split('/').join('\0')).toSorted();
  return sorted.some((path, at) => path === sorted[at - 1] || path.startsWith(`${sorted[at - 1] ?? ''}\0`));
};

/** What is known of a list by its names and sizes alone. */
export const listingFacts = (files: readonly RepoFile[]): ListingFacts => ({
  contradictsItself: contradictsItself(files),
  manifests: manifestFiles(files),
  holdsNoModel: holdsNoModel(files),
});
