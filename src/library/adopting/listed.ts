import type { ShownFile } from '../../cache/shown-files.ts';
import { AppError, isTransient, messageOf } from '../../domain/errors.ts';
import { isCommit } from '../../domain/hashes.ts';
import type { RepoFile, RepoListing } from '../../domain/listing.ts';
import type { Source } from '../../sources/port.ts';
import type { FoundItem } from '../../store/verifying/adoptions.ts';

/** What the files of a snapshot should be. */
export interface Listed {
  readonly listing: RepoListing;
  /** Branch or tag, if it leads to this commit at the source as well; else the commit. */
  readonly revision: string;
  /** Why the source could not be asked, as a sentence: the names of blobs stand for its hashes. */
  readonly byNames: string | undefined;
}

type Asking = Pick<Source, 'inspect'>;

const isOver = (error: unknown, signal: AbortSignal): boolean => signal.aborted || !(error instanceof AppError);

/** Where its branch or tag leads to now; undefined if that is no help. @throws AppError if asking again is none either */
const atRef = async (
  source: Asking,
  { repoType: type, name: id, revision }: FoundItem,
  signal: AbortSignal,
): Promise<RepoListing | undefined> => {
  if (isCommit(revision)) return undefined;
  try {
    return await source.inspect({ type, id, revision }, signal);
  } catch (error) {
    if (isOver(error, signal) || isTransient(error)) throw error;
    // The branch may be gone, and the commit not.
    return undefined;
  }
};

const ask = async (source: Asking, item: FoundItem, signal: AbortSignal): Promise<Omit<Listed, 'byNames'>> => {
  const { repoType: type, name: id, revision, commitSha } = item;
  const current = await atRef(source, item, signal);
  if (current?.commit === commitSha) return { listing: current, revision };
  return { listing: await source.inspect({ type, id, revision: commitSha }, signal), revision: commitSha };
};

/** @throws AppError integrity: there are files whose names say nothing */
const fromNames = (item: FoundItem, shown: readonly ShownFile[], reason: string): Listed => {
  const files = shown.flatMap(({ path, size, etag }): RepoFile[] => (etag === undefined ? [] : [{ path, size, etag }]));
  if (files.length < shown.length) {
    throw new AppError(
      'integrity',
      `${reason} And its files lie there without the names that blobs have, so nothing says what they should be.`,
    );
  }
  const { repoType: type, name: id, commitSha: commit, revision } = item;
  const says = {
    private: false,
    gated: false,
    license: undefined,
    pipelineTag: undefined,
    libraryName: undefined,
  } as const;
  const listing = { type, id, canonicalId: id, commit, ...says, tags: [], lastModified: undefined, files };
  return { listing, revision, byNames: reason };
};

/**
 * The list of files of a commit: the source's, or, where that cannot be asked or has it no more, what lies there, by the names
 * of blobs, which are hashes.
 * @throws AppError integrity: neither is to be had; the signal's reason
 */
export const listedAs = async (
  source: Asking,
  item: FoundItem,
  shown: readonly ShownFile[],
  signal: AbortSignal,
): Promise<Listed> => {
  try {
    const { listing, revision } = await ask(source, item, signal);
    // What cannot be stored cannot lie there.
    const { unsafe: _, ...safe } = listing;
    return { listing: safe, revision, byNames: undefined };
  } catch (error) {
    if (isOver(error, signal)) throw error;
    return fromNames(item, shown, messageOf(error));
  }
};
