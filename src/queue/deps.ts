import type { App } from '../domain/apps/app.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Source } from '../sources/port.ts';
import type { Quotas } from '../people/quotas.ts';
import type { Store } from '../store/store.ts';
import type { Executor } from '../copies/executor.ts';
import type { Hosts } from '../copies/hosts.ts';
import type { RunEnd } from './run/run-end.ts';

/** What the queue is made of. */
export interface QueueParts extends Omit<QueueDeps, 'copies'> {
  /** Who carries out what is wanted, on this machine and on others. */
  readonly hosts: Hosts;
}

/** What all parts of the queue work with. */
export interface QueueDeps {
  readonly store: Store;
  readonly source: Pick<Source, 'inspect'>;
  readonly copies: Executor;
  /** Programs beside hubgram, as the configuration names them. */
  readonly apps: readonly App[];
  /** What people and groups may have. */
  readonly quotas: Pick<Quotas, 'heldBack' | 'areLimited' | 'refusalOf' | 'checkReturn' | 'bytesLeftFor'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told what became of each model of a run, once that is written down. Must not throw. */
  readonly onEnded?: (end: RunEnd) => void;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
}

export interface QueueOptions {
  /** Models downloaded at once, 0 for none; asked at each claim, so it may change. */
  readonly concurrency: () => number;
  /** Automatic retries of one session: 5 means six tries. */
  readonly maxRetries: () => number;
  /** What must stay free on the disk, in bytes. */
  readonly minFreeBytes: () => number;
  /** What all models may take together, in bytes; undefined = no limit. */
  readonly maxTotalBytes: () => number | undefined;
}
