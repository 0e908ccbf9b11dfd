import { isKeptAddress } from './kept-file.ts';
import { isMagnet } from './magnet.ts';

/** What kind of place a model comes from: the Hub, a web address, a torrent, or a message of Telegram. */
export const SOURCE_TYPES = ['hub', 'direct', 'torrent', 'telegram'] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

/** Of what has an address. Whoever does something else for each of them has a table of all. */
export type AddressType = Exclude<SourceType, 'hub'>;

/** Of what people write addresses of. That of a kept file is made here. */
export type WrittenType = Exclude<AddressType, 'telegram'>;

/** How such addresses begin. */
const BEGINNINGS: Readonly<Record<WrittenType, RegExp>> = { direct: /^https?:\/\//i, torrent: /^magnet:\?/i };

/** How any of them begins, to be put into a pattern: whoever looks for addresses in a text looks for all kinds, whichever come. */
export const ADDRESS_BEGIN = `(?:${Object.values(BEGINNINGS)
  .map(({ source }) => source.slice(1))
  .join('|')})`;

/** @returns undefined: it is no address that people write */
export const writtenTypeOf = (text: string): WrittenType | undefined =>
  (Object.keys(BEGINNINGS) as WrittenType[]).find((type) => BEGINNINGS[type].test(text));

/** Of those whose source brings the bytes itself, in place of saying where they lie. */
export const BROUGHT_TYPES = ['torrent', 'telegram'] as const satisfies readonly AddressType[];
export type BroughtType = (typeof BROUGHT_TYPES)[number];

/** @param url where it comes from, as it is kept. What is none of these is refused before. */
export const addressTypeOf = (url: string): AddressType => {
  if (isKeptAddress(url)) return 'telegram';
  return isMagnet(url) ? 'torrent' : 'direct';
};

/** @returns undefined: its source says where it lies */
export const broughtTypeOf = (url: string): BroughtType | undefined => {
  const type = addressTypeOf(url);
  return BROUGHT_TYPES.find((one) => one === type);
};

/** @param sourceUrl where it comes from; null: the Hub */
export const sourceTypeOf = (sourceUrl: string | null): SourceType =>
  sourceUrl === null ? 'hub' : addressTypeOf(sourceUrl);
