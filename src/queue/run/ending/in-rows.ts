import { messageOf } from '../../../domain/errors.ts';
import type { Model } from '../../../domain/model.ts';
import type { Store } from '../../../store/store.ts';
import type { QueueDeps } from '../../deps.ts';
import { tellEnded } from './ended.ts';
import type { Endings } from './endings.ts';
import { completeWaiting, writeOutcome } from './outcome.ts';

/** What a run came to, kept until it is rows: a full disk must not lose that, nor how much had come. */
export interface EndingInRows {
  /** @param of the generation of the copy when it began to be got, and what gives back the room that was kept for it */
  readonly write: (endings: Endings, of: EndedRun) => void;
  /** Stopped, or time has passed: the database may take now what it has refused. */
  readonly tryAgain: () => void;
  /** The same, once the database was left alone for a while. @param now of the clock that only goes forward */
  readonly tryWhenDue: (now: number) => void;
  /** The program ends: nobody comes again to try, and the next start finds the rows as they are. */
  readonly isLastTry: () => void;
  readonly isUnwritten: () => boolean;
  /** Why it cannot be written down yet, as a sentence; undefined if that is not so. */
  readonly trouble: () => string | undefined;
  /** Resolves when it is settled what became of all models, `lost` if that could not be written; never rejects. */
  readonly ended: Promise<'settled' | 'no_space' | 'lost'>;
}

interface EndedRun {
  readonly generation: number | undefined;
  readonly giveBack: (() => void) | undefined;
}

interface Unwritten {
  readonly endings: Endings;
  readonly of: EndedRun;
  readonly trouble: string;
  /** Of the clock that only goes forward. */
  readonly tryAt: number;
}

/** How long the database is left alone that refused to take an end, in milliseconds. */
const REFUSED_PAUSE_MS = 5000;

/** Of the copy that a model wants; undefined if it wants none. */
export const generationNow = ({ copies }: Pick<Store, 'copies'>, { wantsCopyId }: Model): number | undefined =>
  wantsCopyId === null ? undefined : copies.getCopy(wantsCopyId)?.generation;

/** @returns how many models became complete besides */
const writeRows = (deps: QueueDeps, first: Model, { settlements, made }: Endings, generation: number | undefined) => {
  const { store, clock } = deps;
  return store.atomically(() => {
    for (const [{ model, session, progress }, settlement] of settlements) {
      progress?.save(clock.monotonic());
      writeOutcome(deps, { model, sessionId: session?.id, ofGeneration: generation }, settlement);
    }
    // Wanted anew meanwhile, it is another one's to say what of it is there.
    const isSame = generationNow(store, first) === generation;
    if (!made || !isSame) return 0;
    if (made.learned && first.wantsCopyId !== null) store.copies.setLearned(first.wantsCopyId, made.learned);
    return completeWaiting(deps, first.wantsCopyId, made);
  });
};

/** @param first the model that the run began with */
export const createEndingInRows = (deps: QueueDeps, first: Model): EndingInRows => {
  const { clock, log } = deps;
  const { promise, resolve } = Promise.withResolvers<'settled' | 'no_space' | 'lost'>();
  let unwritten: Unwritten | undefined;
  let isLast = false;
  const write: EndingInRows['write'] = (endings, of) => {
    let besides: number;
    try {
      besides = writeRows(deps, first, endings, of.generation);
    } catch (error) {
      if (!unwritten)
        log.error({ err: error, copy: first.wantsCopyId }, 'What became of a download could not be written down');
      unwritten = { endings, of, trouble: messageOf(error), tryAt: clock.monotonic() + REFUSED_PAUSE_MS };
      if (isLast) resolve('lost');
      return;
    }
    unwritten = undefined;
    // Until then no row says that its bytes are there.
    of.giveBack?.();
    endings.letGo();
    tellEnded(deps, endings.settlements, besides);
    const isNoSpace = [...endings.settlements.values()].every(({ kind }) => kind === 'no_space');
    resolve(isNoSpace ? 'no_space' : 'settled');
  };
  const tryAgain = (): void => {
    if (unwritten) write(unwritten.endings, unwritten.of);
  };
  return {
    write,
    tryAgain,
    tryWhenDue: (now) => {
      if (unwritten && now >= unwritten.tryAt) tryAgain();
    },
    isLastTry: () => {
      isLast = true;
    },
    isUnwritten: () => unwritten !== undefined,
    trouble: () => unwritten?.trouble,
    ended: promise,
  };
};
