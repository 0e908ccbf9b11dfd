import { AppError } from '../../domain/errors.ts';
import type { RepoListing } from '../../domain/listing.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import type { Questions, Source } from '../../sources/port.ts';
import { checkGate } from './check-gate.ts';

/** What another account may see: of a private repository the Hub says that it is not there. */
export const isClosed = (error: unknown): boolean =>
  error instanceof AppError && ['gated', 'unauthorized', 'not_found', 'forbidden'].includes(error.code);

/**
 * Looks a repository up for somebody: as the machine, and only where that is not let in with a token of theirs, so that what is
 * found by it is known to be theirs.
 * @param keeps as `inspect` of the source takes it
 * @throws AppError as `inspect` and `locate` of the source
 */
export const lookUpFor = async (
  source: Pick<Source, 'inspect' | 'locate' | 'ofPerson'>,
  { userId, ref }: { readonly userId: number; readonly ref: RepoRef },
  signal: AbortSignal,
  keeps?: (path: string) => boolean,
): Promise<RepoListing> => {
  const look = async (asked: Pick<Questions, 'inspect' | 'locate'>): Promise<RepoListing> => {
    const listing = await asked.inspect(ref, signal, keeps);
    await checkGate(asked, listing, signal);
    return listing;
  };
  try {
    return await look(source);
  } catch (error) {
    const person = isClosed(error) ? source.ofPerson?.(userId) : undefined;
    if (!person) throw error;
    return { ...(await look(person)), tokenOf: userId };
  }
};
