/* sources/url: any file on the web: its name, its size, its hash where its neighbours tell one. */

import { AppError } from '../../domain/errors.ts';
import type { HashOrigin, RepoListing } from '../../domain/listing.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import { isUnsized, webAddressIn, webFileParts } from '../../domain/repo/web-file.ts';
import type { LocatedFile, LocateRequest, Questions, Source } from '../port.ts';
import { webFileListing } from '../web-file-listing.ts';
import { hashBeside } from './checksums.ts';
import { type FileFound, findFile, isInState, stateOf } from './file.ts';
import type { UrlSourceOptions } from './follow.ts';
import { nameOfFile } from './name.ts';
import { torrentIn } from './torrent-file.ts';

const SHA256 = /^[0-9a-f]{64}$/;

const addressOf = ({ openAddress }: UrlSourceOptions, text: string | undefined): URL => {
  const url = text === undefined ? undefined : webAddressIn(openAddress(text));
  if (!url) throw new AppError('validation', 'That is the name of a file here. Add it by its web address.');
  return url;
};

/** What the Hub and its mirrors say of a large file, before they send on to where it lies. */
const hashInHeaders = ({ passed, header }: FileFound): string | undefined =>
  [...passed, header].map((of) => (of('x-linked-etag') ?? '').replaceAll('"', '')).find((tag) => SHA256.test(tag));

interface KnownHash {
  readonly hash: HashOrigin;
  readonly sha256: string | undefined;
}

const hashOf = async (
  options: UrlSourceOptions,
  { url, sha256 }: { readonly url: URL; readonly sha256: string | undefined },
  found: FileFound,
  signal: AbortSignal,
): Promise<KnownHash> => {
  if (sha256 !== undefined) return { hash: 'given', sha256 };
  const told = hashInHeaders(found);
  if (told !== undefined) return { hash: 'header', sha256: told };
  const beside = await hashBeside(options, url, signal);
  return beside === undefined ? { hash: 'nobody', sha256: undefined } : { hash: 'beside', sha256: beside };
};

const inspect = async (options: UrlSourceOptions, ref: RepoRef, signal: AbortSignal): Promise<RepoListing> => {
  const url = addressOf(options, ref.url);
  const found = await findFile(options, url, signal);
  const torrent = ref.sha256 === undefined ? await torrentIn(options, url, found, signal) : undefined;
  const { hash, sha256 } = await hashOf(options, { url, sha256: ref.sha256 }, found, signal);
  const commit = stateOf(url.href, sha256, found);
  const name = webFileParts(ref.id)?.name ?? nameOfFile(url, found.url, found.header('content-disposition'));
  const file = { path: name, size: found.size ?? 0, etag: sha256 ?? commit };
  const changed = Date.parse(found.header('last-modified') ?? '');
  return webFileListing(ref, {
    commit,
    lastModified: Number.isNaN(changed) ? undefined : new Date(changed).toISOString(),
    files: [sha256 === undefined ? { ...file, isUnhashed: true } : file],
    webFile: { name, hash, ...(torrent === undefined ? {} : { torrent }) },
  });
};

/** @throws AppError gone: another file lies there by now */
const checkState = (found: FileFound, { commit, webFile }: LocateRequest, address: string): void => {
  if (!webFile) return;
  const isHashed = SHA256.test(webFile.etag);
  // By its hash it is known when it has come; until then its length is all there is to compare.
  const isSame = isHashed || isInState(commit, address, found);
  const isLength = found.size === undefined || found.size === webFile.size || isUnsized(webFile);
  if (isSame && isLength) return;
  throw new AppError('gone', `The file at ${found.url.host} is another one than when it was added.`);
};

const locate = async (options: UrlSourceOptions, request: LocateRequest, signal: AbortSignal): Promise<LocatedFile> => {
  const url = addressOf(options, request.webFile?.url);
  const found = await findFile(options, url, signal);
  checkState(found, request, url.href);
  const { size } = found;
  const etag = request.webFile?.etag ?? '';
  return { url: found.url.href, headers: {}, isForeign: true, etag, size, commit: request.commit };
};

/** What is asked of it; nobody has tokens for it. */
export type WebFileSource = Pick<Questions, 'inspect' | 'locate'> & Pick<Source, 'ofPerson'>;

/** Files at web addresses: each is a repository of one file, with a state instead of a commit. */
export const createUrlSource = (options: UrlSourceOptions): WebFileSource => ({
  inspect: (ref, signal) => inspect(options, ref, signal),
  locate: (file, signal) => locate(options, file, signal),
});
