import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Log } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';
import type { Places } from './places.ts';

/** Which hosts are there. Nothing tells of it: a host is away when it is not heard of any more. */
export interface Presence {
  /** Notes which are there now, so that nothing is claimed for others. @returns whether that are others than at the last look */
  readonly look: () => boolean;
  /** Whether a look would find others there. */
  readonly hasChanged: () => boolean;
}

interface PresenceDeps {
  readonly store: Pick<Store, 'models' | 'hosts'>;
  readonly places: Pick<Places, 'there'>;
  /** Is told of other machines that were away at the last look, and are there now. */
  readonly onBack: (hostIds: readonly number[]) => void;
  readonly log: Log;
}

/** This machine alone is there until the first look. */
export const createPresence = ({ store, places, onBack, log }: PresenceDeps): Presence => {
  const nameOf = (id: number): string => store.hosts.getHost(id)?.name ?? `host ${id}`;
  let known: readonly number[] = [THIS_HOST];
  return {
    look: () => {
      const there = places.there();
      const away = known.filter((host) => !there.includes(host));
      const back = there.filter((host) => !known.includes(host));
      store.models.setHosts(there);
      known = there;
      for (const id of away) log.warn({ host: nameOf(id) }, 'A host is away: what is wanted of it waits');
      for (const id of back) log.info({ host: nameOf(id) }, 'A host is there: what is wanted of it goes on');
      if (back.length > 0) onBack(back);
      return away.length + back.length > 0;
    },
    hasChanged: () => places.there().join() !== known.join(),
  };
};
