import { availableParallelism, hostname, loadavg } from 'node:os';
import type { Memory } from '../../domain/memory.ts';

/** A machine on which models are kept, and how it does. */
export interface HostView {
  readonly name: string;
  /** How many programs wanted a processor over the last minute; undefined where nobody counts that. */
  readonly load: number | undefined;
  readonly processors: number;
  /** That hubgram holds, in bytes. */
  readonly residentBytes: number;
  readonly memory: Pick<Memory, 'totalBytes' | 'freeBytes'>;
}

interface HostDeps {
  readonly queue: { readonly memory: () => Promise<Memory> };
}

/** The machine that hubgram itself runs on, asked anew. */
export const lookAtHost = async ({ queue }: HostDeps): Promise<HostView> => {
  const { totalBytes, freeBytes } = await queue.memory();
  return {
    name: hostname(),
    // Windows has no such number, and Node says 0.
    load: process.platform === 'win32' ? undefined : loadavg()[0],
    processors: availableParallelism(),
    residentBytes: process.memoryUsage.rss(),
    memory: { totalBytes, freeBytes },
  };
};
