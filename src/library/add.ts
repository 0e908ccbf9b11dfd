import type { RepoFile, RepoListing } from '../domain/listing.ts';
import type { Priority } from '../domain/model.ts';
import { parseRepoRef } from '../domain/repo.ts';
import { type QuantChoice, pathFilter } from '../domain/selection.ts';
import { selectFromList } from '../domain/listing-thread.ts';
import type { Source } from '../sources/port.ts';
import type { WallClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Queue } from '../queue/queue.ts';
import type { AddRequest } from '../store/add-requests.ts';
import type { Store } from '../store/store.ts';
import { type AddLimits, checkAddLimits, DEFAULT_ADD_LIMITS } from './add-limits.ts';
import { failureOf, suggest, takeSuggestion } from './failure.ts';
import { createLookUps, type LookUps } from './look-ups.ts';
import { insertModel, type InsertDeps, type Room } from './insert.ts';
import { dropUnfinished, insertLongModel } from './long-lists.ts';
import { selectionFor, typedRef } from './wish.ts';

/** What may stand behind the reference of `/add`, read from `key=value`. */
export interface AddOptions {
  readonly quantize?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly revision?: string;
  readonly priority?: Priority;
  readonly description?: string;
  /** `later` waits for the schedule or /download, `now` passes the gate. */
  readonly when?: 'now' | 'later';
  /** The person does without what cannot be stored here. */
  readonly storableOnly?: boolean;
}

export interface AddInput {
  readonly chatId: number;
  readonly userId: number;
  readonly threadId: number | null;
  /** The person's message; a second request for the same message is the same request. */
  readonly messageId: number;
  readonly ref: string;
  readonly options: AddOptions;
}

/** What a picker offers, as it is kept in the request's row. */
export interface Picker {
  readonly listing: Omit<RepoListing, 'files'>;
  readonly choices: readonly QuantChoice[];
  /** Undefined: none of them is a model of its own. */
  readonly suggested?: string;
  /** Free bytes on the cache's disk when it was asked, less what was queued before; below zero if that does not fit. */
  readonly freeBytes: number;
}

/** What a person is asked where some of the files cannot be stored; kept in the request's row. */
export interface UnsafeFiles {
  readonly kind: 'unsafe';
  /** The first few of `total`. */
  readonly paths: readonly string[];
  readonly total: number;
  /** How many files come if the person does without them. */
  readonly others: number;
}

export interface Adding {
  /**
   * Keeps the request as a row and begins the look-up.
   * @throws AppError validation: no reference to a repository; constraint: this person asks for more than one person may
   */
  readonly request: (input: AddInput) => AddRequest;
  /** A person's choice among the quants. False: somebody chose already, or there is no such choice. */
  readonly choose: (requestId: number, choice: number) => boolean;
  /** The person does without what cannot be stored: the others are looked up. False: that was not the question. */
  readonly withoutUnsafe: (requestId: number) => boolean;
  /** Leaves a picker or a look-up. False if it had ended. */
  readonly drop: (requestId: number) => boolean;
  /** Looks up what was most likely meant instead. False if it is not offered any more. */
  readonly mean: (requestId: number, suggestion: number) => boolean;
  /** Looks up again what had failed. */
  readonly again: (requestId: number) => boolean;
  /** Goes on with look-ups that a restart interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface AddingDeps {
  readonly store: Store;
  readonly hub: Source;
  /** Hosts besides huggingface.co whose links mean the Hub. */
  readonly hubHosts: readonly string[];
  readonly queue: InsertDeps['queue'] & Pick<Queue, 'wake'>;
  /** Room on the cache's disk, and what of these files is not there yet. */
  readonly room: (listing: Pick<RepoListing, 'type' | 'id' | 'commit'>, files: readonly RepoFile[]) => Promise<Room>;
  /** Of one person who is no owner; the defaults if not given. */
  readonly limits?: AddLimits;
  readonly clock: WallClock;
  readonly log: Log;
}

interface Core extends AddingDeps {
  readonly lookUps: LookUps;
}

/** What a gated repository holds can be seen, but not fetched: said now, not after a place in line. */
const checkGate = async ({ hub }: AddingDeps, listing: RepoListing, signal: AbortSignal): Promise<void> => {
  const [file] = listing.files;
  if (listing.gated === false || !file) return;
  const { type, id, commit } = listing;
  await hub.locate({ type, id, commit, path: file.path }, signal);
};

/** So many paths are named; the others are counted. */
const UNSAFE_NAMED = 5;

const ask = ({ store }: AddingDeps, request: AddRequest, choices: Picker | UnsafeFiles): void => {
  store.addRequests.moveAddRequest(request.id, 'looking_up', 'choosing', { choices, errorMessage: null });
};

const lookUp = async (deps: AddingDeps, request: AddRequest, signal: AbortSignal): Promise<void> => {
  if (request.modelId !== null) await dropUnfinished(deps.store, request);
  signal.throwIfAborted();
  const { ref, selection } = selectionFor(request, deps.hubHosts);
  const listing = await deps.hub.inspect(ref, signal, pathFilter(selection));
  const selected = await selectFromList(listing, selection, signal);
  await checkGate(deps, listing, signal);
  if (selected.kind === 'unsafe') {
    const { paths, others } = selected;
    ask(deps, request, { kind: 'unsafe', paths: paths.slice(0, UNSAFE_NAMED), total: paths.length, others });
    return;
  }
  if (selected.kind === 'choose') {
    const { files: _, unsafe: __, says: ___, ...about } = listing;
    const { choices, suggested } = selected;
    const { freeBytes } = await deps.room(listing, []);
    ask(deps, request, { listing: about, choices, freeBytes, ...(suggested === undefined ? {} : { suggested }) });
    return;
  }
  const room = await deps.room(listing, selected.files);
  const { files, label, totalBytes: sizeBytes, loads } = selected;
  const meant = label === undefined ? selection : { ...selection, quantize: label };
  const insertion = {
    request,
    from: 'looking_up',
    listing,
    selection: meant,
    files,
    sizeBytes,
    loads,
    ref,
    room,
  } as const;
  await insertLongModel(deps, insertion, signal);
  deps.queue.wake();
};

const choose = (core: Core, requestId: number, choice: number): boolean => {
  const request = core.store.addRequests.getAddRequest(requestId);
  const picker = request?.choices as Picker | Partial<UnsafeFiles> | null | undefined;
  if (!picker || !('choices' in picker)) return false;
  const chosen = picker.choices[choice];
  if (!request || !chosen) return false;
  const { ref, selection } = selectionFor(request, core.hubHosts);
  const isDone = insertModel(core, {
    request,
    from: 'choosing',
    listing: picker.listing,
    selection: { ...selection, quantize: chosen.label },
    files: chosen.files,
    sizeBytes: chosen.totalBytes,
    ref,
    room: { freeBytes: picker.freeBytes, missingBytes: chosen.totalBytes },
  });
  if (isDone) core.queue.wake();
  return isDone;
};

const withoutUnsafe = (core: Core, requestId: number): boolean => {
  const request = core.store.addRequests.getAddRequest(requestId);
  const asked = request?.choices as Partial<UnsafeFiles> | null | undefined;
  if (!request || asked?.kind !== 'unsafe') return false;
  const moved = core.store.addRequests.moveAddRequest(requestId, 'choosing', 'looking_up', {
    options: { ...request.options, storableOnly: true },
    choices: null,
  });
  if (moved) core.lookUps.pump();
  return moved;
};

const mean = (core: Core, requestId: number, suggestion: number): boolean => {
  const request = core.store.addRequests.getAddRequest(requestId);
  const moved = request !== undefined && takeSuggestion(core, request, typedRef(request, core.hubHosts), suggestion);
  if (moved) core.lookUps.pump();
  return moved;
};

/** Everything from a reference in a chat to a model row: durable look-ups, pickers, insertion. */
export const createAdding = (deps: AddingDeps): Adding => {
  const core: Core = {
    ...deps,
    lookUps: createLookUps({
      addRequests: deps.store.addRequests,
      lookUp: (request, signal) => lookUp(deps, request, signal),
      failureOf: (request, error) => failureOf(deps.hub, typedRef(request, deps.hubHosts), error),
      onFailed: (request, signal) => suggest(deps, request.id, typedRef(request, deps.hubHosts), signal),
      log: deps.log,
    }),
  };
  const { addRequests } = deps.store;
  const { limits = DEFAULT_ADD_LIMITS } = deps;
  return {
    request: (input) => {
      parseRepoRef(input.ref, deps.hubHosts);
      if (!addRequests.hasAddRequest(input.chatId, input.messageId)) {
        checkAddLimits(deps.store, limits, input.userId, deps.clock.now());
      }
      const { request, created } = addRequests.createAddRequest({ ...input, options: { ...input.options } });
      if (created) core.lookUps.pump();
      return request;
    },
    choose: (requestId, choice) => choose(core, requestId, choice),
    withoutUnsafe: (requestId) => withoutUnsafe(core, requestId),
    mean: (requestId, suggestion) => mean(core, requestId, suggestion),
    drop: (requestId) =>
      addRequests.moveAddRequest(requestId, 'choosing', 'cancelled') ||
      addRequests.moveAddRequest(requestId, 'looking_up', 'cancelled'),
    again: (requestId) => {
      const moved = addRequests.moveAddRequest(requestId, 'failed', 'looking_up', {
        errorMessage: null,
        choices: null,
      });
      if (moved) core.lookUps.pump();
      return moved;
    },
    start: core.lookUps.pump,
    close: core.lookUps.close,
  };
};
