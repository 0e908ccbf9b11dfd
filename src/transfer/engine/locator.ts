import { AppError } from '../../domain/errors.ts';
import type { FileLocation } from '../../domain/listing.ts';

/** Where the bytes of a blob lie, with what is said of them there; the size is not always said. */
export type LocatedBlob = FileLocation & { readonly etag: string; readonly size: number | undefined };

/** Where a blob's bytes are: asked once, and again when it does not work any more. */
export interface Locator {
  readonly located: () => Promise<LocatedBlob>;
  /** It will be wanted in a moment: asks now. What fails is told to whoever wants it. */
  readonly prepare: () => void;
  /**
   * This location was refused, signed URLs expire: the next one asks anew. Of many connections that had it the first one
   * says so; what has been found out since stays.
   */
  readonly forget: (refused: LocatedBlob) => void;
  /** Whether this strong ETag is that of the parts before. */
  readonly isSameFile: (tag: string) => boolean;
}

interface Locatable {
  readonly etag: string;
  readonly size: number;
  readonly resolve: (signal: AbortSignal) => Promise<LocatedBlob>;
}

/** Nothing is asked before the location is wanted. @param signal ends what is asked */
export const createLocator = (wanted: Locatable, signal: AbortSignal): Locator => {
  let locating: Promise<LocatedBlob> | undefined;
  let current: LocatedBlob | undefined;
  let firstTag: string | undefined;

  const locate = async (): Promise<LocatedBlob> => {
    const location = await wanted.resolve(signal);
    const isSize = location.size === undefined || location.size === wanted.size;
    if (location.etag !== wanted.etag || !isSize)
      throw new AppError('changed', 'The file on the server is not the one that was chosen any more.');
    current = location;
    return location;
  };

  return {
    located: async () => {
      const asked = (locating ??= locate());
      try {
        return await asked;
      } catch (error) {
        if (locating === asked) locating = undefined;
        throw error;
      }
    },
    prepare: () => {
      locating ??= locate();
      locating.catch(() => undefined);
    },
    forget: (refused) => {
      if (refused !== current) return;
      locating = undefined;
      current = undefined;
    },
    isSameFile: (tag) => {
      firstTag ??= tag;
      return firstTag === tag;
    },
  };
};
