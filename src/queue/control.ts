import { copyKeyOf } from '../domain/copy.ts';
import type { ModelStatus, StatusWord } from '../domain/states/model.ts';
import { countOneByOne } from '../lib/async/slices.ts';
import { type Clock, toIso } from '../lib/clock.ts';
import type { Keeping } from '../store/removals/moves.ts';
import type { Store } from '../store/store.ts';
import { briefIn, type Change, changeModel, hadOf, type Renewal } from './change.ts';
import type { Removals } from './removals.ts';
import type { CopyRun } from './run/copy-run.ts';

/** `now` passes the gate of a schedule, `later` waits for one, or for a person; without either, as it was. */
export type When = 'now' | 'later' | undefined;

/**
 * What people do to downloads. Each is one legal move of one row: `true` means this call did it, `false` that it made
 * no sense (any more), so that a button pressed twice, or by two people at once, does the right thing once.
 */
export interface Control {
  /** What has arrived is kept. */
  readonly pause: (id: number) => boolean;
  /** Goes on with what was paused, or begins what was cancelled anew, in a new session. */
  readonly resume: (id: number, when?: When) => boolean;
  /**
   * The session is cancelled, what has arrived and nobody else needs is dropped, the model is paused. What was being changed, brought
   * up to date or moved is complete as it was instead, also if that had failed.
   */
  readonly cancel: (id: number) => boolean;
  /** A failed model is tried again, in a new session. */
  readonly retry: (id: number, when?: When) => boolean;
  /** A waiting model passes the gate and skips its back-off. */
  readonly startNow: (id: number) => boolean;
  /** A completed or failed model is brought to a newer commit, or to the same one again. */
  readonly renew: (id: number, renewal: Renewal) => boolean;
  /** A model is to have other files of its repository, or those of another revision. @throws AppError integrity */
  readonly change: (id: number, change: Change) => boolean;
  /**
   * Fetches again what something else has removed of a completed model: at once, or, if nobody has asked for it, when its chat's
   * schedule lets it.
   */
  readonly restore: (id: number, isAsked?: boolean) => boolean;
  /**
   * Switches models on or off: what is off stays in its library and is passed over. What runs of it stops and keeps what has
   * arrived. @returns for how many that is new
   */
  readonly setEnabled: (ids: readonly number[], isEnabled: boolean) => number;
  /** Pauses all of a chat's downloads, those that wait too, one after the other. @returns how many */
  readonly pauseAll: (chatId: number) => Promise<number>;
  /** Resumes what a chat has paused, save what was cancelled. @returns how many */
  readonly resumeAll: (chatId: number) => Promise<number>;
  /** The owner holds every download of every chat, also over restarts. False if it is so already. */
  readonly hold: () => boolean;
  readonly unhold: () => boolean;
  readonly isHeld: () => boolean;
  /**
   * Removes a model from its chat's library and stops its download. It can be brought back for a while; then what nobody
   * has or wants any more goes from the disk: what has arrived of it, and what is complete as far as that was asked for.
   * @returns false if the model had gone already
   */
  readonly remove: (id: number, keeping: Keeping) => boolean;
}

export interface ControlDeps {
  readonly store: Store;
  readonly removals: Pick<Removals, 'begin'>;
  readonly clock: Clock;
  /** The run in which a model is. */
  readonly runOf: (id: number) => Pick<CopyRun, 'leave'> | undefined;
  /** There may be something new to claim. */
  readonly claim: () => void;
  /** Something was removed. */
  readonly lookAtRemoved: () => void;
}

/** The system configuration key that says whether the owner holds everything. */
const HELD = 'paused_all';

/** Whether an owner holds every download. */
export const isHeld = (store: Store): boolean => store.config.getSystemConfig(HELD) === 'true';

/** @returns false if it is not in that state any more */
const standStill = (store: Store, id: number, from: 'pending' | 'downloading'): boolean => {
  const { models, sessions } = store;
  const [last] = sessions.getDownloadHistory(id, 1);
  if (last?.status !== 'cancelled') return models.moveModel(id, from, 'paused');
  // What was cancelled was taken back, and it was asked for anew since: it is not to be taken for cancelled.
  return store.atomically(() => {
    const moved = models.moveModel(id, from, 'paused');
    if (moved) sessions.createDownloadSession(id);
    return moved;
  });
};

const pause = ({ store, runOf }: ControlDeps, id: number): boolean => {
  if (standStill(store, id, 'pending')) return true;
  // The row first, then the run: when the run settles, it finds the row moved and leaves it.
  if (!standStill(store, id, 'downloading')) return false;
  void runOf(id)?.leave(id, 'pause');
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
 * A paused model can be cancelled as well: then only the session and the bytes go. One that has never begun gets a session
 * too, so that it is known to be cancelled and not just paused. What has a copy all the same is what it was again; that takes back
 * what has failed, too.
 */
const endSession = ({ store }: ControlDeps, id: number): boolean =>
  store.atomically(() => {
    const { models, sessions, copies } = store;
    const model = models.getModel(id);
    if (!model || model.status === 'completed') return false;
    const { status, wantsCopyId } = model;
    const isOver = status === 'failed' || models.isCancelled(id);
    const open = sessions.openSession(id);
    const isBack = models.takeBack(id);
    if (isOver && !isBack) return false;
    const session = open ?? (isBack ? undefined : sessions.createDownloadSession(id));
    if (session) sessions.updateDownloadSession(session.id, 'cancelled', { bytesDownloaded: 0 });
    if (!isBack && status !== 'paused') models.moveModel(id, status, 'paused');
    copies.giveUp(wantsCopyId, 'nothing');
    // What was paused has not moved, and its card shows something else now.
    models.updateModelDetails(id, {});
    return true;
  });

const cancel = (deps: ControlDeps, id: number): boolean => {
  if (!endSession(deps, id)) return false;
  void deps.runOf(id)?.leave(id, 'cancel');
  deps.removals.begin();
  return true;
};

const remove = ({ store, runOf, lookAtRemoved, claim }: ControlDeps, id: number, keeping: Keeping): boolean => {
  // The row first: whatever ends the program, it is removed, and what it had is kept until its time is over.
  if (!store.removedModels.removeAndKeep(id, keeping)) return false;
  void runOf(id)?.leave(id, 'pause');
  // Something may wait for its room.
  lookAtRemoved();
  // Whoever had it may have something else in its place.
  claim();
  return true;
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
  // Who has asked for access wants it tried, by the rule by which it would have started.
  const isForAccess = reason === 'backoff' && store.sessions.openSession(id)?.metadata?.access !== undefined;
  store.models.updateModelDetails(id, {
    ...(isForAccess ? {} : { runNow: true }),
    notBefore: null,
    ...(keepsPlace ? {} : { statusReason: null }),
  });
  claim();
  return true;
};

const renew = ({ store, claim, removals }: ControlDeps, id: number, renewal: Renewal): boolean => {
  const { commitSha, files, sizeBytes } = renewal;
  const renewed = store.atomically(() => {
    const model = store.models.getModel(id);
    if (model?.status !== 'completed' && model?.status !== 'failed') return false;
    const { status, wantsCopyId: wantedBefore } = model;
    const had = hadOf(model);
    // What is noted of it on the way goes with the newer commit, if somebody takes that back.
    if (had) store.models.updateModelDetails(id, { metadata: { ...model.metadata, had } });
    const wantsCopyId = store.copies.want(copyKeyOf({ ...model, commitSha }), { files, sizeBytes });
    store.copies.wantAnew(wantsCopyId);
    store.models.moveModel(id, status, 'pending', { toEnd: true, wantsCopyId, sizeBytes });
    const brief = briefIn(renewal);
    if (brief) store.models.keepFilesInBrief(id, brief);
    // What it has can be loaded until the new one is there; what it could not get is nothing to keep.
    if (wantedBefore !== wantsCopyId) store.copies.giveUp(wantedBefore, 'nothing');
    return true;
  });
  if (!renewed) return false;
  removals.begin();
  claim();
  return true;
};

/** Whoever asks for it wants it now. */
const restore = ({ store, claim }: ControlDeps, id: number, isAsked: boolean): boolean => {
  const restored = store.atomically(() => {
    const model = store.models.getModel(id);
    if (model?.status !== 'completed' || model.filesGone === 0) return false;
    if (model.copyId !== null) store.copies.wantAnew(model.copyId);
    return store.models.moveModel(id, 'completed', 'pending', { toEnd: true, runNow: isAsked });
  });
  if (restored) claim();
  return restored;
};

const setEnabled = ({ store, runOf, claim }: ControlDeps, ids: readonly number[], isEnabled: boolean): number => {
  const changed = store.atomically(() => {
    const others = ids.filter((id) => {
      const model = store.models.getModel(id);
      return model !== undefined && model.enabled !== isEnabled;
    });
    for (const id of others) store.models.updateModelDetails(id, { enabled: isEnabled });
    return others.map((id) => ({ id, stops: !isEnabled && store.models.moveModel(id, 'downloading', 'pending') }));
  });
  for (const { id, stops } of changed) if (stops) void runOf(id)?.leave(id, 'pause');
  if (changed.length > 0) claim();
  return changed.length;
};

/** A chat's models in this state, oldest first. */
const idsIn = ({ store }: ControlDeps, chatId: number, word: StatusWord): number[] =>
  store.models.findLibrary(chatId, { word }).map(({ id }) => id);

/** What runs is stopped by the next claim, which finds everything held. */
const setHeld = ({ store, claim }: ControlDeps, held: boolean): boolean => {
  if (isHeld(store) === held) return false;
  store.config.setSystemConfig(HELD, String(held));
  claim();
  return true;
};

/** What people do to downloads, each as one move of a row. */
export const createControl = (deps: ControlDeps): Control => ({
  pause: (id) => pause(deps, id),
  resume: (id, when) => queue(deps, id, 'paused', when),
  cancel: (id) => cancel(deps, id),
  retry: (id, when) => queue(deps, id, 'failed', when),
  startNow: (id) => startNow(deps, id),
  renew: (id, renewal) => renew(deps, id, renewal),
  change: (id, change) => changeModel(deps, id, change),
  restore: (id, isAsked = true) => restore(deps, id, isAsked),
  setEnabled: (ids, isEnabled) => setEnabled(deps, ids, isEnabled),
  pauseAll: (chatId) =>
    // What waits first, or it would be claimed while others are stopped.
    countOneByOne([...idsIn(deps, chatId, 'pending'), ...idsIn(deps, chatId, 'downloading')], (id) => pause(deps, id)),
  resumeAll: (chatId) =>
    countOneByOne(
      idsIn(deps, chatId, 'paused'),
      (id) => !deps.store.models.isCancelled(id) && queue(deps, id, 'paused', undefined),
    ),
  hold: () => setHeld(deps, true),
  unhold: () => setHeld(deps, false),
  isHeld: () => isHeld(deps.store),
  remove: (id, keeping) => remove(deps, id, keeping),
});
