import { shorten } from '../../lib/text/shorten.ts';
import { refuse } from '../errors.ts';

/** What a magnet link says (BEP 9): which torrent, what somebody calls it, and who knows its peers. */
export interface Magnet {
  /** SHA-1 of the torrent's `info`, 40 lower-case hex. */
  readonly infoHash: string;
  readonly name: string | undefined;
  /** Addresses of trackers, http, https or udp. They may hold what lets their bearer in. */
  readonly trackers: readonly string[];
}

const SCHEME = /^magnet:/i;
/** Keys that were sealed are longer than they were. */
const LINK_MOST = 8000;
const NAME_MOST = 100;
/** Digits of a hash by which a person tells one from another. */
const HASH_SHOWN = 12;
/** So long is the address of a torrent at most that is kept. */
const KEPT_MOST = 4000;
const TRACKERS_MOST = 20;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** 32 characters of base32 are the 20 bytes of a SHA-1. */
const hexOfBase32 = (text: string): string => {
  let bits = 0n;
  for (const character of text.toLowerCase()) bits = bits * 32n + BigInt(BASE32.indexOf(character));
  return bits.toString(16).padStart(40, '0');
};

const hashIn = (topic: string): string | undefined => {
  const [, hash = ''] = /^urn:btih:(\w+)$/i.exec(topic) ?? [];
  if (/^[0-9a-f]{40}$/i.test(hash)) return hash.toLowerCase();
  return /^[a-z2-7]{32}$/i.test(hash) ? hexOfBase32(hash) : undefined;
};

/** Whether an address is one that a tracker may have. */
const isTracker = (address: string): boolean => {
  const url = URL.parse(address);
  return (
    url !== null && ['http:', 'https:', 'udp:'].includes(url.protocol) && url.hostname !== '' && !/[\s,]/.test(address)
  );
};

/** Whether a text is meant as a magnet link, right or not. */
export const isMagnet = (text: string): boolean => SCHEME.test(text.trim());

const queryOf = (link: string): URLSearchParams => new URLSearchParams(link.slice(link.indexOf('?') + 1));

const hashesIn = (query: URLSearchParams): readonly string[] =>
  query.getAll('xt').flatMap((topic) => hashIn(topic) ?? []);

const nameIn = (query: URLSearchParams): string => (query.get('dn') ?? '').replace(/[\p{C}\p{Z}]+/gu, ' ').trim();

/** @throws AppError validation: it names no torrent */
export const readMagnet = (text: string): Magnet => {
  const typed = text.trim();
  const query = queryOf(typed);
  if (typed.length > LINK_MOST) refuse(`That magnet link is too long: ${LINK_MOST} characters at most.`);
  const topics = query.getAll('xt');
  const [infoHash] = hashesIn(query);
  if (infoHash === undefined)
    refuse(
      topics.some((topic) => /^urn:btmh:/i.test(topic))
        ? 'That magnet link is for BitTorrent 2 only, which is not supported. Send one with xt=urn:btih: and 40 hex digits.'
        : 'That magnet link names no torrent: xt=urn:btih: and 40 hex digits have to stand in it.',
    );
  const name = nameIn(query);
  const trackers = [...new Set(query.getAll('tr'))].filter(isTracker).slice(0, TRACKERS_MOST);
  return { infoHash, name: name === '' ? undefined : shorten(name, NAME_MOST), trackers };
};

/** What a magnet link is called where a person reads it: by its name, or by the beginning of its hash. */
export const magnetLabel = (link: string): string => {
  const query = queryOf(link);
  const name = nameIn(query);
  const hash = hashesIn(query)[0];
  if (name !== '') return `torrent “${shorten(name, NAME_MOST)}”`;
  return hash === undefined ? link : `torrent ${hash.slice(0, HASH_SHOWN)}…`;
};

/** The address of a torrent as it is kept: one form of it, with as many trackers as there is room for. */
export const magnetAddress = ({ infoHash, name, trackers }: Magnet): string => {
  let address = `magnet:?xt=urn:btih:${infoHash}${name === undefined ? '' : `&dn=${encodeURIComponent(name)}`}`;
  for (const tracker of trackers.filter(isTracker).slice(0, TRACKERS_MOST)) {
    const more = `&tr=${encodeURIComponent(tracker)}`;
    if (address.length + more.length <= KEPT_MOST) address += more;
  }
  return address;
};

/** The same as it may be shown: some trackers know their people by their addresses. */
export const shownMagnet = (address: string): string => magnetAddress({ ...readMagnet(address), trackers: [] });
