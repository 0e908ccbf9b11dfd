import type { Api } from 'grammy';
import { type BoardDeps, startBoard } from './board/board.ts';
import { type OutboxDeps, startOutbox } from './outbox/outbox.ts';
import { abortableCalls } from './telegram/abortable-calls.ts';
import { countIn } from './telegram/call-budget.ts';
import { secondTry } from './telegram/simpler-message.ts';
import { writtenFirst } from './telegram/written-first.ts';

type UnaskedDeps = Omit<BoardDeps & OutboxDeps, 'api'>;

/** Cards and notices. */
export interface Unasked {
  /** Looks at once at what is to be drawn and said. */
  readonly poke: () => void;
  /** Calls that hang are broken off soon. */
  readonly breakOffSoon: () => void;
  /** Draws the cards once more and stops. */
  readonly close: () => Promise<void>;
}

/**
 * What the bot says without being asked.
 * @param api for this alone: it gets what these calls need
 */
export const startUnasked = (api: Api, deps: UnaskedDeps): Unasked => {
  const { store, budget, clock } = deps;
  const calls = abortableCalls();
  api.config.use(writtenFirst(store), calls.transformer, secondTry(countIn(budget, clock)));
  const board = startBoard({ ...deps, api });
  const outbox = startOutbox({ ...deps, api });
  return {
    poke: () => {
      board.poke();
      outbox.poke();
    },
    breakOffSoon: calls.breakOffSoon,
    close: async () => {
      await Promise.all([outbox.close(), board.close()]);
      calls.close();
    },
  };
};
