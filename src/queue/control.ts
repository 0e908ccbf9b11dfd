import type { RepoFile } from '../domain/listing.ts';
import type { ModelStatus } from '../domain/states/model.ts';
import { type Clock, toIso } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';
import { filesGone, withoutGone } from './intact.ts';
import type { Partials } from './partials.ts';
import type { DownloadRun } from './run/download-run.ts';

/** `now` passes the gate of a schedule, `later` waits for one, or for a person; without either, as it was. */
export type When = 'now' | 'later' | undefined;

/** A newer revision of what is completed. */
export interface Renewal {
  readonly commitSha: string;
  readonly files: readonly RepoFile[];
  readonly sizeBytes: number;
}

/**
 * What people do to downloads. Each is one legal move of one row: `true` means this call did it, `false` that it made
 * no sense (any more), so that a button pressed twice, or by two people at once, does the right thing once.
 */
export interface Control {
  /** What has arrived is kept. */
  readonly pause: (id: number) => boolean;
  /** Goes on with what was paused, or begins what was cancelled anew, in a new session. */
  readonly resume: (id: number, when?: When) => boolean;
  /** The session is cancelled, what has arrived and nobody else needs is dropped, the model is paused. */
  readonly cancel: (id: number) => boolean;
  /** A failed model is tried again, in a new session. */
  readonly retry: (id: number, when?: When) => boolean;
  /** A waiting model passes the gate and skips its back-off. */
  readonly startNow: (id: number) => boolean;
  /** A completed or failed model is brought to a newer commit, or to the same one again. */
  readonly renew: (id: number, renewal: Renewal) => boolean;
  /** Fetches again what something else has removed of a completed model. */
  readonly restore: (id: number) => boolean;
  /** Pauses all of a chat's downloads, those that wait too. @returns how many */
  readonly pauseAll: (chatId: number) => number;
  /** Resumes what a chat has paused, save what was cancelled. @returns how many */
  readonly resumeAll: (chatId: number) => number;
  /** The owner holds every download of every chat, also over restarts. False if it is so already. */
  readonly hold: () => boolean;
  readonly unhold: () => boolean;
  readonly isHeld: () => boolean;
  /** At a start: deletes what was cancelled and had not been deleted when the program ended. */
  readonly dropLeftOver: () => void;
  /** Before a model is removed: stops what runs, waits for it, drops what has arrived. */
  readonly discard: (id: number) => Promise<void>;
}

export interface ControlDeps {
  readonly store: Store;
  readonly partials: Partials;
  readonly clock: Clock;
  readonly log: Log;
  readonly runOf: (id: number) => DownloadRun | undefined;
  /** There may be something new to claim. */
  readonly claim: () => void;
  /** Room on the disk may have changed as well. */
  readonly wake: () => void;
}

/** The system configuration key that says whether the owner holds everything. */
const HELD = 'paused_all';

export const isHeld = (store: Store): boolean => store.config.getSystemConfig(HELD) === 'true';

const pause = ({ store, runOf }: ControlDeps, id: number): boolean => {
  if (store.models.moveModel(id, 'pending', 'paused')) return true;
  // The row first, then the run: when the run settles, it finds the row moved and leaves it.
  if (!store.models.moveModel(id, 'downloading', 'paused')) return false;
  runOf(id)?.stop('pause');
  return true;
};

/** Waiting again, behind all others. */
const queue = ({ store, claim }: ControlDeps, id: number, from: ModelStatus, when: When): boolean => {
  const moved = store.atomically(() => {
    const model = store.models.getModel(id);
    if (model?.status !== from) return false;
    // From here on it is not cancelled any more, whatever happens to it before its first byte.
    if (store.models.isCancelled(id)) store.sessions.createDownloadSession(id);
    const hasSchedule = store.schedules.getActiveSchedule(model.chatId) !== undefined;
    const onDemand = when === 'later';
    const waits = onDemand || (when !== 'now' && model.scheduled && hasSchedule);
    return store.models.moveModel(id, from, 'pending', {
      toEnd: true,
      runNow: !waits,
      onDemand,
      ...(waits ? { scheduled: !onDemand, reason: 'schedule' as const } : {}),
    });
  });
  if (moved) claim();
  return moved;
};

/**
 * A paused model can be cancelled as well: then only the session and the bytes go.
 * @param isKept the model stays in the library: then one that has never begun gets a session too, so that it is known to
 * be cancelled and not just paused
 */
const endSession = ({ store }: ControlDeps, id: number, isKept: boolean): boolean =>
  store.atomically(() => {
    const open = store.sessions.openSession(id);
    const moved =
      store.models.moveModel(id, 'pending', 'paused') ||
      store.models.moveModel(id, 'downloading', 'paused') ||
      (store.models.getModel(id)?.status === 'paused' && !store.models.isCancelled(id));
    if (!moved) return false;
    const session = open ?? (isKept ? store.sessions.createDownloadSession(id) : undefined);
    if (session) store.sessions.updateDownloadSession(session.id, 'cancelled', { bytesDownloaded: 0 });
    // Written with the move: whatever ends the program before it is done, the next start goes on with it.
    store.files.noteDrop(id);
    // What was paused has not moved, and its card shows something else now.
    store.models.updateModelDetails(id, {});
    return true;
  });

const stopAndDrop = async ({ store, partials, runOf, wake }: ControlDeps, id: number): Promise<void> => {
  const run = runOf(id);
  run?.stop('cancel');
  // Without one, the folder is taken before anything can be begun in it.
  if (run) await run.done;
  const model = store.models.getModel(id);
  // Somebody may have begun it anew while it stopped: then its bytes are wanted, as are those of what is complete.
  if (model && model.status !== 'downloading' && model.status !== 'completed') await partials.drop(model);
  store.files.dropDone(id);
  wake();
};

/** Nobody waits for it. */
const dropSoon = (deps: ControlDeps, id: number): void => {
  stopAndDrop(deps, id).catch((error: unknown) =>
    deps.log.error({ err: error, model: id }, 'What had arrived could not be dropped'),
  );
};

const cancel = (deps: ControlDeps, id: number): boolean => {
  if (!endSession(deps, id, true)) return false;
  dropSoon(deps, id);
  return true;
};

/** Goes on with what an end of the program broke off. */
const dropLeftOver = (deps: ControlDeps): void => {
  try {
    for (const id of deps.store.files.dropsToDo()) dropSoon(deps, id);
  } catch (error) {
    // The next start tries again.
    deps.log.error({ err: error }, 'What is still to be dropped could not be read');
  }
};

const startNow = ({ store, clock, claim }: ControlDeps, id: number): boolean => {
  const model = store.models.getModel(id);
  if (model?.status !== 'pending' || !model.enabled) return false;
  const { statusReason: reason } = model;
  const isHeldBack = store.models.isGateClosed(id, toIso(clock.now()));
  const waits = reason === 'backoff' || reason === 'no_space';
  if (!isHeldBack && !waits) return false;
  // What was interrupted goes on first, and would lose that place with its reason.
  const keepsPlace =
    reason === 'shutdown' || reason === 'interrupted' || reason === 'held' || reason === 'window_closed';
  store.models.updateModelDetails(id, {
    runNow: true,
    notBefore: null,
    ...(keepsPlace ? {} : { statusReason: null }),
  });
  claim();
  return true;
};

const renew = (deps: ControlDeps, id: number, renewal: Renewal): boolean => {
  const { store, claim } = deps;
  const { commitSha, files, sizeBytes } = renewal;
  const renewed = store.atomically(() => {
    const changes = { toEnd: true };
    const moved =
      store.models.moveModel(id, 'completed', 'pending', changes) ||
      store.models.moveModel(id, 'failed', 'pending', changes);
    if (!moved) return false;
    const model = store.models.getModel(id);
    store.models.updateModelDetails(id, { commitSha, sizeBytes, ...(model && { metadata: withoutGone(model) }) });
    store.models.setModelFiles(id, files);
    return true;
  });
  if (renewed) claim();
  return renewed;
};

/** Whoever asks for it wants it now. */
const restore = ({ store, claim }: ControlDeps, id: number): boolean => {
  const restored = store.atomically(() => {
    const model = store.models.getModel(id);
    if (model?.status !== 'completed' || filesGone(model) === 0) return false;
    if (!store.models.moveModel(id, 'completed', 'pending', { toEnd: true, runNow: true })) return false;
    return store.models.updateModelDetails(id, { metadata: withoutGone(model) });
  });
  if (restored) claim();
  return restored;
};

/** A chat's models in any of these states, oldest first. */
const idsIn = ({ store }: ControlDeps, chatId: number, statuses: readonly ModelStatus[]): number[] =>
  statuses
    .flatMap((status) => store.models.listModels(chatId, { status, limit: store.models.countModels(chatId) }))
    .map(({ id }) => id)
    .toSorted((left, right) => left - right);

/** What runs is stopped by the next claim, which finds everything held. */
const setHeld = ({ store, claim }: ControlDeps, held: boolean): boolean => {
  if (isHeld(store) === held) return false;
  store.config.setSystemConfig(HELD, String(held));
  claim();
  return true;
};

export const createControl = (deps: ControlDeps): Control => ({
  dropLeftOver: () => dropLeftOver(deps),
  pause: (id) => pause(deps, id),
  resume: (id, when) => queue(deps, id, 'paused', when),
  cancel: (id) => cancel(deps, id),
  retry: (id, when) => queue(deps, id, 'failed', when),
  startNow: (id) => startNow(deps, id),
  renew: (id, renewal) => renew(deps, id, renewal),
  restore: (id) => restore(deps, id),
  pauseAll: (chatId) => {
    // What waits first, or it would be claimed while others are stopped.
    return [...idsIn(deps, chatId, ['pending']), ...idsIn(deps, chatId, ['downloading'])].filter((id) =>
      pause(deps, id),
    ).length;
  },
  resumeAll: (chatId) =>
    idsIn(deps, chatId, ['paused']).filter(
      (id) => !deps.store.models.isCancelled(id) && queue(deps, id, 'paused', undefined),
    ).length,
  hold: () => setHeld(deps, true),
  unhold: () => setHeld(deps, false),
  isHeld: () => isHeld(deps.store),
  discard: async (id) => {
    endSession(deps, id, false);
    await stopAndDrop(deps, id);
  },
});
