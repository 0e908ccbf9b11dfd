import { isKeptAddress } from '../domain/repo/kept-file.ts';
import { isMagnet } from '../domain/repo/magnet.ts';
import type { FillingSource, Questions, Source } from './port.ts';

/** Whoever is asked about what has an address, by what kind of address it is. */
export interface WebFileSources {
  readonly files: Pick<Questions, 'inspect'>;
  readonly torrents: Pick<Questions, 'inspect'> & FillingSource;
  readonly telegram: Pick<Questions, 'inspect'> & FillingSource;
}

const sourceFor = ({ files, torrents, telegram }: WebFileSources, url: string): Pick<Questions, 'inspect'> => {
  if (isKeptAddress(url)) return telegram;
  return isMagnet(url) ? torrents : files;
};

/** The Hub, and beside it what has an address: files on the web, torrents, and files that people have sent to the bot. */
export const withWebFiles = (hub: Source, sources: WebFileSources): Source => ({
  ...hub,
  inspect: (ref, signal, keeps) =>
    (ref.url === undefined ? hub : sourceFor(sources, ref.url)).inspect(ref, signal, keeps),
});

/** Those that bring their bytes themselves, as one. */
export const fillingBy = ({
  torrents,
  telegram,
}: Readonly<Record<'torrents' | 'telegram', FillingSource>>): FillingSource => ({
  fill: (request, signal) => (isKeptAddress(request.url) ? telegram : torrents).fill(request, signal),
  letGo: async (commit) => torrents.letGo?.(commit),
});
