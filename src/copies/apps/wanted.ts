import type { LinkWay } from '../../domain/apps/link.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { AppPath } from './app-folder.ts';

/** Names that are to be made in the folders of other programs for files of a snapshot. */
export interface LinksWanted {
  readonly repoFolder: string;
  readonly commit: string;
  readonly links: readonly LinkWanted[];
}

export interface LinkWanted extends AppPath {
  readonly file: RepoFile;
  /** The proof of what was made at that place before: that may be replaced, and nothing else. */
  readonly replaces: string | null;
  /** It may have been made already, before somebody could note it. */
  readonly isRetried: boolean;
  /** Where a model of Ollama is to be made instead: `folder` is its address, `path` the model's name. */
  readonly ollama?: {
    /** All that it is made of. */
    readonly files: readonly RepoFile[];
    /** Where Ollama keeps its models: what it lacks is linked there. */
    readonly models?: string;
    /** What it lacks may be copied into its store. */
    readonly mayCopy: boolean;
  };
}

/** What became of one of them. */
export type LinkMade =
  | {
      readonly state: 'made';
      /** null: the program itself has made it. */
      readonly way: LinkWay | null;
      /** Tells it from whatever else may come to lie there. */
      readonly proof: string;
    }
  | {
      readonly state: 'refused';
      /** A sentence. */
      readonly message: string;
    };

/** Names that were made, or may have been. */
export interface LinksMade {
  readonly repoFolder: string;
  readonly links: readonly LinkNoted[];
}

export interface LinkNoted extends AppPath {
  /** Of the folders on the way these stay, even when they are empty. */
  readonly kept: string;
  readonly etag: string;
  readonly proof: string | null;
}

/** What lies at the place of a link: `unknown` if nobody can say, since the program's folder is not there. */
export type LinkFound = 'there' | 'missing' | 'foreign' | 'unknown';
