import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor } from '../../src/copies/executor.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { receiving } from '../telegram/made-up-copies.ts';

/** Of one model, at least and at most. */
const TAKES_MS = [500, 3000] as const;

/** Comes at an even speed, and stops where it is told to. @param placeOf where it lies then */
export const pretending =
  (placeOf: (job: Parameters<Executor['start']>[0]) => string): Executor['start'] =>
  (job, signal) => {
    const total = job.files.reduce((sum, { size }) => sum + size, 0);
    const [least, most] = TAKES_MS;
    const takesMs = least + Math.random() * (most - least);
    const since = clock.monotonic();
    const part = (): number => Math.min(1, (clock.monotonic() - since) / takesMs);
    return {
      state: () => receiving(total, Math.floor(total * part()), clock.monotonic()),
      setLimit: () => undefined,
      done: sleep(takesMs, { snapshotPath: placeOf(job), bytesReceived: total }, { signal }).catch(() => {
        throw signal.reason;
      }),
    };
  };
