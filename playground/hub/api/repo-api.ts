import { type Answer, json } from '../http/answer.ts';
import { findRepo, type HubParts, isAnswer, placeAt, type Target } from './find-repo.ts';
import { badRequest, methodRefused, notFound } from './hub-errors.ts';
import type { HubRequest } from '../http/hub-request.ts';
import { byCursor, byNumber } from './paging.ts';
import { repoInfo } from './repo-info.ts';
import type { SampleRepo } from '../repos/sample-repo.ts';
import { PAGE_SIZE, pathsInfo, type Place, treeEntries, treeSize } from '../repos/tree.ts';

type Handler = (parts: HubParts, request: HubRequest, target: Target) => Answer;

const SUB_RESOURCES: ReadonlySet<string> = new Set([
  'revision',
  'tree',
  'treesize',
  'paths-info',
  'refs',
  'commits',
  'xet-read-token',
]);

/** What answers with Xet hashes, or what they open. */
const TELL_XET: ReadonlySet<string> = new Set(['tree', 'paths-info', 'xet-read-token']);

const isTrue = (value: string | null): boolean => /^(1|true)$/i.test(value ?? '');

/** The revision and the path after it. The list of a gated repository is public, only its files are not. */
const splitPlace = (parts: HubParts, { repo, rest }: Target): { place: Place; path: string } => {
  const [, revision = 'main', ...path] = rest;
  return { place: placeAt(parts, repo, revision), path: path.join('/') };
};

const tree: Handler = (parts, request, target) => {
  const { place, path } = splitPlace(parts, target);
  const expand = isTrue(request.query.get('expand'));
  const entries = treeEntries(place, { path, recursive: isTrue(request.query.get('recursive')), expand });
  const most = expand ? PAGE_SIZE.expanded : PAGE_SIZE.plain;
  const page = byCursor(entries, most, request, parts.origin());
  return json(
    page.items.map((build) => build()),
    page.headers,
  );
};

const readPaths = (request: HubRequest): { paths: string[]; expand: boolean } => {
  const isForm = (request.headers['content-type'] ?? '').includes('x-www-form-urlencoded');
  if (isForm) {
    // huggingface_hub sends a form, @huggingface/hub sends JSON.
    const form = new URLSearchParams(request.body);
    return { paths: form.getAll('paths'), expand: isTrue(form.get('expand')) };
  }
  try {
    const body = JSON.parse(request.body) as { paths?: unknown; expand?: unknown };
    const paths = typeof body.paths === 'string' ? [body.paths] : body.paths;
    if (Array.isArray(paths)) return { paths: paths.map(String), expand: body.expand === true };
  } catch {
    // Answered like a body without paths.
  }
  throw badRequest('"paths" is required');
};

const listPaths: Handler = (parts, request, target) => {
  if (request.method !== 'POST') throw methodRefused();
  const { paths, expand } = readPaths(request);
  return json(pathsInfo(splitPlace(parts, target).place, paths, expand));
};

const refs: Handler = (_parts, _request, { repo }) => {
  const branches = [...repo.branches].map(([name, commits]) => ({ name, target: commits[0]?.id }));
  const isPull = (name: string): boolean => name.startsWith('refs/');
  return json({
    branches: branches
      .filter(({ name }) => !isPull(name))
      .map(({ name, target }) => ({ name, ref: `refs/heads/${name}`, targetCommit: target })),
    tags: [...repo.gitTags].map(([name, commit]) => ({ name, ref: `refs/tags/${name}`, targetCommit: commit.id })),
    converts: branches
      .filter(({ name }) => isPull(name) && name.startsWith('refs/convert/'))
      .map(({ name, target }) => ({ name: name.slice('refs/convert/'.length), ref: name, targetCommit: target })),
  });
};

const commits: Handler = (parts, request, target) => {
  const { place } = splitPlace(parts, target);
  parts.access.checkFiles(target.repo, request.token, true);
  const history = [...target.repo.branches.values()].find((all) => all.includes(place.commit)) ?? [place.commit];
  const reachable = history.slice(history.indexOf(place.commit));
  const page = byNumber(reachable, 1000, request, parts.origin());
  return json(
    page.items.map(({ id, title, date }) => ({
      id,
      title,
      message: '',
      authors: [{ user: 'sample', avatar: '/avatars/sample.svg' }],
      date,
    })),
    page.headers,
  );
};

/** A token of a repository that is not stored by chunks leads to where nothing is. */
const xetToken: Handler = (parts, request, target) => {
  const { place } = splitPlace(parts, target);
  parts.access.checkFiles(target.repo, request.token, true);
  return json({ ...parts.cas.tokenFor(place.commit), casUrl: parts.casOrigin() });
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  tree,
  refs,
  commits,
  'paths-info': listPaths,
  'xet-read-token': xetToken,
  treesize: (parts, _request, target) => {
    const { place, path } = splitPlace(parts, target);
    return json({ path: path === '' ? '/' : path, size: treeSize(place, path) });
  },
  revision: (parts, request, target) => {
    const { place } = splitPlace(parts, target);
    return json(repoInfo(place.repo, place.commit, request.query));
  },
};

/** `/api/models/{id}` and `/api/datasets/{id}`, and everything below. */
export const repoApi = async (parts: HubParts, request: HubRequest, type: SampleRepo['type']): Promise<Answer> => {
  parts.access.checkToken(request.token);
  const found = findRepo(parts, request, { type, skip: 2, follows: SUB_RESOURCES });
  if (isAnswer(found)) return found;
  const [resource] = found.rest;
  if (resource === undefined) {
    return json(repoInfo(found.repo, placeAt(parts, found.repo, 'main').commit, request.query));
  }
  const handler = HANDLERS[resource];
  if (!handler) throw notFound();
  // Of a disabled repository only the information page is left.
  if (found.repo.disabled && resource !== 'revision') parts.access.checkFiles(found.repo, request.token, true);
  if (TELL_XET.has(resource)) await parts.cas.ready(found.repo);
  return handler(parts, request, found);
};
