import type { About } from '../files/loads/about.ts';
import type { RepoFile } from '../listing.ts';
import type { Model } from '../model.ts';
import type { FileKind, FolderApp } from './app.ts';

/** A name under which an app finds a file of a model. */
export interface PlannedLink {
  readonly file: RepoFile;
  /** Absolute: nothing is made outside of it. */
  readonly folder: string;
  /** Below `folder`, `/`-separated. Of the folders on the way the app has these itself: they stay when they are empty. */
  readonly path: string;
  readonly kept: string;
  /** Where it is no file that is linked but a model that Ollama makes: `folder` is its address, and `path` the model's name. */
  readonly ollama?: {
    /** All files that the model is made of. */
    readonly files: readonly RepoFile[];
    readonly models?: string;
  };
}

/** What of a model goes where in an app's folders. */
export type Layout =
  | {
      readonly kind: 'links';
      readonly links: readonly PlannedLink[] /** What the app lists it as. */;
      readonly shownAs: string;
    }
  /** The repository does not say what this file is; the likeliest comes first. */
  | { readonly kind: 'ask'; readonly file: RepoFile; readonly choices: readonly FileKind[] }
  /** A sentence that says why there is nothing for it. */
  | { readonly kind: 'none'; readonly reason: string };

/** A model with the files of its copy, as layouts look at it. */
export interface Laid {
  readonly app: FolderApp;
  readonly model: Pick<Model, 'repoType' | 'name' | 'canonicalName' | 'revision'>;
  readonly about: About;
  readonly files: readonly RepoFile[];
  /** What a person has said that its files are. */
  readonly said: FileKind | undefined;
}
