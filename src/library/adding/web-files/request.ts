import { refuse } from '../../../domain/errors.ts';
import { THIS_HOST } from '../../../domain/hosts/host.ts';
import type { AddOptions } from '../../../domain/repo/add-options.ts';
import {
  isKeptAddress,
  keptAddress,
  nameByKind,
  readKeptAddress,
  type TelegramFile,
} from '../../../domain/repo/kept-file.ts';
import { isMagnet } from '../../../domain/repo/magnet.ts';
import { safePart, shownAddress, webAddressIn, webFileParts } from '../../../domain/repo/web-file.ts';
import type { PersonalTokens } from '../../../people/tokens/personal-tokens.ts';
import type { NewAddRequest } from '../../../store/downloads/add-requests.ts';
import type { Store } from '../../../store/store.ts';
import { categoryCalled } from '../../categories.ts';

/** Options that are for files from web addresses, and those that are for repositories. */
const OF_WEB_FILES = ['name', 'sha256', 'as'] as const;
const OF_REPOS = ['quantize', 'revision'] as const;
/** A torrent is a folder with files, and has hashes of its own. */
const OF_TORRENTS = ['include', 'exclude'] as const;

interface AddressDeps {
  readonly store: Store;
  readonly tokens: Pick<PersonalTokens, 'sealAddress'>;
  readonly hubHosts: readonly string[];
}

const refuseOptions = (options: AddOptions, keys: readonly (keyof AddOptions)[], why: string): void => {
  const given = keys.find((key) => options[key] !== undefined);
  if (given !== undefined) refuse(`${given}= ${why}`);
};

/** @throws AppError validation: the chat has no such category */
const withCategory = (store: Store, { chatId, options }: NewAddRequest): AddOptions =>
  options.category === undefined
    ? options
    : { ...options, category: categoryCalled(store, chatId, options.category).name };

/** @throws AppError validation: an option that means nothing for a file that was sent */
const keptOptions = (options: AddOptions, url: string): AddOptions => {
  const why = 'is for repositories. A file that was sent takes name=, category= and sha256=.';
  refuseOptions(options, [...OF_REPOS, ...OF_TORRENTS], why);
  return { ...options, url };
};

/** Of a document that the bot has sent itself: by its hash it is found where it lies. */
const sha256Of = (
  { fileSends }: Store,
  sent: { readonly botId: number; readonly fileId: string },
): string | undefined => {
  const etag = fileSends.etagOf(sent);
  return etag !== undefined && /^[0-9a-f]{64}$/.test(etag) ? etag : undefined;
};

const ONLY_HERE =
  'Files from web addresses, torrents and what is sent to be kept come onto the machine that I run on. Leave out on=.';

const isElsewhere = ({ hostId = THIS_HOST }: AddOptions): boolean => hostId !== THIS_HOST;

/** A file that somebody has sent to the bot, and wants to be kept. */
export interface KeepInput extends Omit<NewAddRequest, 'ref' | 'quiet'> {
  /** The number of the bot at Telegram. */
  readonly botId: number;
  readonly file: TelegramFile;
}

/**
 * The request for a file that was sent: what it is called stands in the place of what others type.
 * @throws AppError validation: the chat has no such category, or an option means nothing for it
 */
export const keptRequest = (store: Store, { botId, file, ...input }: KeepInput): NewAddRequest => {
  const url = keptAddress({ botId, fileUniqueId: file.fileUniqueId });
  if (!readKeptAddress(url)) refuse('Telegram describes that file in a way that is not known here.', 'integrity');
  if (isElsewhere(input.options)) refuse(ONLY_HERE);
  const ref = safePart(input.options.name ?? '') ?? safePart(file.fileName ?? '') ?? nameByKind(file);
  const options = keptOptions(withCategory(store, { ...input, ref }), url);
  const sha256 = options.sha256 ?? sha256Of(store, { botId, fileId: file.fileId });
  // Telegram gives it for an hour at least, and whoever hands it over does not mean the night, unless they say later.
  const { when = 'now' } = input.options;
  return { ...input, ref, options: { ...options, when, ...(sha256 === undefined ? {} : { sha256 }) } };
};

/**
 * A request as it is kept: of a web address stands in its text what may be shown, and in its options the whole. The name that a file
 * from a web address has in this library means its address.
 * @throws AppError validation: an address that is none of a file, or options that mean nothing for it
 */
export const withWebAddress = (
  { store, tokens, hubHosts: hosts }: AddressDeps,
  input: NewAddRequest,
): NewAddRequest => {
  const { ref, chatId } = input;
  const options = withCategory(store, input);
  const known = webFileParts(ref.trim()) ? store.models.findModels(chatId, ref.trim())[0]?.sourceUrl : undefined;
  if (webFileParts(ref.trim()) && typeof known !== 'string')
    refuse(
      'A file is added by its web address: https://… That is the name of one in the folder for files, and not of one in this library.',
    );
  if (typeof known === 'string' && isKeptAddress(known)) {
    if (isElsewhere(options)) refuse(ONLY_HERE);
    return { ...input, options: keptOptions(options, known) };
  }
  const url = webAddressIn(known ?? ref, hosts)?.href;
  if (url !== undefined && isElsewhere(options)) refuse(ONLY_HERE);
  if (url === undefined) {
    refuseOptions(
      options,
      OF_WEB_FILES,
      'is for a file at a web address. A repository has its names and hashes from the Hub.',
    );
    return { ...input, options };
  }
  if (isMagnet(url))
    refuseOptions(
      options,
      [...OF_REPOS, 'sha256', 'as'],
      'is not for torrents. Behind one may stand include=, exclude=, name= and category=.',
    );
  else
    refuseOptions(
      options,
      // What lies at such an address may be a torrent, of which a part is wanted.
      /\.torrent$/i.test(new URL(url).pathname) ? OF_REPOS : [...OF_REPOS, ...OF_TORRENTS],
      'is for repositories. Behind an address may stand name=, category= and sha256=.',
    );
  return { ...input, ref: shownAddress(url), options: { ...options, url: tokens.sealAddress(url) } };
};
