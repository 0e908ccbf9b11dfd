import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Fetch, Source } from '../../sources/port.ts';
import type { Store } from '../../store/store.ts';

/** What all parts of renewals work with. */
export interface RenewalsDeps {
  readonly store: Store;
  readonly source: Source;
  /** How to ask other hosts than the source; without it nobody is told what of an update lies here in chunks. */
  readonly fetch?: Fetch | undefined;
  readonly queue: Pick<Queue, 'renew' | 'change'>;
  /** How often a chat wants it looked, and whether it takes what is newer without being asked. */
  readonly settings: Pick<Settings, 'chat'>;
  readonly clock: Clock;
  readonly log: Log;
}
