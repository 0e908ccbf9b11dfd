import type { Api } from 'grammy';
import { type BoardDeps, startBoard } from './board/board.ts';
import { startClearing } from './clearing/clearing.ts';
import { startFileSending } from './outbox/files/send-files.ts';
import { type SendTalksDeps, startTalkSending } from './outbox/talks/send-talks.ts';
import type { SendFilesDeps } from './outbox/files/progress.ts';
import type { SentMessages } from './clearing/sent-messages.ts';
import { type OutboxDeps, startOutbox } from './outbox/outbox.ts';
import { abortableCalls } from './telegram/abortable-calls.ts';
import { countIn } from './telegram/call-budget.ts';
import { secondTry } from './telegram/simpler-message.ts';
import { writtenFirst } from './telegram/written-first.ts';

interface UnaskedDeps extends Omit<BoardDeps & OutboxDeps & SendFilesDeps & SendTalksDeps, 'api'> {
  readonly sent: SentMessages;
}

/** Cards, notices, and what goes again. */
export interface Unasked {
  /** Looks at once at what is to be drawn and said. */
  readonly poke: () => void;
  /** Calls that hang are broken off soon. */
  readonly breakOffSoon: () => void;
  /** Draws the cards once more and stops. */
  readonly close: () => Promise<void>;
}

/**
 * What the bot says without being asked, and what it takes back.
 * @param api for this alone: it gets what these calls need
 */
export const startUnasked = (api: Api, deps: UnaskedDeps): Unasked => {
  const { store, budget, clock, sent } = deps;
  const calls = abortableCalls();
  api.config.use(writtenFirst(store), calls.transformer, secondTry(countIn(budget, clock)), sent.transformer());
  const board = startBoard({ ...deps, api });
  const outbox = startOutbox({ ...deps, api });
  const files = startFileSending({ ...deps, api });
  const talks = startTalkSending({ ...deps, api });
  const clearing = startClearing({ ...deps, api });
  return {
    poke: () => {
      board.poke();
      outbox.poke();
      files.poke();
      talks.poke();
    },
    breakOffSoon: calls.breakOffSoon,
    close: async () => {
      await Promise.all([outbox.close(), files.close(), talks.close(), board.close(), clearing.close()]);
      calls.close();
    },
  };
};
