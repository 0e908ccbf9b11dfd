import { addAbortListener } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { startThread } from '../failures/threads.ts';
import type { RepoFile, RepoListing } from '../listing.ts';
import type { FromListing, ListingHead, ListingMessage, ListingReply, ListingTask } from './listing-worker.ts';
import { aboutOf } from './loads/about.ts';
import { type Loads, whatLoads } from './loads/loads.ts';
import { type Selected, type Selection, selectFiles } from './selection.ts';
import { type ListingFacts, listingFacts } from './listing-facts.ts';

interface Bounds {
  readonly files: number;
  /** In all paths together: names are compared, and a long one costs as much as many short ones. */
  readonly pathCharacters: number;
}

/**
 * Lists come from strangers and patterns from chats: what is to be found out about a long list is found out in a thread of
 * its own, where it keeps nobody waiting. Shorter ones, nearly all there are, are done at once, since a thread takes a third
 * of a second to start. To choose takes three times as long as to study.
 */
const AT_ONCE = {
  facts: { files: 4000, pathCharacters: 200_000 },
  select: { files: 1000, pathCharacters: 100_000 },
} as const satisfies Record<string, Bounds>;
/** What two hundred thousand files and all that is made of them need, three times over; then it is given up. */
const MEMORY_MOST_MB = 1024;

type Lists = Pick<RepoListing, 'files' | 'unsafe'>;

const isLong = ({ files, unsafe = [] }: Lists, atOnce: Bounds): boolean => {
  if (files.length + unsafe.length > atOnce.files) return true;
  let characters = 0;
  for (const list of [files, unsafe]) for (const { path } of list) characters += path.length;
  return characters > atOnce.pathCharacters;
};

/** The messages of a thread, each when it is waited for: `next` rejects with what became of it instead. */
const messagesOf = (worker: Worker): { readonly next: () => Promise<FromListing> } => {
  let coming = Promise.withResolvers<FromListing>();
  const fail = (error: Error): void => {
    coming.reject(error);
    // It may end while nobody waits for anything.
    coming.promise.catch(() => undefined);
  };
  worker.on('message', (message: FromListing) => coming.resolve(message));
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('A thread that reads a list has ended without an answer')));
  return {
    next: async () => {
      const message = await coming.promise;
      coming = Promise.withResolvers();
      return message;
    },
  };
};

/** Of a list, so many files go to the thread at one time. */
const FILES_AT_ONCE = 1000;

const inThread = async (
  { files, unsafe = [] }: Lists,
  task: ListingTask,
  signal: AbortSignal,
): Promise<ListingReply> => {
  signal.throwIfAborted();
  const worker = startThread(new URL('listing-worker.ts', import.meta.url), 'reads long lists of files', {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MOST_MB },
  });
  const { next } = messagesOf(worker);
  const leaving = addAbortListener(signal, () => void worker.terminate());
  /** What it has not taken waits in memory that glibc gives back to nobody: so much of a list at one time, and none while it starts. */
  const give = async (kind: 'files' | 'unsafe', list: readonly RepoFile[]): Promise<void> => {
    for (let from = 0; from < list.length; from += FILES_AT_ONCE) {
      worker.postMessage({
        kind,
        json: JSON.stringify(list.slice(from, from + FILES_AT_ONCE)),
      } satisfies ListingMessage);
      await next();
    }
  };
  try {
    await next();
    await give('files', files);
    await give('unsafe', unsafe);
    worker.postMessage({ kind: 'task', task } satisfies ListingMessage);
    const answer = await next();
    if (answer.kind === 'takes') throw unexpected();
    if (answer.kind === 'refused') throw new AppError(answer.code, answer.message);
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    leaving[Symbol.dispose]();
    await worker.terminate();
  }
};

const unexpected = (): Error => new Error('A thread that reads a list has answered something else');

const createFilesAt = ({ files, unsafe = [] }: Lists): ((indices: Uint32Array) => RepoFile[]) => {
  const fileAt = (index: number): RepoFile => {
    const file = index < files.length ? files[index] : unsafe[index - files.length];
    if (!file) throw unexpected();
    return file;
  };
  return (indices) => Array.from(indices, fileAt);
};

/** `listingFacts`, without keeping the event loop. @throws AppError unavailable: there is no thread for it; the signal's reason */
export const factsOfList = async (files: readonly RepoFile[], signal: AbortSignal): Promise<ListingFacts> => {
  if (!isLong({ files }, AT_ONCE.facts)) return listingFacts(files);
  const reply = await inThread({ files }, { kind: 'facts' }, signal);
  if (reply.kind !== 'facts') throw unexpected();
  const { contradictsItself, holdsNoModel, manifests } = reply;
  return { contradictsItself, holdsNoModel, manifests: createFilesAt({ files })(manifests) };
};

/** What was chosen, and what loads it. */
export type ChosenFromList =
  | (Extract<Selected, { readonly kind: 'files' }> & { readonly loads: Loads })
  | Exclude<Selected, { readonly kind: 'files' }>;

/** `selectFiles`, without keeping the event loop. @throws as `selectFiles`; AppError unavailable: there is no thread for it; the signal's reason */
export const selectFromList = async (
  listing: RepoListing,
  selection: Selection,
  signal: AbortSignal,
): Promise<ChosenFromList> => {
  if (!isLong(listing, AT_ONCE.select)) {
    const selected = selectFiles(listing, selection);
    if (selected.kind !== 'files') return selected;
    return {
      ...selected,
      loads: whatLoads({ repoType: listing.type, metadata: { ...aboutOf(listing) } }, selected.files),
    };
  }
  const { files: _files, unsafe: _unsafe, ...head } = listing satisfies ListingHead;
  const reply = await inThread(listing, { kind: 'select', head, selection }, signal);
  const filesAt = createFilesAt(listing);
  if (reply.kind === 'unsafe') return reply;
  if (reply.kind === 'choose') {
    const choices = reply.choices.map(({ indices, ...choice }) => ({ ...choice, files: filesAt(indices) }));
    return { ...reply, choices };
  }
  if (reply.kind !== 'files') throw unexpected();
  const { totalBytes, loads, label } = reply;
  const files = filesAt(reply.indices);
  return { kind: 'files', files, totalBytes, loads, ...(label === undefined ? {} : { label }) };
};
