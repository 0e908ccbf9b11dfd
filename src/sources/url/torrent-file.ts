import { AppError } from '../../domain/errors.ts';
import type { FileFound } from './file.ts';
import { follow, readBody, type UrlSourceOptions } from './follow.ts';

/** As far as a server tells: some send them as bytes of no kind. */
const isNamedSo = (url: URL, { header }: FileFound): boolean =>
  /^\s*application\/x-bittorrent/i.test(header('content-type') ?? '') ||
  /\.torrent$/i.test(url.pathname) ||
  /\.torrent["']?\s*(?:;|$)/i.test(header('content-disposition') ?? '');

/** A torrent is a dictionary (BEP 3). */
const DICTIONARY = 'd'.charCodeAt(0);

/** @returns undefined: it is longer, or something else */
const readDictionary = async (
  options: UrlSourceOptions,
  url: URL,
  most: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> => {
  const followed = await follow(options, url, {}, signal);
  if (followed.answer.status === 200) return readBody(followed, most, ([first]) => first === DICTIONARY);
  followed.answer.discard();
  return undefined;
};

/**
 * Whether a file is that of a torrent, by what its server says of it and by what stands in it.
 * @returns its magnet link; undefined: it is some other file, or nobody takes torrents
 * @throws AppError as `follow`; the signal's reason
 */
export const torrentIn = async (
  options: UrlSourceOptions,
  url: URL,
  found: FileFound,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { torrents } = options;
  if (!torrents || !isNamedSo(url, found) || (found.size ?? 0) > torrents.bytesMost) return undefined;
  const bytes = await readDictionary(options, url, torrents.bytesMost, signal);
  if (!bytes) return undefined;
  try {
    return await torrents.keep(bytes);
  } catch (error) {
    // What only looks like one is a file like any other.
    if (error instanceof AppError && error.code === 'validation') return undefined;
    throw error;
  }
};
