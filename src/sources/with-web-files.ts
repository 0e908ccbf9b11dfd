import {
  type AddressType,
  addressTypeOf,
  BROUGHT_TYPES,
  type BroughtType,
  broughtTypeOf,
} from '../domain/repo/source-type.ts';
import { assert } from '../lib/assert.ts';
import type { FillingSource, Questions, Source } from './port.ts';

/** Whoever is asked about what has an address, by what kind of address it is. */
export type WebFileSources = Readonly<Record<AddressType, Pick<Questions, 'inspect'>>>;

/** The Hub, and beside it what has an address: files on the web, torrents, and files that people have sent to the bot. */
export const withWebFiles = (hub: Source, sources: WebFileSources): Source => ({
  ...hub,
  inspect: (ref, signal, keeps) =>
    (ref.url === undefined ? hub : sources[addressTypeOf(ref.url)]).inspect(ref, signal, keeps),
});

/** Those that bring their bytes themselves, as one. */
export const fillingBy = (sources: Readonly<Record<BroughtType, FillingSource>>): FillingSource => ({
  fill: (request, signal) => {
    const type = broughtTypeOf(request.url);
    assert(type !== undefined, 'a source is to bring what it only locates');
    return sources[type].fill(request, signal);
  },
  letGo: async (commit) => {
    for (const type of BROUGHT_TYPES) await sources[type].letGo?.(commit);
  },
});
