import { setImmediate as breathe } from 'node:timers/promises';
import type { Log } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';
import type { AddressSeals } from './address-seals.ts';

/** So many are sealed before everything else has its turn. */
const AT_ONCE = 200;

/**
 * Seals the keys in addresses that stand in rows in clear, since they come from an earlier version. The database is written anew once
 * then. Without a key for it they stay, and the next start tries again. Never rejects.
 */
export const sealOldAddresses = async (
  { oldAddresses }: Pick<Store, 'oldAddresses'>,
  { sealAddress }: Pick<AddressSeals, 'sealAddress'>,
  log: Log,
): Promise<void> => {
  let sealed = 0;
  try {
    for (;;) {
      const round = oldAddresses.sealNext(sealAddress, AT_ONCE);
      sealed += round.sealed;
      if (round.found === 0) break;
      await breathe();
    }
    if (sealed === 0) return;
    oldAddresses.writeAnew();
    log.info({ addresses: sealed }, 'Keys in addresses were sealed; backups from before hold them as they were');
  } catch (error) {
    log.error({ err: error }, 'Keys in addresses could not be sealed');
  }
};
