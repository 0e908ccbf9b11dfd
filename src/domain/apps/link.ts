import type { AppLinkState } from '../states/app-link.ts';
import type { ModelAppState } from '../states/model-app.ts';

/** How a name was made: of the same file, or as one that leads to it. */
export type LinkWay = 'hard' | 'symbolic';

/** A name in the folder of another program that leads to a file of a copy. */
export interface AppLink {
  /** As the configuration calls it. */
  readonly app: string;
  /** Absolute. */
  readonly folder: string;
  /** Below `folder`, `/`-separated. */
  readonly path: string;
  /** The folders on the way that are the app's own: they stay when they are empty. */
  readonly kept: string;
  readonly modelId: number;
  readonly copyId: number;
  /** Of the cache, and the blob in it. */
  readonly repoFolder: string;
  readonly etag: string;
  readonly way: LinkWay | null;
  /** Tells it from whatever else may come to lie there; null until it is made. */
  readonly proof: string | null;
  readonly state: AppLinkState;
}

/** What a person says of an app with a store of its own: it may keep a copy there. */
export const MAY_COPY = 'copy';

/** A model that an app shall see. */
export interface ModelApp {
  readonly modelId: number;
  readonly app: string;
  /** What a person has said: what its files are, or `MAY_COPY`. */
  readonly said: string | null;
  readonly state: ModelAppState;
  /** What the app lists it as. */
  readonly shownAs: string | null;
  /** Why it is not linked, or not any more: a sentence. */
  readonly message: string | null;
}
