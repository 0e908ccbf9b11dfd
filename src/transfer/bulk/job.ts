import type { Finding } from '../../domain/repo/finding.ts';
import type { Taker } from '../engine/fair-share.ts';

/** A file that comes in bulk: small, of a size and with a hash that are known. */
export interface BulkFile {
  /** Inside its repository. */
  readonly path: string;
  readonly etag: string;
  /** In bytes, above 0. */
  readonly size: number;
  /** Nothing has this name; it has to lie on the same disk as the final one. */
  readonly temporary: string;
  readonly finalPath: string;
}

/** Small files of one commit. */
export interface BulkJob<T> {
  readonly finding: Finding;
  /** Asked for the next one when a connection is free; what is left in it has not been begun. */
  readonly files: Iterator<T>;
  /** @returns undefined: it is to come the other way */
  readonly wanted: (file: T) => BulkFile | undefined;
  readonly taker: Taker;
  /** @throws AppError no_space when the disk's floor is reached */
  readonly checkFloor: () => Promise<void>;
  /** So many bytes of them have come over the network. */
  readonly received: (bytes: number) => void;
  /** It lies at its place, verified. The disk may not have it yet. */
  readonly done: (file: T) => void;
  /**
   * It did not come, for whatever reason: it is to come the other way, which says why it cannot.
   * @param isUnwell its server is not well for now
   */
  readonly left: (file: T, isUnwell: boolean) => void;
}
