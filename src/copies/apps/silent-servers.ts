import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';

/** Asks servers, of which one may have died without a word: then each question waits for nothing. */
export interface SilentServers {
  /**
   * Asks, unless this server has let somebody wait in vain lately.
   * @throws AppError unreachable: not asked; and what the question throws
   */
  readonly ask: <T>(url: string, question: () => Promise<T>) => Promise<T>;
}

/** Whoever refuses says so at once, and may be there again at the next question. */
const SILENT_AFTER_MS = 1000;
/** So long it is not asked again. A program is not started anew in less, and what goes of a library has gone by then. */
const LEFT_ALONE_MS = 30_000;

/** What one machine knows of the servers that it asks. */
export const createSilentServers = ({ monotonic }: Pick<Clock, 'monotonic'>): SilentServers => {
  const leftAloneUntil = new Map<string, number>();
  return {
    ask: async (url, question) => {
      const began = monotonic();
      const until = leftAloneUntil.get(url);
      if (until !== undefined && began < until)
        throw new AppError('unreachable', 'Ollama did not answer a moment ago.');
      leftAloneUntil.delete(url);
      try {
        return await question();
      } catch (error) {
        const isAway = error instanceof AppError && error.code === 'unreachable';
        if (isAway && monotonic() - began >= SILENT_AFTER_MS) leftAloneUntil.set(url, monotonic() + LEFT_ALONE_MS);
        throw error;
      }
    },
  };
};
