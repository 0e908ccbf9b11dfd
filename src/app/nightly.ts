import type { Config } from '../config/config.ts';
import { toIso, type WallClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { endLettingGo } from '../library/hosts/joining.ts';
import type { Backups } from '../library/keeping/backups.ts';
import type { Retention } from '../library/keeping/retention.ts';
import { forgetTorrents } from '../library/seeding/known-torrents.ts';
import type { Cleanup } from '../library/storage/cleanup.ts';
import type { Verifying } from '../library/verifying/verifying.ts';
import type { Queue } from '../queue/queue.ts';
import { type Housekeeping, startHousekeeping } from '../schedule/housekeeping.ts';
import type { Settings } from '../settings/settings.ts';
import type { TorrentsKnown } from '../sources/port.ts';
import { DELETABLE_MS } from '../store/messages/clearing.ts';
import type { Store } from '../store/store.ts';

/** Telegram keeps updates for 24 hours: what was handled longer ago cannot come again. */
const UPDATES_KEPT_MS = 48 * 3_600_000;

/** What came when is shown of the last day; a week is there for whoever looks into the database. */
const TRAFFIC_KEPT_MS = 7 * 24 * 3_600_000;

/** Those that have something to do by night. */
export interface House {
  readonly store: Store;
  readonly queue: Pick<Queue, 'lookAfter' | 'remove' | 'cancel'>;
  readonly verifying: Pick<Verifying, 'beginRound'>;
  readonly cleanup: Pick<Cleanup, 'announce'>;
  readonly backups: Pick<Backups, 'beginNightly'>;
  readonly retention: Pick<Retention, 'round'>;
  readonly torrents: TorrentsKnown;
}

interface Around {
  readonly config: Pick<Config, 'timeZone'>;
  readonly settings: Settings;
  readonly clock: WallClock;
  readonly log: Log;
}

/** What is done every night of the configured zone, until it is closed. */
export const keepHouse = (
  { store, queue, verifying, cleanup, backups, retention, torrents }: House,
  { config, settings, clock, log }: Around,
): Housekeeping =>
  startHousekeeping({
    timeZone: config.timeZone,
    clock,
    work: async () => {
      backups.beginNightly();
      await retention.round();
      const updates = store.updates.prune(toIso(clock.now() - UPDATES_KEPT_MS));
      const messages = store.clearing.pruneMessages(toIso(clock.now() - DELETABLE_MS));
      store.watching.pruneTraffic(toIso(clock.now() - TRAFFIC_KEPT_MS));
      store.watching.pruneDiskLevels(toIso(clock.now() - TRAFFIC_KEPT_MS));
      await endLettingGo({ store, queue });
      await queue.lookAfter();
      await cleanup.announce();
      if (settings.system.verify_monthly) verifying.beginRound();
      const forgotten = await forgetTorrents({ store, torrents });
      log.debug({ updates, messages, torrents: forgotten }, 'The nightly round is done');
    },
    onError: (error) => log.error({ err: error }, 'The nightly round failed'),
  });
