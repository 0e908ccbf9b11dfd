import type { AddOptions } from '../../domain/repo/add-options.ts';
import { AppError } from '../../domain/errors.ts';
import { parseRepoRef, type RepoRef, withRevision } from '../../domain/repo/repo.ts';
import { type Selection, selectionOf } from '../../domain/files/selection.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';

/** @throws AppError integrity: nobody knows any more what was asked for, and anything else must not be fetched for it */
export const optionsOf = ({ ref, options }: AddRequest): AddOptions => {
  if (options) return options;
  throw new AppError('integrity', `What was asked for with ${ref} cannot be read any more. Add it again.`);
};

/** Which files of which repository a request means. @throws AppError validation */
export const selectionFor = (request: AddRequest, hosts: readonly string[]): { ref: RepoRef; selection: Selection } => {
  const options = optionsOf(request);
  const typed = parseRepoRef(request.ref, hosts);
  const ref = options.revision === undefined ? typed : withRevision(typed, options.revision);
  const { quantize, include, exclude, storableOnly } = options;
  const given = {
    ...(quantize ? { quantize } : {}),
    ...(include ? { include } : {}),
    ...(exclude ? { exclude } : {}),
    ...(storableOnly ? { storableOnly } : {}),
  };
  return { ref, selection: selectionOf(ref, given) };
};

/** The reference as it was typed; undefined if it cannot be read any more. */
export const typedRef = (request: AddRequest, hosts: readonly string[]): RepoRef | undefined => {
  if (request.options?.url !== undefined) return undefined;
  try {
    return parseRepoRef(request.ref, hosts);
  } catch (error) {
    // It was read when it came: only a configuration that knows fewer hosts makes it unreadable.
    if (error instanceof AppError) return undefined;
    throw error;
  }
};
