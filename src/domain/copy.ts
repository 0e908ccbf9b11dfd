import type { RepoType } from './listing.ts';
import type { CopyState } from './states/copy.ts';

/** What is still to be taken away: bytes of what never was complete, the files of what was, or only the list of it. */
export type Removal = 'arrived' | 'files' | 'list';

/** How much of a complete copy goes that nobody has any more: nothing, what hubgram made, or what somebody else made as well. */
export type Taking = 'nothing' | 'ours' | 'all';

/** What tells copies of a host apart. */
export interface CopyKey {
  readonly repoType: RepoType;
  /** The repository's id as typed: the folder in the cache is named by it. */
  readonly name: string;
  /** 40 hex. */
  readonly commitSha: string;
  /** Canonical JSON. */
  readonly selection: string;
  /** Of a file from a web address: where it is. Its name and commit tell it apart already. */
  readonly sourceUrl?: string | null;
  /** Where it lies, or shall lie: this machine unless told. */
  readonly hostId?: number;
}

/** A repository on a machine: this one unless told. */
export type RepoOnHost = Pick<CopyKey, 'repoType' | 'name' | 'hostId'>;

/** Where the files of a copy come from: the Hub, or a web address. */
export type SourceName = 'hub' | 'url';

/** What lies, or shall lie, on the disk of a host. */
export interface Copy extends Omit<CopyKey, 'sourceUrl' | 'hostId'> {
  readonly id: number;
  readonly hostId: number;
  readonly source: SourceName;
  readonly sourceUrl: string | null;
  readonly state: CopyState;
  readonly removal: Removal | null;
  /** Who put it there; null as long as nobody has looked. */
  readonly madeBy: 'hubgram' | 'other' | null;
  /** Of all its files; what several paths share counts once. */
  readonly sizeBytes: number;
  /** Absolute path of the snapshot; null if it never was complete. */
  readonly path: string | null;
  readonly verifiedAt: string | null;
  /** How many of its files something else has removed since, as far as anybody has looked. */
  readonly filesGone: number;
  /** How many of them are there and are not what they were, as was found when it was read. */
  readonly filesBroken: number;
  /** How often it was wanted anew. */
  readonly generation: number;
}

/** The key of the copy that such a model wants: nothing but what tells copies apart. */
export const copyKeyOf = ({ repoType, name, commitSha, selection, sourceUrl, hostId }: Required<CopyKey>): CopyKey => ({
  repoType,
  name,
  commitSha,
  selection,
  sourceUrl,
  hostId,
});
