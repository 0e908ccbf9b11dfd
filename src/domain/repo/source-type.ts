import { isKeptAddress } from './kept-file.ts';
import { isMagnet } from './magnet.ts';

/** What kind of place a model comes from: the Hub, a web address, a torrent, or a message of Telegram. */
export const SOURCE_TYPES = ['hub', 'direct', 'torrent', 'telegram'] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

/** @param sourceUrl where it comes from; null: the Hub. What is none of these is refused before it is kept. */
export const sourceTypeOf = (sourceUrl: string | null): SourceType => {
  if (sourceUrl === null) return 'hub';
  if (isKeptAddress(sourceUrl)) return 'telegram';
  return isMagnet(sourceUrl) ? 'torrent' : 'direct';
};
