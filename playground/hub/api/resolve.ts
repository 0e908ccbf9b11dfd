import { type Answer, type Headers, json, redirect, text } from '../http/answer.ts';
import { findRepo, type HubParts, isAnswer, placeAt } from './find-repo.ts';
import { badRequest, badToken, fileMissing, notFound } from './hub-errors.ts';
import type { HubRequest } from '../http/hub-request.ts';
import type { SampleFile } from '../repos/sample-file.ts';
import type { SampleRepo } from '../repos/sample-repo.ts';
import type { IndexedRepo } from '../repos/repo-index.ts';
import type { Place } from '../repos/tree.ts';
import { acceptTerms, hubPage, publishNext, repoPage } from './repo-page.ts';

const FILE_RESOURCES: ReadonlySet<string> = new Set(['resolve', 'raw', 'blob', 'tree', 'accept', 'publish']);
const XET_INFO = 'application/vnd.xet-fileinfo+json';

const plural = (repo: IndexedRepo): string => `${repo.repo.type}s`;
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

const findFile = ({ commit }: Place, path: string): SampleFile => {
  const file = commit.files.find((each) => each.path === path);
  if (!file) throw fileMissing(commit.id);
  return file;
};

/** Of a gated repository a bad token is told to log in; anywhere else, that the token is bad. */
const checkAccess = (parts: HubParts, repo: IndexedRepo, token: string | undefined): void => {
  parts.access.checkFiles(repo, token, false);
  if (token !== undefined && !parts.access.accountOf(token)) throw badToken();
};

/** For old browsers a name of ASCII (RFC 6266, appendix D): Node takes no other letters into a header. */
const dispositionOf = (name: string): string =>
  `inline; filename*=UTF-8''${encodeURIComponent(name)}; filename="${name.replace(/[^\x20-\x7e]|"/g, '_')}";`;

/** First hop of a file that git keeps: a relative redirect, without an ETag of its own. */
const toCache = (place: Place, file: SampleFile, request: HubRequest): Answer => {
  const { repo, commit } = place;
  const [asked = ''] = request.target.split('?');
  const etag = `"${file.etag()}"`;
  const query = `${encodeURIComponent(asked)}=&etag=${encodeURIComponent(etag)}`;
  const location = `/api/resolve-cache/${plural(repo)}/${repo.id}/${commit.id}/${encodePath(file.path)}?${query}`;
  return redirect(location, { 'X-Repo-Commit': commit.id, 'X-Linked-Etag': etag, 'Accept-Ranges': 'bytes' });
};

const xetHeaders = (parts: HubParts, { repo, commit }: Place, file: SampleFile): Headers => {
  if (repo.repo.spec.xet === false) return {};
  const origin = parts.origin();
  const links = [
    `<${origin}/api/${plural(repo)}/${repo.id}/xet-read-token/${commit.id}>; rel="xet-auth"`,
    `<${parts.casOrigin()}/v1/reconstructions/${file.xetHash()}>; rel="xet-reconstruction-info"`,
  ];
  return { Link: links.join(', '), 'X-Xet-Hash': file.xetHash() };
};

/** Where an LFS file's bytes are: a signed URL on another host. The length of this answer is not the file's. */
const toCdn = (parts: HubParts, place: Place, file: SampleFile, request: HubRequest): Answer => {
  const { repo, commit } = place;
  const headers = {
    'Cache-Control': 'no-store',
    'X-Repo-Commit': commit.id,
    'X-Linked-Etag': `"${file.etag()}"`,
    'X-Linked-Size': String(file.size),
    'Accept-Ranges': 'bytes',
    ...xetHeaders(parts, place, file),
  };
  const wantsXet = repo.repo.spec.xet !== false && (request.headers.accept ?? '').includes(XET_INFO);
  if (wantsXet) {
    return json(
      { hash: file.xetHash(), size: file.size },
      { ...headers, 'Content-Type': `${XET_INFO}; charset=utf-8` },
    );
  }
  const path = `/xet-bridge-us/${repo.repo.objectId}/${file.xetHash()}`;
  const location = `${parts.cdnOrigin()}${path}?${parts.signing.sign(path, nameOf(file.path))}`;
  return text(302, `Found. Redirecting to ${location}`, { ...headers, Location: location });
};

/** `raw` never leaves git: of an LFS file it sends the pointer. */
const sendRaw = (place: Place, file: SampleFile): Answer => {
  const headers = { 'X-Repo-Commit': place.commit.id, ETag: `"${file.oid()}"` };
  if (file.isLfs) return text(200, file.pointer(), headers);
  return { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers }, file };
};

/** Everything outside `/api/`: `/{id}/resolve/{revision}/{path}`, `raw`, and pages. */
export const fileRoutes = async (parts: HubParts, request: HubRequest): Promise<Answer> => {
  const isDataset = request.parts[0] === 'datasets';
  const type: SampleRepo['type'] = isDataset ? 'dataset' : 'model';
  if (request.parts.length === 0) return hubPage(parts);
  const found = findRepo(parts, request, { type, skip: isDataset ? 1 : 0, follows: FILE_RESOURCES });
  if (isAnswer(found)) return found;
  const [resource, revision = 'main', ...rest] = found.rest;
  if (resource === 'accept') return acceptTerms(parts, request, found.repo);
  if (resource === 'publish') return publishNext(parts, request, found.repo);
  if (resource === undefined || resource === 'blob' || resource === 'tree') return repoPage(parts, found.repo);
  if (resource !== 'resolve' && resource !== 'raw') throw notFound();
  checkAccess(parts, found.repo, request.token);
  const place = placeAt(parts, found.repo, revision);
  const file = findFile(place, rest.join('/'));
  if (resource === 'raw') return sendRaw(place, file);
  if (!file.isLfs) return toCache(place, file, request);
  await parts.cas.ready(found.repo);
  return toCdn(parts, place, file, request);
};

const CACHE_FOLLOWS: ReadonlySet<string> = new Set();
const SHA = /^[0-9a-f]{40}$/;

/** `/api/resolve-cache/models/{id}/{sha}/{path}`: second hop of a file that git keeps; knows only full commit ids. */
export const resolveCache = (parts: HubParts, request: HubRequest): Answer => {
  const type = request.parts[2] === 'datasets' ? 'dataset' : 'model';
  // A one-part id is told by the commit that follows it.
  const [, , , , second = ''] = request.parts;
  const follows = SHA.test(second) ? new Set([second]) : CACHE_FOLLOWS;
  const found = findRepo(parts, request, { type, skip: 3, follows });
  if (isAnswer(found)) return found;
  const [sha = '', ...rest] = found.rest;
  if (!SHA.test(sha)) throw badRequest('Invalid commit sha');
  checkAccess(parts, found.repo, request.token);
  const place = placeAt(parts, found.repo, sha);
  const file = findFile(place, rest.join('/'));
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      ETag: `"${file.etag()}"`,
      'Accept-Ranges': 'bytes',
      'Content-Disposition': dispositionOf(nameOf(file.path)),
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Repo-Commit': sha,
    },
    file,
  };
};
