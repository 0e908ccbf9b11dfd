import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from '../domain/errors.ts';

const AGAIN_MS = 100;
/** Nobody is told of shorter waits. */
const TELL_AFTER_MS = 2000;

export interface Patience {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** It takes long; called once. */
  readonly onLong?: () => void;
  /** Then what it is busy with is not waited for any longer. */
  readonly mostMs?: number;
}

/**
 * Does work that writes, again and again as long as another program keeps the database for itself. It has to bear being done
 * twice in part.
 * @throws what else goes wrong; that it is busy, after `mostMs`; AbortError
 */
export const despiteBusy = async <T>(
  work: () => T | Promise<T>,
  { signal, onLong, mostMs = Infinity }: Patience,
): Promise<T> => {
  for (let waitedMs = 0; ; waitedMs += AGAIN_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || waitedMs >= mostMs) throw error;
    }
    if (waitedMs === TELL_AFTER_MS) onLong?.();
    await sleep(AGAIN_MS, undefined, { signal });
  }
};
