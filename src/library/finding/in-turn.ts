import type { Log } from '../../lib/log.ts';

/** Something that waits, and whose it is. */
interface Waiting {
  readonly id: number;
  readonly chatId: number;
}

interface InTurnDeps<T extends Waiting> {
  /** Of each chat the oldest that waits, but for these. */
  readonly next: (except: readonly number[]) => readonly T[];
  /** Moves it on; what it throws leaves it waiting, and it is left alone for a while. */
  readonly run: (one: T, signal: AbortSignal) => Promise<void>;
  readonly atOnce: number;
  readonly log: Log;
}

export interface InTurn {
  /** Begins what may begin now. */
  readonly pump: () => void;
  readonly close: () => Promise<void>;
}

/** How long the database is left alone that refused, in milliseconds. */
const PAUSE_MS = 5000;
/** Nothing that waits has this id. */
const NOBODY = 0;

/** Runs what waits as rows, a few at once. Chats take turns: however much one asks for, the others wait for one of it. */
export const createInTurn = <T extends Waiting>({ next, run, atOnce, log }: InTurnDeps<T>): InTurn => {
  const shutdown = new AbortController();
  const running = new Map<number, Promise<void>>();
  const paused = new Map<number, NodeJS.Timeout>();
  const turns = new Map<number, number>();
  let turn = 0;

  const pause = (id: number, error: unknown): void => {
    if (shutdown.signal.aborted || paused.has(id)) return;
    log.error({ err: error, id }, 'What was asked for could not be moved on');
    const resume = (): void => {
      paused.delete(id);
      pump();
    };
    paused.set(id, setTimeout(resume, PAUSE_MS));
  };

  const begin = async (one: T): Promise<void> => {
    try {
      await run(one, shutdown.signal);
    } catch (error) {
      pause(one.id, error);
    } finally {
      running.delete(one.id);
      pump();
    }
  };

  const pump = (): void => {
    try {
      while (!shutdown.signal.aborted && running.size < atOnce) {
        const waiting = next([...running.keys(), ...paused.keys()]);
        const [one] = waiting.toSorted((a, b) => (turns.get(a.chatId) ?? 0) - (turns.get(b.chatId) ?? 0));
        if (!one) return;
        turn += 1;
        turns.set(one.chatId, turn);
        running.set(one.id, begin(one));
      }
    } catch (error) {
      // Called at the end of what ran, where nobody could catch it.
      pause(NOBODY, error);
    }
  };

  return {
    pump,
    close: async () => {
      shutdown.abort(new Error('shutdown'));
      for (const timer of paused.values()) clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
};
