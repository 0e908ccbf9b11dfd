import { parentPort } from 'node:worker_threads';
import { AppError, type ErrorCode, messageOf } from '../errors.ts';
import type { RepoFile, RepoListing } from '../listing.ts';
import { aboutOf, type Loads, whatLoads } from './loads.ts';
import type { ChoiceOf } from './quants.ts';
import { type Selection, selectFiles } from './selection.ts';
import { listingFacts } from './listing-facts.ts';

/** A listing without its lists. */
export type ListingHead = Omit<RepoListing, 'files' | 'unsafe'>;

export type ListingTask =
  | { readonly kind: 'facts' }
  | { readonly kind: 'select'; readonly head: ListingHead; readonly selection: Selection };

/** Main → worker: both lists in slices, as JSON, then what is to be done with them. */
export type ListingMessage =
  | { readonly kind: 'files' | 'unsafe'; readonly json: string }
  | { readonly kind: 'task'; readonly task: ListingTask };

/** Files by their places: first in the list of those that can be stored, which the others come behind. */
type Places = Uint32Array<ArrayBuffer>;

interface PlacedChoice {
  readonly label: string;
  readonly totalBytes: number;
  readonly weightBytes: number;
  readonly places: Places;
}

/** Worker → main. */
export type ListingReply =
  | {
      readonly kind: 'facts';
      readonly contradictsItself: boolean;
      readonly holdsNoModel: boolean;
      readonly manifests: Places;
    }
  | {
      readonly kind: 'files';
      readonly places: Places;
      readonly totalBytes: number;
      readonly label: string | undefined;
      readonly loads: Loads;
    }
  | {
      readonly kind: 'choose';
      readonly of: ChoiceOf;
      readonly choices: readonly PlacedChoice[];
      readonly suggested: string | undefined;
    }
  | { readonly kind: 'unsafe'; readonly paths: readonly string[]; readonly others: number }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

const files: RepoFile[] = [];
const unsafe: RepoFile[] = [];

const createPlacing = (): ((some: readonly RepoFile[]) => Places) => {
  const placeOf = new Map([...files, ...unsafe].map((file, place) => [file, place]));
  return (some) => Uint32Array.from(some, (file) => placeOf.get(file) ?? 0);
};

const select = (head: ListingHead, selection: Selection): ListingReply => {
  const listing = { ...head, files, ...(unsafe.length > 0 ? { unsafe } : {}) };
  const selected = selectFiles(listing, selection);
  if (selected.kind === 'unsafe') return selected;
  const placesOf = createPlacing();
  if (selected.kind === 'choose') {
    const choices = selected.choices.map(({ files: chosen, ...choice }) => ({ ...choice, places: placesOf(chosen) }));
    return { ...selected, choices };
  }
  const { totalBytes, label } = selected;
  const loads = whatLoads({ repoType: head.type, metadata: { ...aboutOf(head) } }, selected.files);
  return { kind: 'files', places: placesOf(selected.files), totalBytes, label, loads };
};

const work = (task: ListingTask): ListingReply => {
  if (task.kind === 'select') return select(task.head, task.selection);
  const { manifests, ...rest } = listingFacts(files);
  return { kind: 'facts', ...rest, manifests: createPlacing()(manifests) };
};

const answer = (task: ListingTask): ListingReply => {
  try {
    return work(task);
  } catch (error) {
    // A fault of ours goes on as one: it ends this thread, and whoever waits for it is told.
    if (!(error instanceof AppError)) throw error;
    return { kind: 'refused', code: error.code, message: messageOf(error) };
  }
};

parentPort?.on('message', (message: ListingMessage) => {
  if (message.kind === 'task') {
    parentPort?.postMessage(answer(message.task));
    return;
  }
  (message.kind === 'files' ? files : unsafe).push(...(JSON.parse(message.json) as RepoFile[]));
});
