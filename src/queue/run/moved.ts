import { refuse } from '../../domain/errors.ts';
import type { RepoFile, RepoListing } from '../../domain/listing.ts';
import type { Model } from '../../domain/model.ts';
import { selectFromList } from '../../domain/files/listing-thread.ts';
import { parseSelectionKey, pathFilter } from '../../domain/files/selection.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import { questionsAbout } from '../../sources/by-token.ts';
import type { Source } from '../../sources/port.ts';

/** Where a model's branch is now, with what its person wants of it. */
export interface Moved {
  readonly commitSha: string;
  readonly files: readonly RepoFile[];
  readonly sizeBytes: number;
}

const COMMIT = /^[0-9a-f]{7,40}$/;
const short = (commit: string): string => commit.slice(0, 7);

/** What was asked for by its commit, and not by a branch or a tag that leads to one. */
const isAskedByCommit = ({ revision, commitSha }: Model): boolean =>
  COMMIT.test(revision) && commitSha?.startsWith(revision) === true;

/** @throws AppError: the same wish means nothing there, or something that a person has to choose */
const chosen = async (listing: RepoListing, model: Model, signal: AbortSignal): Promise<Omit<Moved, 'commitSha'>> => {
  const { files } = listing;
  if (model.sourceUrl !== null) return { files, sizeBytes: files.reduce((sum, { size }) => sum + size, 0) };
  const selected = await selectFromList(listing, parseSelectionKey(model.selection), signal);
  if (selected.kind === 'files') return { files: selected.files, sizeBytes: selected.totalBytes };
  refuse(`${model.name} has been rewritten on the Hub and offers a choice now. Add it again, and choose.`);
};

/** Of a file from a web address: where it is, and the hash that its person has given for it. */
const webFileOf = ({ sourceUrl, metadata }: Model): Pick<RepoRef, 'url' | 'sha256'> => ({
  ...(sourceUrl === null ? {} : { url: sourceUrl }),
  ...(metadata?.webFile?.sha256 === undefined ? {} : { sha256: metadata.webFile.sha256 }),
});

/**
 * A commit goes where its branch is rewritten (a forced push, a squashed history): the branch is looked up anew, and the
 * same wish is made of what it is now.
 * @throws AppError not_found: a commit was asked for, and it cannot move; unavailable: the Hub itself does not know yet; and
 * whatever a look-up throws
 */
export const lookUpAnew = async (
  source: Pick<Source, 'inspect' | 'ofPerson'>,
  model: Model,
  signal: AbortSignal,
): Promise<Moved> => {
  const { name, repoType: type, revision, sourceUrl } = model;
  const commit = short(model.commitSha ?? '');
  if (isAskedByCommit(model)) {
    refuse(
      `The commit ${commit} of ${name}, which was asked for, is gone from the Hub. A commit cannot move: add the model again without it.`,
      'not_found',
    );
  }
  const listing = await questionsAbout(source, [model.tokenOf]).inspect(
    { type, id: name, revision, ...webFileOf(model) },
    signal,
    pathFilter(parseSelectionKey(model.selection)),
  );
  if (listing.commit === model.commitSha && sourceUrl !== null) {
    refuse(
      'The file at its address is another one now, and not the one of which the sha256 was given. Add it again without that, or with the new one.',
      'integrity',
    );
  }
  if (listing.commit === model.commitSha) {
    refuse(`The Hub says that “${revision}” of ${name} is at ${commit}, but does not give its files.`, 'unavailable');
  }
  return { commitSha: listing.commit, ...(await chosen(listing, model, signal)) };
};
