import { createHash } from 'node:crypto';
import { DEFAULT_SELECTION, pathFilter } from '../../domain/files/selection.ts';
import { aboutOf, whatLoads } from '../../domain/files/loads.ts';
import { AppError, refuse } from '../../domain/errors.ts';
import type { RepoFile, RepoListing } from '../../domain/listing.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { AddOptions } from '../../domain/repo/add-options.ts';
import {
  isKeptAddress,
  keptAddress,
  nameByKind,
  readKeptAddress,
  type TelegramFile,
} from '../../domain/repo/kept-file.ts';
import { isMagnet, magnetAddress, readMagnet } from '../../domain/repo/magnet.ts';
import { repoFolderName, type RepoRef } from '../../domain/repo/repo.ts';
import {
  numberedName,
  safePart,
  shownAddress,
  webAddressIn,
  webFileId,
  webFileParts,
} from '../../domain/repo/web-file.ts';
import type { PersonalTokens } from '../../people/tokens/personal-tokens.ts';
import type { Source } from '../../sources/port.ts';
import type { Queue } from '../../queue/queue.ts';
import type { SpaceForecast } from '../../queue/space-forecast.ts';
import type { AddRequest, NewAddRequest } from '../../store/downloads/add-requests.ts';
import type { Store } from '../../store/store.ts';
import { categoryCalled } from '../categories.ts';
import { modelIn } from '../find.ts';
import type { InsertDeps } from './insert.ts';
import { insertLongModel } from './long-lists.ts';
import { optionsOf } from './request-selection.ts';

export interface WebFileDeps extends InsertDeps {
  readonly tokens: Pick<PersonalTokens, 'sealAddress'>;
  readonly queue: InsertDeps['queue'] & Pick<Queue, 'wake'>;
  readonly source: Pick<Source, 'inspect'>;
  readonly spaceFor: SpaceForecast['spaceFor'];
  /** Whether something lies already where a file of this folder would get its place; nothing does if left out. */
  readonly isPlaceTaken?: ((repoFolder: string) => Promise<boolean>) | undefined;
}

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

/** Where the file of a request is; undefined: it is of a repository. */
export const addressOf = (request: AddRequest): string | undefined => optionsOf(request).url;

const CATEGORIES_BY_ENDING: readonly (readonly [RegExp, string])[] = [
  [/\.gguf$/i, 'text'],
  [/\.(?:jpe?g|png|gif|webp|bmp|tiff?|heic|avif|svg)$/i, 'image'],
  [/\.(?:mp3|m4a|ogg|oga|opus|flac|wav|aac)$/i, 'audio'],
  [/\.(?:mp4|m4v|mov|mkv|webm|avi)$/i, 'video'],
];

/** By its name alone: nobody says what it is for. */
const categoryFor = (name: string): string =>
  CATEGORIES_BY_ENDING.find(([ending]) => ending.test(name))?.[1] ?? 'custom';

const NUMBERS_MOST = 1000;

/** An id that nobody has. @throws AppError constraint: there are too many of that name */
const freeId = async ({ store, isPlaceTaken }: WebFileDeps, category: string, name: string): Promise<string> => {
  for (let number = 1; number <= NUMBERS_MOST; number += 1) {
    const id = webFileId(category, numberedName(name, number));
    if (store.webFiles.hasName(id)) continue;
    if ((await isPlaceTaken?.(repoFolderName({ type: 'model', id }))) !== true) return id;
  }
  throw new AppError('constraint', `There are too many files named ${name}. Choose another one with name=.`);
};

const sameState = ({ webFiles }: Store, url: string, commit: string) =>
  webFiles.copiesFrom(url).find(({ commitSha }) => commitSha === commit);

/** The trackers of both, the newer ones first. */
const withTrackers = (url: string, before: string): string => {
  const [magnet, { trackers }] = [readMagnet(url), readMagnet(before)];
  return magnetAddress({ ...magnet, trackers: [...new Set([...magnet.trackers, ...trackers])] });
};

/**
 * Whoever adds a file again by another address that leads to it, such as a newly signed one, means that it is fetched from there; what
 * is here of it goes on.
 */
const takeAddress = ({ store, log }: WebFileDeps, url: string, commit: string): void => {
  const same = sameState(store, url, commit);
  if (typeof same?.sourceUrl !== 'string' || same.sourceUrl === url) return;
  store.webFiles.setAddress(same.id, isMagnet(url) ? withTrackers(url, same.sourceUrl) : url);
  log.info({ copy: same.id, from: shownAddress(url) }, 'A file is fetched by a newer address from now on');
};

/**
 * The id that it has already: of a copy of the same state of the file, whoever asked for that; or of a model of this chat that had
 * an earlier one, if nobody else has what lies there.
 */
const knownId = ({ store }: WebFileDeps, { chatId }: AddRequest, url: string, commit: string): string | undefined => {
  const same = sameState(store, url, commit);
  if (same) return same.name;
  // What a torrent holds never changes: this is another choice of its files.
  if (isMagnet(url)) return undefined;
  for (const id of store.webFiles.modelsFrom(chatId, url)) {
    const model = modelIn(store, chatId, id);
    const copies = [model?.copyId, model?.wantsCopyId].filter((copyId) => typeof copyId === 'number');
    if (model && !copies.some((copyId) => store.copies.isShared(copyId, id))) return model.name;
  }
  return undefined;
};

const named = (listing: RepoListing, id: string): RepoListing => {
  const name = webFileParts(id)?.name ?? '';
  const pathOf = ({ path }: RepoFile): string => (listing.webFile?.isFolder === true ? `${name}/${path}` : name);
  return {
    ...listing,
    id,
    canonicalId: id,
    files: listing.files.map((file) => ({ ...file, path: pathOf(file) })),
  };
};

/**
 * Of a torrent, the files that are wanted. Others of them are another state of it: they would lie in the same folder.
 * @throws AppError validation: none of them is there
 */
const wantedOf = (listing: RepoListing, { include = [], exclude = [] }: AddOptions): RepoListing => {
  const isWanted = pathFilter({ include, exclude });
  const files = isWanted ? listing.files.filter(({ path }) => isWanted(path)) : listing.files;
  if (files.length === 0) refuse('None of the torrent’s files has such a name. Look at include= and exclude=.');
  if (files.length === listing.files.length) return listing;
  const hash = createHash('sha1').update(listing.commit);
  for (const { path } of files) hash.update(`\n${path}`);
  return { ...listing, files, commit: hash.digest('hex') };
};

/** Of the file of a torrent, what the torrent holds is wanted, if nobody has said otherwise: its magnet link. */
const torrentOf = ({ webFile }: RepoListing, { as, sha256 }: AddOptions): string | undefined =>
  as === undefined && sha256 === undefined ? webFile?.torrent : undefined;

/**
 * Asks the server of a web address, or the peers of a torrent, what lies there, gives that a name here, and makes a model of it.
 * @throws AppError as `inspect` of the source; constraint; the signal's reason
 */
export const lookUpWebFile = async (
  deps: WebFileDeps,
  request: AddRequest,
  url: string,
  signal: AbortSignal,
): Promise<void> => {
  const { sha256, category: asked, name: wanted, details } = optionsOf(request);
  const ref: RepoRef = { type: 'model', id: '', url, ...(sha256 === undefined ? {} : { sha256 }) };
  const seen = await deps.source.inspect(ref, signal);
  const torrent = torrentOf(seen, optionsOf(request));
  if (torrent !== undefined) return lookUpWebFile(deps, request, deps.tokens.sealAddress(torrent), signal);
  const found = wantedOf(seen, optionsOf(request));
  const name = safePart(wanted ?? '') ?? found.webFile?.name ?? 'file';
  const category = details?.category ?? asked ?? categoryFor(name);
  for (;;) {
    const known = knownId(deps, request, url, found.commit);
    const id = known ?? (await freeId(deps, category, name));
    const listing = named(found, id);
    const { files } = listing;
    const space = await deps.spaceFor(listing, files);
    signal.throwIfAborted();
    // Others may have taken the name meanwhile; from here on its row keeps it.
    if (known === undefined && deps.store.webFiles.hasName(id)) continue;
    takeAddress(deps, url, found.commit);
    const insertion = {
      request: { ...request, options: { ...optionsOf(request), category: asked ?? categoryFor(name) } },
      from: 'looking_up',
      listing,
      selection: DEFAULT_SELECTION,
      files,
      sizeBytes: files.reduce((sum, { size }) => sum + size, 0),
      loads: whatLoads({ repoType: 'model', metadata: { ...aboutOf(listing) } }, files),
      ref: { ...ref, id },
      space,
      // They come to the machine of the bot alone.
      target: { hostId: THIS_HOST, isSaid: true },
    } as const;
    await insertLongModel(deps, insertion, signal);
    deps.queue.wake();
    return;
  }
};
