import type { SourceName } from '../copy.ts';
import type { RepoFile } from '../listing.ts';
import type { Model } from '../model.ts';
import { AppError, refuse } from '../errors.ts';
import { SHA256_OF_NOTHING } from '../hashes.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { changeKeys, typedLength } from './address-keys.ts';
import { isKeptAddress } from './kept-file.ts';
import { isMagnet, magnetAddress, readMagnet, shownMagnet } from './magnet.ts';
import { readLink, wordsOf } from './repo-forms.ts';
import { writtenTypeOf } from './source-type.ts';

/**
 * Files that lie at a web address, in no repository. In a library they have ids like those of repositories, by the place that they
 * get below the data folder: `files/<category>/<name>` (docs/decisions/0036). No repository of the Hub has three parts.
 */
const FILES = 'files';

/** One half of it, by the rule for halves of a repository's id: it becomes a folder or a file on any disk. */
const PART = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$/;

const isPart = (text: string): boolean => PART.test(text) && !text.includes('--') && !text.includes('..');

/** Where a file of that id lies below the folder for files; undefined if it is the id of a repository, or of nothing. */
export const webFileParts = (id: string): { readonly category: string; readonly name: string } | undefined => {
  const [first, category = '', name = '', ...more] = id.split('/');
  const isOne = first === FILES && more.length === 0 && isPart(category) && isPart(name);
  return isOne ? { category, name } : undefined;
};

/** As a torrent calls a file: here those of one with several lie in a folder that may have another name. @param id of what is here */
export const pathInTorrent = (id: string, path: string): string => {
  const name = webFileParts(id)?.name ?? '';
  return path.startsWith(`${name}/`) ? path.slice(name.length + 1) : path;
};

/** Where what has this id comes from. */
export const sourceOf = (id: string): SourceName => (webFileParts(id) ? 'url' : 'hub');

/** Whether the server of a file does not say how long it is: until it has come, its length stands as 0, and it is not empty. */
export const isUnsized = ({ size, etag }: Pick<RepoFile, 'size' | 'etag'>): boolean =>
  size === 0 && etag !== SHA256_OF_NOTHING;

/** Whether it is not known how long a model is, since its server does not say. */
export const isOfUnknownSize = ({
  sourceUrl,
  sizeBytes,
  copyId,
}: Pick<Model, 'sourceUrl' | 'sizeBytes' | 'copyId'>): boolean =>
  sourceUrl !== null && sizeBytes === 0 && copyId === null;

/** Names that mean a device to Windows, whatever follows the dot. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const PART_MOST = 96;
/** The longest ending of a name that is kept when it is cut. */
const ENDING_MOST = 16;

const trimmed = (text: string): string => text.replace(/^[.-]+|[.-]+$/g, '');

/**
 * A name that somebody else has given, as one that may be a file's here: no folder of it, no character but letters, digits, `_`,
 * `.` and `-`, not longer than 96.
 * @returns undefined if nothing is left
 */
export const safePart = (text: string): string | undefined => {
  const last = text.normalize('NFKD').split(/[/\\]/).at(-1) ?? '';
  const odd = last
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/-\./g, '.')
    .replace(/\.{2,}/g, '.');
  // In other letters than these: an ending alone is no name.
  const hasLostAll = !last.startsWith('.') && /^\.[A-Za-z0-9]{1,15}$/.test(odd);
  const plain = hasLostAll ? `file${odd}` : trimmed(odd);
  const name = DEVICE.test(plain) ? `file-${plain}` : plain;
  if (name.length <= PART_MOST) return isPart(name) ? name : undefined;
  const at = name.lastIndexOf('.');
  const ending = at > 0 && name.length - at <= ENDING_MOST ? name.slice(at) : '';
  const cut = `${trimmed(name.slice(0, PART_MOST - ending.length))}${ending}`;
  return isPart(cut) ? cut : undefined;
};

/** The n-th name to try for a file, where others have those before it: `a.gguf`, `a-2.gguf`, `a-3.gguf`. */
export const numberedName = (name: string, number: number): string => {
  if (number <= 1) return name;
  const at = name.lastIndexOf('.');
  const [stem, ending] = at > 0 ? [name.slice(0, at), name.slice(at)] : [name, ''];
  const more = `-${number}`;
  return `${trimmed(stem.slice(0, PART_MOST - more.length - ending.length))}${more}${ending}`;
};

/** @param category as people call it; its folder has a plain name */
export const webFileId = (category: string, name: string): string =>
  `${FILES}/${safePart(category) ?? 'custom'}/${name}`;

/** What stands for a secret that was hidden before anything was written down. */
const MASK = '•';
const HIDDEN = MASK.repeat(3);

/** What is said of an address as it is shown and exported. */
export const KEY_MISSING =
  'A part of that address is missing: dots stand where a key was. Use the whole address, with the key in it.';

/** Whether it is one as it is shown, without its keys: nothing can be fetched by it. */
export const lacksKey = (address: string): boolean => address.includes(MASK);

/** Signed addresses of large stores have some two thousand. */
const ADDRESS_MOST = 4000;

/** Pages with a file on them, and where the file itself is. */
const pageSentence = ({ hostname, pathname, origin }: URL): string | undefined => {
  const host = hostname.replace(/^www\./, '');
  const blob = /^\/([^/]+\/[^/]+)\/blob\/(.+)$/.exec(pathname);
  if (host === 'github.com' && blob)
    return `That is GitHub’s page about the file. The file itself is ${origin}/${blob[1]}/raw/${blob[2]}`;
  if (host === 'github.com' && /^\/[^/]+\/[^/]+\/releases(?:\/tag\/.*|\/latest|\/?)$/.test(pathname))
    return 'That is GitHub’s page about a release. Send the link of one of the files below “Assets” on it; it has /releases/download/ in it.';
  if (/^(?:t|telegram)\.(?:me|dog)$/.test(host))
    return 'That is a link into Telegram. Send or forward the file itself to me, and answer it with /keep.';
  if (host === 'civitai.com' && /^\/models\/\d+/.test(pathname))
    return 'That is Civitai’s page about a model. Send the link behind its Download button: https://civitai.com/api/download/models/ and a number.';
  return undefined;
};

const UNDERSTOOD =
  'What can be added: a repository of the Hub (gpt2, org/name, its link), the https address of a file, a torrent (a magnet: link, or its .torrent file as a document), or what you send with /keep under it.';

/** @throws AppError validation */
const checked = (typed: string, scheme: string): URL => {
  if (isKeptAddress(typed.toLowerCase()))
    refuse(
      'That is a file which somebody has sent to a bot, and only that can get it. Send the file, with /keep under it.',
    );
  if (scheme !== 'https' && scheme !== 'http') refuse(`“${shorten(scheme, 20)}:” is not supported. ${UNDERSTOOD}`);
  if (typedLength(typed) > ADDRESS_MOST) refuse(`That address is too long: ${ADDRESS_MOST} characters at most.`);
  const url = /[\s\p{Cc}\p{Cf}\\]/u.test(typed) ? null : URL.parse(typed);
  if (!url || url.hostname === '') refuse(`That is not an address that can be read. ${UNDERSTOOD}`);
  if (url.username !== '' || url.password !== '')
    refuse('An address with a name and a password in it is not taken: they would stand in this chat for everybody.');
  if (lacksKey(typed)) refuse(KEY_MISSING);
  return url;
};

/**
 * The web address of a file that is on no Hub, or the magnet link of a torrent.
 * @param hosts further hosts whose links mean the Hub
 * @returns undefined if the text is none: a name, or a link to the Hub
 * @throws AppError validation: another scheme, a password in it, or a page of which it is known that it is none
 */
export const webAddressIn = (text: string, hosts: readonly string[] = []): URL | undefined => {
  const typed = text.trim();
  if (isMagnet(typed)) return new URL(magnetAddress(readMagnet(typed)));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed) ?? /^(data|javascript|mailto|urn):/i.exec(typed);
  const isBare = scheme?.[0].endsWith('/') === false;
  if (!scheme || (!isBare && readLink(typed, hosts) !== 'host')) return undefined;
  const url = checked(typed, (scheme[1] ?? '').toLowerCase());
  const page = pageSentence(url);
  if (page !== undefined) refuse(page);
  // What stands behind # is for whoever reads a page.
  url.hash = '';
  return url;
};

/** What a text holds of addresses of files on the web, and of torrents. */
export interface WebAddresses {
  /** Each once, as it stands there. */
  readonly addresses: readonly string[];
  /** Why the first of the others is none, in a sentence; undefined: there are no others. */
  readonly refusal: string | undefined;
}

/** Reads the words of a message. @param hosts further hosts whose links mean the Hub */
export const findWebAddresses = (text: string, hosts: readonly string[] = []): WebAddresses => {
  const addresses = new Set<string>();
  let refusal: string | undefined;
  for (const word of wordsOf(text).filter((one) => writtenTypeOf(one) !== undefined)) {
    try {
      if (webAddressIn(word, hosts) !== undefined) addresses.add(word);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refusal ??= error.message;
    }
  }
  return { addresses: [...addresses], refusal };
};

/** Whether a word is the address of a file on the web, or of a torrent. */
export const isWebAddress = (word: string, hosts: readonly string[]): boolean => {
  try {
    return webAddressIn(word, hosts) !== undefined;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
};

/** An address as it may be shown: what may let somebody in, in its parameters, is hidden. */
export const shownAddress = (address: string): string => {
  const url = URL.parse(address);
  if (!url) return address;
  if (isKeptAddress(address)) return address;
  if (isMagnet(address)) return shownMagnet(address);
  url.username = '';
  url.password = '';
  url.hash = '';
  return changeKeys(url.href, () => HIDDEN);
};
