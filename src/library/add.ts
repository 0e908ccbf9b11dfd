import { AppError, isTransient, messageOf } from '../domain/errors.ts';
import type { RepoFile, RepoListing } from '../domain/listing.ts';
import type { Priority } from '../domain/model.ts';
import { parseRepoRef, withRevision } from '../domain/repo.ts';
import { type QuantChoice, type Selection, selectFiles, selectionOf } from '../domain/selection.ts';
import type { Hub } from '../hub/hub.ts';
import type { Log } from '../lib/log.ts';
import type { Queue } from '../queue/queue.ts';
import type { AddRequest } from '../store/add-requests.ts';
import type { Store } from '../store/store.ts';
import { insertModel, type InsertDeps, type Room } from './insert.ts';

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
  /** Free bytes on the cache's disk when it was asked. */
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
  /** Keeps the request as a row and begins the look-up. @throws AppError validation: no reference to a repository */
  readonly request: (input: AddInput) => AddRequest;
  /** A person's choice among the quants. False: somebody chose already, or there is no such choice. */
  readonly choose: (requestId: number, choice: number) => boolean;
  /** The person does without what cannot be stored: the others are looked up. False: that was not the question. */
  readonly withoutUnsafe: (requestId: number) => boolean;
  /** Leaves a picker or a look-up. False if it had ended. */
  readonly drop: (requestId: number) => boolean;
  /** Looks up again what had failed. */
  readonly again: (requestId: number) => boolean;
  /** Goes on with look-ups that a restart interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface AddingDeps {
  readonly store: Store;
  readonly hub: Pick<Hub, 'inspect' | 'locate'>;
  /** Hosts besides huggingface.co whose links mean the Hub. */
  readonly hubHosts: readonly string[];
  readonly queue: InsertDeps['queue'] & Pick<Queue, 'wake'>;
  /** Room on the cache's disk, and what of these files is not there yet. */
  readonly room: (listing: Pick<RepoListing, 'type' | 'id'>, files: readonly RepoFile[]) => Promise<Room>;
  readonly log: Log;
}

/** Look-ups under way at once: courtesy towards the Hub. The others wait their turn. */
const LOOKUPS_AT_ONCE = 4;
/** Pauses before a look-up is tried again, in milliseconds; after the last one it has failed. */
const LOOKUP_PAUSES_MS = [1000, 3000, 8000, 20_000];
/** How long the database is left alone that refused to take what a look-up found, in milliseconds. */
const REFUSED_PAUSE_MS = 5000;
/** If the Hub asks for a longer wait than this, the look-up has failed and says so. */
const LOOKUP_WAIT_MOST_MS = 60_000;

const selectionFor = (
  request: AddRequest,
  hosts: readonly string[],
): { ref: ReturnType<typeof parseRepoRef>; selection: Selection } => {
  const options = request.options as AddOptions;
  const typed = parseRepoRef(request.ref, hosts);
  const ref = options.revision === undefined ? typed : withRevision(typed, options.revision);
  const { quantize, include, exclude, storableOnly } = options;
  const given = {
    ...(quantize ? { quantize } : {}),
    ...(include ? { include } : {}),
    ...(exclude ? { exclude } : {}),
    ...(storableOnly ? { storableOnly } : {}),
  };
  return { ref, selection: selectionOf(ref, given) };
};

interface Core extends AddingDeps {
  readonly shutdown: AbortController;
  readonly running: Map<number, Promise<void>>;
  /** Look-ups that wait for their next try. */
  readonly paused: Map<number, NodeJS.Timeout>;
  readonly tries: Map<number, number>;
}

/** What a gated repository holds can be seen, but not fetched: said now, not after a place in line. */
const checkGate = async ({ hub, shutdown }: Core, listing: RepoListing): Promise<void> => {
  const [file] = listing.files;
  if (listing.gated === false || !file) return;
  const { type, id, commit } = listing;
  await hub.locate({ type, id, commit, path: file.path }, shutdown.signal);
};

/** So many paths are named; the others are counted. */
const UNSAFE_NAMED = 5;

const ask = (core: Core, request: AddRequest, choices: Picker | UnsafeFiles): void => {
  core.store.addRequests.moveAddRequest(request.id, 'looking_up', 'choosing', { choices, errorMessage: null });
};

const lookUp = async (core: Core, request: AddRequest): Promise<void> => {
  const { ref, selection } = selectionFor(request, core.hubHosts);
  const listing = await core.hub.inspect(ref, core.shutdown.signal);
  const selected = selectFiles(listing, selection);
  await checkGate(core, listing);
  if (selected.kind === 'unsafe') {
    const { paths, others } = selected;
    ask(core, request, { kind: 'unsafe', paths: paths.slice(0, UNSAFE_NAMED), total: paths.length, others });
    return;
  }
  if (selected.kind === 'choose') {
    const { files: _, unsafe: __, says: ___, ...about } = listing;
    const { choices, suggested } = selected;
    const { freeBytes } = await core.room(listing, []);
    ask(core, request, { listing: about, choices, freeBytes, ...(suggested === undefined ? {} : { suggested }) });
    return;
  }
  const room = await core.room(listing, selected.files);
  const { files, label } = selected;
  const meant = label === undefined ? selection : { ...selection, quantize: label };
  insertModel(core, { request, from: 'looking_up', listing, selection: meant, files, ref, room });
  core.queue.wake();
};

const pause = (core: Core, { id }: AddRequest, waitMs: number): void => {
  if (core.shutdown.signal.aborted) return;
  const timer = setTimeout(() => {
    core.paused.delete(id);
    pump(core);
  }, waitMs);
  core.paused.set(id, timer);
};

/** @returns false if another try would not help, or there were enough */
const retryLater = (core: Core, request: AddRequest, error: unknown): boolean => {
  const attempt = core.tries.get(request.id) ?? 0;
  const pauseMs = LOOKUP_PAUSES_MS[attempt];
  // A branch that is rewritten while it is looked up is looked up anew.
  const mayHeal = isTransient(error) || (error instanceof AppError && error.code === 'gone');
  if (!mayHeal || pauseMs === undefined) return false;
  const waitMs = Math.max(pauseMs, error instanceof AppError ? (error.retryAfterMs ?? 0) : 0);
  if (waitMs > LOOKUP_WAIT_MOST_MS) return false;
  core.store.addRequests.moveAddRequest(request.id, 'looking_up', 'looking_up', { errorMessage: messageOf(error) });
  core.tries.set(request.id, attempt + 1);
  pause(core, request, waitMs);
  return true;
};

/** What became of a look-up that failed, in its row. */
const settle = (core: Core, request: AddRequest, error: unknown): void => {
  if (core.shutdown.signal.aborted || retryLater(core, request, error)) return;
  core.tries.delete(request.id);
  if (!(error instanceof AppError)) {
    core.log.error({ err: error, request: request.id }, 'A look-up failed for a reason of ours');
  }
  core.store.addRequests.moveAddRequest(request.id, 'looking_up', 'failed', { errorMessage: messageOf(error) });
};

const run = async (core: Core, request: AddRequest): Promise<void> => {
  try {
    await lookUp(core, request);
    core.tries.delete(request.id);
  } catch (error) {
    try {
      // On a full disk nothing has failed: it is looked up again when what it finds can be written down.
      if (error instanceof AppError && error.code === 'no_space') throw error;
      settle(core, request, error);
    } catch (refusal) {
      core.log.error({ err: refusal, request: request.id }, 'What became of a look-up could not be written down');
      pause(core, request, REFUSED_PAUSE_MS);
    }
  } finally {
    core.running.delete(request.id);
    pump(core);
  }
};

/** Begins look-ups, a few at once. */
const pump = (core: Core): void => {
  const { running, paused, shutdown, store } = core;
  if (shutdown.signal.aborted) return;
  try {
    for (const request of store.addRequests.addRequestsIn('looking_up')) {
      if (running.size >= LOOKUPS_AT_ONCE) return;
      if (!running.has(request.id) && !paused.has(request.id)) running.set(request.id, run(core, request));
    }
  } catch (error) {
    // Called by timers and at the end of look-ups, where nobody could catch it. The next request looks again.
    core.log.error({ err: error }, 'The requests could not be looked at');
  }
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
  if (moved) pump(core);
  return moved;
};

/** Everything from a reference in a chat to a model row: durable look-ups, pickers, insertion. */
export const createAdding = (deps: AddingDeps): Adding => {
  const core: Core = {
    ...deps,
    shutdown: new AbortController(),
    running: new Map(),
    paused: new Map(),
    tries: new Map(),
  };
  const { addRequests } = deps.store;
  return {
    request: (input) => {
      parseRepoRef(input.ref, deps.hubHosts);
      const { request, created } = addRequests.createAddRequest({ ...input, options: { ...input.options } });
      if (created) pump(core);
      return request;
    },
    choose: (requestId, choice) => choose(core, requestId, choice),
    withoutUnsafe: (requestId) => withoutUnsafe(core, requestId),
    drop: (requestId) =>
      addRequests.moveAddRequest(requestId, 'choosing', 'cancelled') ||
      addRequests.moveAddRequest(requestId, 'looking_up', 'cancelled'),
    again: (requestId) => {
      const moved = addRequests.moveAddRequest(requestId, 'failed', 'looking_up', { errorMessage: null });
      if (moved) pump(core);
      return moved;
    },
    start: () => pump(core),
    close: async () => {
      core.shutdown.abort(new Error('shutdown'));
      for (const timer of core.paused.values()) clearTimeout(timer);
      await Promise.all(core.running.values());
    },
  };
};
