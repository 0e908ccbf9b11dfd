import type { App } from '../domain/apps/app.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Source } from '../sources/port.ts';
import type { Quotas } from '../people/quotas.ts';
import type { Store } from '../store/store.ts';
import type { Hosts } from '../copies/hosts.ts';
import type { RunEnd } from './run/ending/run-end.ts';

/** What all parts of the queue work with. */
export interface QueueDeps {
  readonly store: Store;
  readonly source: Pick<Source, 'inspect'>;
  /** Who carries out what is wanted, on this machine and on others. */
  readonly hosts: Hosts;
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
  /** Models downloaded at once on a host that has no number of its own, 0 for none; asked at each claim, so it may change. */
  readonly concurrency: () => number;
  /** Automatic retries of one session: 5 means six tries. */
  readonly maxRetries: () => number;
  /** What must stay free on the disk of this machine, in bytes. */
  readonly minFreeBytes: () => number;
  /** What all models may take together on this machine, in bytes; undefined = no limit. */
  readonly maxTotalBytes: () => number | undefined;
}
