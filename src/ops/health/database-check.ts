import { isBusy, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../store/store.ts';
import type { Check, Finding } from './health.ts';

export interface DatabaseCheckDeps {
  readonly store: Pick<Store, 'checkWrite'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** However often somebody asks, no more is written: each write is one more for the disk to flush. */
const BELIEVED_MS = 5000;
/** Another program may keep the database for itself for so long: a backup, somebody's look into it. */
const BUSY_MOST_MS = 60_000;

/**
 * Tries a real write. A full or failing disk, or one that may only be read, is somebody's to mend; another program's lock is
 * none of that before it has lasted for a minute.
 */
export const createDatabaseCheck = ({ store, clock }: DatabaseCheckDeps): Check => {
  let known: { readonly finding: Finding; readonly until: number } | undefined;
  let busySince: number | undefined;

  const refused = (error: unknown, now: number): Finding => {
    const message = messageOf(error);
    if (!isBusy(error)) {
      busySince = undefined;
      return { ok: false, message };
    }
    busySince ??= now;
    const isLong = now - busySince >= BUSY_MOST_MS;
    return { ok: !isLong, message: isLong ? `${message} That lasts for more than a minute.` : message };
  };

  const look = (now: number): Finding => {
    try {
      store.checkWrite();
      busySince = undefined;
      return { ok: true, message: 'It can be written to.' };
    } catch (error) {
      return refused(error, now);
    }
  };

  return () => {
    const now = clock.monotonic();
    if (!known || now >= known.until) known = { finding: look(now), until: now + BELIEVED_MS };
    return known.finding;
  };
};
