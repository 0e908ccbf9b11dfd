import { availableParallelism, hostname, loadavg } from 'node:os';
import type { Memory } from '../../domain/memory.ts';
import type { Clock } from '../../lib/clock.ts';

/** A machine on which models are kept, and how it does. */
export interface HostView {
  readonly name: string;
  readonly uptimeMs: number;
  /** How many programs wanted a processor over the last minute; undefined where nobody counts that. */
  readonly load: number | undefined;
  readonly processors: number;
  /** That hubgram holds, in bytes. */
  readonly residentBytes: number;
  readonly memory: Pick<Memory, 'totalBytes' | 'freeBytes'>;
}

interface HostDeps {
  readonly queue: { readonly memory: () => Promise<Memory> };
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** The machine that hubgram itself runs on. @returns asked anew each time; how long it runs is counted from now on */
export const createHost = ({ queue, clock }: HostDeps): (() => Promise<HostView>) => {
  const startedAt = clock.monotonic();
  return async () => {
    const { totalBytes, freeBytes } = await queue.memory();
    return {
      name: hostname(),
      uptimeMs: clock.monotonic() - startedAt,
      // Windows has no such number, and Node says 0.
      load: process.platform === 'win32' ? undefined : loadavg()[0],
      processors: availableParallelism(),
      residentBytes: process.memoryUsage.rss(),
      memory: { totalBytes, freeBytes },
    };
  };
};
