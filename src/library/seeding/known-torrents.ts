import { setImmediate as breathe } from 'node:timers/promises';
import { isMagnet, readMagnet } from '../../domain/repo/magnet.ts';
import type { TorrentsKnown } from '../../sources/port.ts';
import type { Store } from '../../store/store.ts';

interface KnownTorrentsDeps {
  readonly store: Pick<Store, 'webFiles'>;
  readonly torrents: TorrentsKnown;
}

/** So many requests are looked at before others get their turn. */
const SLICE = 1000;

const hashIn = (address: string): string | undefined => {
  try {
    return isMagnet(address) ? readMagnet(address).infoHash : undefined;
  } catch {
    // It names none.
    return undefined;
  }
};

/**
 * What is in torrents is kept as long as a copy of theirs is, or what was asked for: it is asked of nobody again then. Whatever else
 * was looked up takes megabytes each.
 * @returns of how many it is not known any more
 */
export const forgetTorrents = async ({ store, torrents }: KnownTorrentsDeps): Promise<number> => {
  const named = new Set(store.webFiles.torrentAddresses().flatMap((address) => hashIn(address) ?? []));
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { addresses, next } = store.webFiles.addressesAsked(after, SLICE);
    for (const address of addresses) {
      const hash = hashIn(address);
      if (hash !== undefined) named.add(hash);
    }
    after = next;
    await breathe();
  }
  return torrents.forget((infoHash) => named.has(infoHash));
};
