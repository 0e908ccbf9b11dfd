/* queue/undo: what was removed is kept for its hour, unless something needs its room. */

import { type Clock, toIso } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { BroughtBack } from '../../store/removals/moves.ts';
import type { Quotas } from '../../people/quotas.ts';
import type { Store } from '../../store/store.ts';
import type { Removals } from '../removals.ts';
import { removalsThatGo } from './kept-bytes.ts';

/** What was removed can be brought back for a while, unless something waits for its room. */
export interface Undos {
  /** Brings a removed model back, as it was. @throws AppError constraint: whoever wants it may not have more */
  readonly undo: (modelId: number) => BroughtBack;
  /** It is not to be brought back: what goes with it goes now. @returns bytes freed; undefined if it is not kept */
  readonly freeNow: (modelId: number) => Promise<number | undefined>;
  /** To be called about once a second: lets go of what has been kept long enough, or is in the way. */
  readonly tick: () => void;
  /** At a start: what a kill has left in between goes on. */
  readonly recover: () => void;
  /** Lets go of the oldest removal of which something may go from the disk of a host. @returns false if there is none */
  readonly makeRoom: (hostId: number) => Promise<boolean>;
  readonly idle: () => Promise<void>;
}

export interface UndosDeps {
  readonly store: Store;
  readonly quotas: Pick<Quotas, 'checkReturn'>;
  readonly removals: Pick<Removals, 'carryOut' | 'idle' | 'isAnyToDo'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves when the copy is not being got any more; undefined if it is not. */
  readonly runOf: (copyId: number) => Promise<unknown> | undefined;
  /** There may be something new to claim. */
  readonly claim: () => void;
}

/** After a fault of the database, in milliseconds. */
const FAULT_PAUSE_MS = 5000;

const freeNow = async (deps: UndosDeps, modelId: number): Promise<number | undefined> => {
  const { store, removals } = deps;
  const copies = store.removedModels.letGo(modelId);
  if (!copies) return undefined;
  let freed = 0;
  for (const copyId of copies) freed += await removals.carryOut(copyId);
  store.removedModels.setGone(modelId, freed);
  return freed;
};

/** What nobody waits for handles its own errors: the disk may refuse, and the next start goes on with it. */
const freeInBackground = (deps: UndosDeps, modelId: number): Promise<unknown> =>
  freeNow(deps, modelId).catch((error: unknown) =>
    deps.log.error({ err: error, model: modelId }, 'What was removed could not be deleted'),
  );

/** So many removals are let go of at a look: each is a transaction. */
const LET_GO_AT_ONCE = 20;

/** Those that have been kept long enough, and, if something waits for room, those that keep it. */
async function* toLetGo({ store, clock }: UndosDeps): AsyncIterable<number> {
  store.removedModels.beginWaitsAnew();
  yield* store.removedModels.due(toIso(clock.now()), LET_GO_AT_ONCE);
  const hosts = store.models.hostsWithoutRoom();
  if (hosts.length === 0) return;
  let looked = 0;
  for await (const { modelId } of removalsThatGo(store, hosts)) {
    if (looked === LET_GO_AT_ONCE) return;
    looked += 1;
    yield modelId;
  }
}

const makeRoom = async (deps: UndosDeps, hostId: number): Promise<boolean> => {
  const { store, runOf } = deps;
  for await (const { modelId, copies } of removalsThatGo(store, [hostId])) {
    // One whose run has not ended would be waited for, and that run may be waiting for room itself.
    if (copies.some(({ id }) => runOf(id) !== undefined)) continue;
    await freeInBackground(deps, modelId);
    return true;
  }
  return false;
};

/** Nothing happens by itself before the first `tick`. */
export const createUndos = (deps: UndosDeps): Undos => {
  const { store, quotas, removals, clock, log, claim } = deps;
  const busy = new Set<Promise<unknown>>();
  let quietUntil = Number.NEGATIVE_INFINITY;
  const track = (work: Promise<unknown>): void => {
    busy.add(work);
    void work.finally(() => busy.delete(work));
  };
  const look = async (): Promise<void> => {
    try {
      for await (const modelId of toLetGo(deps)) track(freeInBackground(deps, modelId));
    } catch (error) {
      quietUntil = clock.monotonic() + FAULT_PAUSE_MS;
      log.error({ err: error }, 'What was removed could not be looked at');
    }
  };
  return {
    undo: (modelId) => {
      const removed = store.removedModels.getRemoved(modelId);
      if (removed?.state === 'kept') quotas.checkReturn(removed.model, removed.model.copyId !== null);
      const result = store.removedModels.bringBack(modelId);
      if (result === 'undone') claim();
      return result;
    },
    freeNow: (modelId) => freeNow(deps, modelId),
    makeRoom: (hostId) => makeRoom(deps, hostId),
    tick: () => {
      if (clock.monotonic() >= quietUntil) track(look());
    },
    recover: () => {
      store.removedModels.forgetOld(toIso(clock.now()));
      const left = store.removedModels.going();
      const end = removals.idle().then(() => {
        // The disk may have refused: the next look tries again.
        if (!deps.removals.isAnyToDo()) for (const id of left) store.removedModels.setGone(id);
      });
      track(end.catch((error: unknown) => log.error({ err: error }, 'That removals have ended could not be noted')));
    },
    idle: async () => {
      while (busy.size > 0) await Promise.allSettled(busy);
    },
  };
};
