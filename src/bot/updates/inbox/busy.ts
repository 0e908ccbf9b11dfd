import { setTimeout as pass } from 'node:timers/promises';
import { isBusy } from '../../../domain/errors.ts';

/** What is tried costs little, and whoever waits for it goes on so soon after the lock is free. */
const AGAIN_MS = 100;
/** Nobody is told of shorter waits. */
const TELL_AFTER_MS = 2000;

/** @throws AbortError */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export interface BusyOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** It takes long; called once. */
  readonly onLong?: () => void;
  /** Then what it is busy with is not waited for any longer. */
  readonly mostMs?: number;
  readonly sleep?: Sleep | undefined;
}

const sleepIndeed: Sleep = (ms, signal) => pass(ms, undefined, { signal });

/**
 * Does work that writes, again and again as long as another program keeps the database for itself. It has to bear being done
 * twice in part.
 * @throws what else goes wrong; that it is busy, after `mostMs`; AbortError
 */
export const despiteBusy = async <T>(
  work: () => T | Promise<T>,
  { signal, onLong, mostMs = Infinity, sleep = sleepIndeed }: BusyOptions,
): Promise<T> => {
  for (let waitedMs = 0; ; waitedMs += AGAIN_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || waitedMs >= mostMs) throw error;
    }
    if (waitedMs === TELL_AFTER_MS) onLong?.();
    await sleep(AGAIN_MS, signal);
  }
};
