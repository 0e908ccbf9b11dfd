import { assert } from '../../lib/assert.ts';
import { forEachLimit } from '../../lib/async/for-each-limit.ts';
import type { Wish } from '../wire/jobs.ts';
import { createRun, type Run, type RunAsked, type RunDeps } from './run.ts';

export interface RunStarted<Answer> {
  /** Rejects with an AppError, or with the signal's reason. While the host or Redis is away, it does neither. */
  readonly done: Promise<Answer>;
  readonly setWish: (wish: Wish) => void;
}

/** What the bot wants of a host that takes its time. What Redis forgets is put there again from here. */
export interface RunDesk {
  readonly start: <Asked extends object, Answer extends object>(run: RunAsked<Asked, Answer>) => RunStarted<Answer>;
  /** Does what there is to do: for one run, or for all. @throws when Redis is away */
  readonly look: (id?: string) => Promise<void>;
  /** Puts all that is wanted there, if Redis has forgotten it. @throws when Redis is away */
  readonly restoreWishes: () => Promise<void>;
  /**
   * Takes back what earlier processes of the bot have wanted, and nobody does any more.
   * @param which of all these; by their names
   * @throws when Redis is away
   */
  readonly takeBackOthers: (which?: (id: string) => boolean) => Promise<void>;
}

const LOOKS_AT_ONCE = 16;

/** Nothing runs at first. Whoever makes it has it look every second or so, and when something has ended. */
export const createRunDesk = (deps: RunDeps): RunDesk => {
  const { wishes, nudge } = deps;
  const runs = new Map<string, Run>();
  /** Told to end, and not ended yet. */
  const stopping = new Set<Run>();

  const poke = (run: Run | undefined): void => {
    // It is looked at again every second.
    run?.look().catch(() => undefined);
  };
  const start: RunDesk['start'] = (asked) => {
    const { id, signal } = asked;
    const { promise: done, resolve, reject } = Promise.withResolvers<never>();
    assert(!runs.has(id), 'a run is started that runs already');
    const run = createRun(deps, asked, {
      mayBegin: () => !stopping.values().some((one) => one.id === id),
      onSettled: () => {
        if (runs.get(id) === run) runs.delete(id);
        // Whoever has asked for the same meanwhile has waited for this.
        if (stopping.delete(run)) poke(runs.get(id));
      },
      resolve: (answer) => resolve(answer as never),
      reject,
    });
    const abort = (): void => {
      if (runs.get(id) !== run) return;
      runs.delete(id);
      stopping.add(run);
      poke(run);
    };
    runs.set(id, run);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else poke(run);
    return {
      done,
      setWish: (wish) => {
        run.setWish(wish);
        poke(run);
      },
    };
  };

  return {
    start,
    look: async (id) => {
      const all = [...stopping, ...runs.values()];
      const some = id === undefined ? all : all.filter((run) => run.id === id);
      await wishes.takeBack((one) => runs.has(one));
      // It was stopped while the host was away, and has ended now that it is back.
      if (id !== undefined && some.length === 0) await wishes.takeAway(id);
      await forEachLimit(some, LOOKS_AT_ONCE, (run) => run.look());
    },
    restoreWishes: () => wishes.restore(runs.values().map((run) => [run.id, JSON.stringify(run.wish())] as const)),
    takeBackOthers: async (which = () => true) => {
      const others = (await wishes.list()).filter((id) => !runs.has(id) && which(id));
      for (const id of others) await wishes.takeAway(id);
      if (others.length > 0) nudge();
    },
  };
};
