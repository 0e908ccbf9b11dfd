import { isMagnet } from '../domain/repo/magnet.ts';
import type { Questions, Source } from './port.ts';

/** The Hub, and beside it files at web addresses, and torrents: what has an address is asked of those. */
export const withWebFiles = (
  hub: Source,
  files: Pick<Questions, 'inspect'>,
  torrents: Pick<Questions, 'inspect'>,
): Source => ({
  ...hub,
  inspect: (ref, signal, keeps) => {
    if (ref.url === undefined) return hub.inspect(ref, signal, keeps);
    return (isMagnet(ref.url) ? torrents : files).inspect(ref, signal, keeps);
  },
});
