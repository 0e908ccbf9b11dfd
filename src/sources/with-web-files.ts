import type { Questions, Source } from './port.ts';

/** The Hub, and beside it files at web addresses: what has an address is asked of those. */
export const withWebFiles = (hub: Source, files: Pick<Questions, 'inspect'>): Source => ({
  ...hub,
  inspect: (ref, signal, keeps) =>
    ref.url === undefined ? hub.inspect(ref, signal, keeps) : files.inspect(ref, signal, keeps),
});
