import type { Turns } from '../../lib/async/turns.ts';
import type { Clock } from '../../lib/clock.ts';
import type { BlobTarget } from '../files/blob-file.ts';
import type { Hasher } from '../files/hasher.ts';
import type { Spare } from '../files/small-file.ts';
import type { Unsaved } from '../files/unsaved.ts';
import type { Early, Near } from './gathering.ts';
import type { LocatedBlob } from './locator.ts';

/** A blob that is to be fetched. */
export interface BlobWanted extends BlobTarget {
  readonly resolve: (signal: AbortSignal) => Promise<LocatedBlob>;
  /** What of it lies on this machine already, in another file; asked while it is opened. */
  readonly near?: ((signal: AbortSignal) => Promise<Near | undefined>) | undefined;
  /** Of use where so much is missing, in bytes; `GATHERED_FROM` if not given. */
  readonly gatheredFromBytes?: number | undefined;
  /** What may be fetched of it while that is asked; nothing, if not given. */
  readonly early?: Early | undefined;
  /** As in the parts, for a disk of its own. */
  readonly checkFloor?: BlobParts['checkFloor'] | undefined;
}

/** What all blobs are fetched with. */
export interface BlobParts {
  readonly hasher: Hasher;
  readonly unsaved: Unsaved;
  readonly clock: Clock;
  /** Called when there may be something new to fetch. */
  readonly wake: () => void;
  /** Throws AppError no_space when the disk's floor is reached. */
  readonly checkFloor: () => Promise<void>;
  /** Lets so many gather at one time. */
  readonly gatherInTurn: Turns;
  readonly spare: Spare;
  /** Told of all that comes over the network, in bytes. */
  readonly onReceived?: (bytes: number) => void;
}
