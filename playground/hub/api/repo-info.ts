import { createHash } from 'node:crypto';
import type { SampleFile } from '../repos/sample-file.ts';
import type { SampleCommit } from '../repos/sample-repo.ts';
import { headOf, type IndexedRepo } from '../repos/repo-index.ts';
import { badRequest } from './hub-errors.ts';

type Json = Readonly<Record<string, unknown>>;

const MODEL_KEYS =
  'author baseModels cardData childrenModelCount config createdAt disabled downloads downloadsAllTime evalResults gated gguf inference inferenceProviderMapping lastModified library_name likes mask_token model-index pipeline_tag private resourceGroup safetensors sha siblings spaces tags transformersInfo trendingScore usedStorage widgetData xetEnabled'.split(
    ' ',
  );
const DATASET_KEYS =
  'author cardData citation createdAt description disabled downloads downloadsAllTime gated lastModified likes paperswithcode_id private resourceGroup sha siblings tags trendingScore usedStorage xetEnabled'.split(
    ' ',
  );

/** A number that looks as if people had downloaded the model, the same every time. */
const popularity = (id: string): number => createHash('sha1').update(id).digest().readUInt16LE(0);

const tagsOf = ({ repo }: IndexedRepo): string[] => {
  const { libraryName, license, tags = [] } = repo.spec;
  const own = [libraryName, ...tags, license === undefined ? undefined : `license:${license}`, 'region:us'];
  return [...new Set(own.filter((tag) => tag !== undefined))];
};

const bytesOf = (files: readonly SampleFile[]): number => files.reduce((sum, file) => sum + file.size, 0);

/** Of all branches, as the Hub counts it. */
const storedBytes = ({ branches }: IndexedRepo): number =>
  [...branches.values()].reduce((sum, commits) => sum + bytesOf(commits.at(-1)?.files ?? []), 0);

/** Everything that could be asked for, at one commit. */
const allKeys = (indexed: IndexedRepo, commit: SampleCommit): Json => {
  const { repo, id } = indexed;
  const { spec } = repo;
  const downloads = spec.downloads ?? popularity(id) * 10;
  const first = indexed.branches.get('main')?.at(-1) ?? commit;
  return {
    _id: repo.objectId,
    id,
    author: id.includes('/') ? id.split('/')[0] : undefined,
    private: indexed.private,
    disabled: indexed.disabled,
    gated: indexed.gated,
    sha: commit.id,
    lastModified: headOf(indexed).date,
    createdAt: first.date,
    downloads,
    downloadsAllTime: downloads * 12,
    likes: spec.likes ?? Math.round(popularity(id) / 100),
    trendingScore: spec.trending ?? popularity(`trending ${id}`) / 1000,
    tags: tagsOf(indexed),
    pipeline_tag: spec.pipelineTag,
    library_name: spec.libraryName,
    cardData: spec.license === undefined ? {} : { license: spec.license },
    siblings: commit.files.map((file) => ({ rfilename: file.path })),
    spaces: [],
    usedStorage: storedBytes(indexed),
    xetEnabled: spec.xet ?? true,
    ...spec.info,
  };
};

const DEFAULT_LEFT_OUT = new Set(['downloadsAllTime', 'trendingScore', 'xetEnabled']);

const pick = (all: Json, keys: readonly string[]): Json =>
  Object.fromEntries(['_id', 'id', ...keys].filter((key) => all[key] !== undefined).map((key) => [key, all[key]]));

/** `expand=a&expand=b`, or with `[]`. */
const expandOf = (query: URLSearchParams): readonly string[] => [
  ...query.getAll('expand'),
  ...query.getAll('expand[]'),
];

const checkExpand = (asked: readonly string[], valid: readonly string[]): void => {
  if (asked.every((key) => valid.includes(key))) return;
  throw badRequest(`"expand" must be one of [${valid.join(', ')}]`);
};

const withBlobs = (commit: SampleCommit): Json[] =>
  commit.files.map((file) => ({
    rfilename: file.path,
    size: file.size,
    blobId: file.oid(),
    // Here the hash is called `sha256`; in the tree the same hash is called `oid`.
    ...(file.isLfs && { lfs: { sha256: file.etag(), size: file.size, pointerSize: file.pointer().length } }),
  }));

/** The body of `/api/models/{id}` and of `/revision/{rev}` below it. */
export const repoInfo = (repo: IndexedRepo, commit: SampleCommit, query: URLSearchParams): Json => {
  const asked = expandOf(query);
  const hasBlobs = /^(1|true)$/i.test(query.get('blobs') ?? '');
  const isModel = repo.repo.type === 'model';
  checkExpand(asked, isModel ? MODEL_KEYS : DATASET_KEYS);
  if (hasBlobs && asked.length > 0) throw badRequest('"blobs" cannot be used together with "expand"');
  const all = allKeys(repo, commit);
  if (asked.length > 0) return pick(all, asked);
  const keys = Object.keys(all).filter((key) => !DEFAULT_LEFT_OUT.has(key));
  return {
    ...pick(all, keys),
    ...(isModel && { modelId: repo.id }),
    ...(hasBlobs && { siblings: withBlobs(commit) }),
  };
};

const LISTED = ['likes', 'trendingScore', 'private', 'downloads', 'tags', 'pipeline_tag', 'library_name', 'createdAt'];

/** One entry of a search result. */
export const listedInfo = (repo: IndexedRepo, query: URLSearchParams): Json => {
  const asked = expandOf(query);
  const isFull = /^(1|true)$/i.test(query.get('full') ?? '');
  const isModel = repo.repo.type === 'model';
  checkExpand(asked, isModel ? MODEL_KEYS : DATASET_KEYS);
  const all = allKeys(repo, headOf(repo));
  if (asked.length > 0) return pick(all, asked);
  const more = isFull ? ['author', 'gated', 'disabled', 'lastModified', 'sha', 'siblings'] : [];
  return { ...pick(all, [...LISTED, ...more]), ...(isModel && { modelId: repo.id }) };
};
