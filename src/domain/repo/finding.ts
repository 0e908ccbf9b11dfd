import type { Header } from '../../lib/net/rate-headers.ts';

/** Where the bytes of a file can be asked for, with what is said of them there. */
export interface FoundFile {
  /** `https://huggingface.co`. */
  readonly origin: string;
  /** Path and query. */
  readonly target: string;
  /** Holds the token only where the origin is the source's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  /** Undefined: it was not said. */
  readonly size: number | undefined;
}

/**
 * Finds files of one commit by one question each, that somebody else asks: for thousands of small files, which come by
 * whatever makes nothing for each of them. What is not plain is not found this way, and is asked for anew by another.
 */
export interface Finding {
  /** Who is asked. */
  readonly origin: string;
  /** With each question. The same object as long as they are the same. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Before a question. @returns its path and query; undefined: the source takes none for now */
  readonly begin: (path: string) => string | undefined;
  /** After it. @param target what was asked for @returns undefined: that is not a plain answer */
  readonly end: (target: string, status: number, header: Header) => FoundFile | undefined;
  /** Instead of an answer: none came. @param isGivenUp since nobody wants it any more */
  readonly broke: (target: string, isGivenUp: boolean) => void;
}
