import { parentPort } from 'node:worker_threads';
import { AppError, type ErrorCode, messageOf } from '../errors.ts';
import type { RepoFile, RepoListing } from '../listing.ts';
import { aboutOf } from './loads/about.ts';
import { type Loads, whatLoads } from './loads/loads.ts';
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

/** Files by their indices: first in the list of those that can be stored, which the others come behind. */
type Indices = Uint32Array<ArrayBuffer>;

interface ListedChoice {
  readonly label: string;
  readonly totalBytes: number;
  readonly weightBytes: number;
  readonly indices: Indices;
}

/** Worker → main. */
export type ListingReply =
  | {
      readonly kind: 'facts';
      readonly contradictsItself: boolean;
      readonly holdsNoModel: boolean;
      readonly manifests: Indices;
    }
  | {
      readonly kind: 'files';
      readonly indices: Indices;
      readonly totalBytes: number;
      readonly label: string | undefined;
      readonly loads: Loads;
    }
  | {
      readonly kind: 'choose';
      readonly of: ChoiceOf;
      readonly choices: readonly ListedChoice[];
      readonly suggested: string | undefined;
    }
  | { readonly kind: 'unsafe'; readonly paths: readonly string[]; readonly others: number }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/** Worker → main: it listens, or has taken what came last; or its one answer. */
export type FromListing = { readonly kind: 'takes' } | ListingReply;

/** A file with its index: a map of a hundred thousand of them took as much memory as they do. */
interface Indexed extends RepoFile {
  index: number;
}

/** Of most files nothing more is known: V8 would leave room for more in each of a hundred thousand that is spread. */
const indexed = (file: RepoFile, index: number): Indexed => {
  const { path, size, etag } = file;
  return file.isUnhashed === undefined && file.xetHash === undefined ? { path, size, etag, index } : { ...file, index };
};

const files: Indexed[] = [];
const unsafe: Indexed[] = [];

/** Of files that are of the lists: what chooses among them makes no others. */
const indicesOf = (some: readonly RepoFile[]): Indices => {
  for (const [at, file] of unsafe.entries()) file.index = files.length + at;
  return Uint32Array.from(some as readonly Indexed[], ({ index }) => index);
};

const select = (head: ListingHead, selection: Selection): ListingReply => {
  const listing = { ...head, files, ...(unsafe.length > 0 ? { unsafe } : {}) };
  const selected = selectFiles(listing, selection);
  if (selected.kind === 'unsafe') return selected;
  if (selected.kind === 'choose') {
    const choices = selected.choices.map(({ files: chosen, ...choice }) => ({ ...choice, indices: indicesOf(chosen) }));
    return { ...selected, choices };
  }
  const { totalBytes, label } = selected;
  const loads = whatLoads({ repoType: head.type, metadata: { ...aboutOf(head) } }, selected.files);
  return { kind: 'files', indices: indicesOf(selected.files), totalBytes, label, loads };
};

const work = (task: ListingTask): ListingReply => {
  if (task.kind === 'select') return select(task.head, task.selection);
  const { manifests, ...rest } = listingFacts(files);
  return { kind: 'facts', ...rest, manifests: indicesOf(manifests) };
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

/** Whoever has started it waits for that. */
const takes = (): void => parentPort?.postMessage({ kind: 'takes' } satisfies FromListing);

parentPort?.on('message', (message: ListingMessage) => {
  if (message.kind === 'task') {
    parentPort?.postMessage(answer(message.task));
    return;
  }
  const list = message.kind === 'files' ? files : unsafe;
  for (const file of JSON.parse(message.json) as RepoFile[]) list.push(indexed(file, list.length));
  takes();
});
takes();
