/* library/adding/web-files: what is asked for by an address, and what lies there. */

import { createHash } from 'node:crypto';
import { DEFAULT_SELECTION, pathFilter } from '../../../domain/files/selection.ts';
import { aboutOf } from '../../../domain/files/loads/about.ts';
import { whatLoads } from '../../../domain/files/loads/loads.ts';
import { AppError, refuse } from '../../../domain/errors.ts';
import type { RepoFile, RepoListing } from '../../../domain/listing.ts';
import { THIS_HOST } from '../../../domain/hosts/host.ts';
import type { AddOptions } from '../../../domain/repo/add-options.ts';
import { isMagnet, magnetAddress, readMagnet } from '../../../domain/repo/magnet.ts';
import { repoFolderName, type RepoRef } from '../../../domain/repo/repo.ts';
import { numberedName, safePart, shownAddress, webFileId, webFileParts } from '../../../domain/repo/web-file.ts';
import type { PersonalTokens } from '../../../people/tokens/personal-tokens.ts';
import type { Source } from '../../../sources/port.ts';
import type { Queue } from '../../../queue/queue.ts';
import type { SpaceForecast } from '../../../queue/space-forecast.ts';
import type { AddRequest } from '../../../store/downloads/add-requests.ts';
import type { Store } from '../../../store/store.ts';
import { modelIn } from '../../find.ts';
import type { InsertDeps } from '../insertion/insertion.ts';
import { insertLongModel } from '../long-lists.ts';
import { optionsOf } from '../request-selection.ts';

export interface WebFileDeps extends InsertDeps {
  readonly tokens: Pick<PersonalTokens, 'sealAddress'>;
  readonly queue: InsertDeps['queue'] & Pick<Queue, 'wake'>;
  readonly source: Pick<Source, 'inspect'>;
  readonly spaceFor: SpaceForecast['spaceFor'];
  /** Whether something lies already where a file of this folder would go; nothing does if left out. */
  readonly isPathTaken?: ((repoFolder: string) => Promise<boolean>) | undefined;
}

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
const freeId = async ({ store, isPathTaken }: WebFileDeps, category: string, name: string): Promise<string> => {
  for (let number = 1; number <= NUMBERS_MOST; number += 1) {
    const id = webFileId(category, numberedName(name, number));
    if (store.webFiles.hasName(id)) continue;
    if ((await isPathTaken?.(repoFolderName({ type: 'model', id }))) !== true) return id;
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
