import type { RepoListing } from '../../domain/listing.ts';
import type { Source } from '../../sources/port.ts';

/**
 * What a gated repository holds can be seen, but not fetched: said now, not when its turn has come.
 * @throws AppError gated, and whatever else `locate` of the source throws
 */
export const checkGate = async (
  source: Pick<Source, 'locate'>,
  listing: Pick<RepoListing, 'type' | 'id' | 'commit' | 'gated' | 'files'>,
  signal: AbortSignal,
): Promise<void> => {
  const [file] = listing.files;
  if (listing.gated === false || !file) return;
  const { type, id, commit, gated: gate } = listing;
  await source.locate({ type, id, commit, path: file.path, gate }, signal);
};
