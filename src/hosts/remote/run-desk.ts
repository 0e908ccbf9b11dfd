import { assert } from '../../lib/assert.ts';
import { forEachLimit } from '../../lib/async/for-each-limit.ts';
import { isOfFolder, type Wish } from '../wire/jobs.ts';
import { createEnding, createRun, type Run, type RunAsked, type RunDeps } from './run.ts';

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
  /**
   * Takes back at once what of that writes into a folder of the cache there, and waits until it has ended: it may not write what is about
   * to be deleted. Who asks for the same again is begun anew after that.
   * @throws AppError unavailable: Redis is away
   */
  readonly endOthersIn: (repoFolder: string) => Promise<void>;
}

const LOOKS_AT_ONCE = 16;

type Ending = Pick<Run, 'id' | 'look'>;

interface DeskState {
  /** What is wanted, by its name. */
  readonly runs: ReadonlyMap<string, Run>;
  /** Told to end, and not ended yet. */
  readonly stopping: Set<Ending>;
  readonly isEnding: (id: string) => boolean;
  readonly poke: (run: Ending | undefined) => void;
}

const createEndOthersIn = (deps: RunDeps, { runs, stopping, isEnding, poke }: DeskState): RunDesk['endOthersIn'] => {
  const { queue, wishes } = deps;
  const end = (id: string): Promise<void> =>
    new Promise((resolve) => {
      const ending = createEnding(deps, id, () => {
        stopping.delete(ending);
        poke(runs.get(id));
        resolve();
      });
      stopping.add(ending);
      poke(ending);
    });
  const othersIn = async (repoFolder: string): Promise<string[]> => {
    const found: string[] = [];
    for (const id of await wishes.list())
      if (!runs.has(id) && isOfFolder(await queue.given(id), repoFolder)) found.push(id);
    return found;
  };
  return async (repoFolder) => {
    const others = await othersIn(repoFolder).catch((error: unknown) => {
      throw queue.told(error);
    });
    // Whoever has asked for it meanwhile has it, and waits for the removal himself.
    await Promise.all(others.filter((id) => !runs.has(id) && !isEnding(id)).map(end));
  };
};

/** Nothing runs at first. Whoever makes it has it look every second or so, and when something has ended. */
export const createRunDesk = (deps: RunDeps): RunDesk => {
  const { wishes, nudge } = deps;
  const runs = new Map<string, Run>();
  const stopping = new Set<Ending>();

  const isEnding = (id: string): boolean => stopping.values().some((one) => one.id === id);

  const poke: DeskState['poke'] = (run) => {
    // It is looked at again every second.
    run?.look().catch(() => undefined);
  };
  const start: RunDesk['start'] = (asked) => {
    const { id, signal } = asked;
    const { promise: done, resolve, reject } = Promise.withResolvers<never>();
    assert(!runs.has(id), 'a run is started that runs already');
    const run = createRun(deps, asked, {
      mayBegin: () => !isEnding(id),
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
    endOthersIn: createEndOthersIn(deps, { runs, stopping, isEnding, poke }),
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
