import type { RepoFile } from '../../domain/listing.ts';
import { isBesideTheModel, type News } from '../../domain/renewals/renewal.ts';
import { inSlices } from '../../lib/async/slices.ts';

/** How two lists of files differ. */
export interface Difference extends Pick<News, 'changed' | 'added' | 'removed' | 'missingBytes'> {
  /** Something differs that a program would load. */
  readonly isNews: boolean;
}

/**
 * How a list differs from the one before, by path and hash. Lists may be very long: everything else has its turn meanwhile.
 * @throws the signal's reason
 */
export const compareLists = async (
  before: readonly RepoFile[],
  after: readonly RepoFile[],
  signal: AbortSignal,
): Promise<Difference> => {
  const left = new Map<string, string>();
  const known = new Set<string>();
  await inSlices(
    before,
    (slice) => {
      for (const { path, etag } of slice) {
        left.set(path, etag);
        known.add(etag);
      }
    },
    signal,
  );
  const counts = { changed: 0, added: 0, removed: 0, missingBytes: 0, isNews: false };
  const note = (kind: 'changed' | 'added' | 'removed', path: string): void => {
    counts[kind] += 1;
    counts.isNews ||= !isBesideTheModel(path);
  };
  await inSlices(
    after,
    (slice) => {
      for (const { path, etag, size } of slice) {
        const had = left.get(path);
        if (had === undefined) note('added', path);
        else if (had !== etag) note('changed', path);
        left.delete(path);
        if (known.has(etag)) continue;
        known.add(etag);
        counts.missingBytes += size;
      }
    },
    signal,
  );
  await inSlices([...left.keys()], (slice) => slice.forEach((path) => note('removed', path)), signal);
  return counts;
};
