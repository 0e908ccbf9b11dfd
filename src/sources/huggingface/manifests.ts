import { z } from 'zod';
import { isRepoId, isRevision } from '../../domain/repo/repo.ts';
import type { RepoFile, RepoListing, RepoSays } from '../../domain/listing.ts';
import { forEachLimit } from '../../lib/async/for-each-limit.ts';
import { folderOf } from '../../domain/files/weights.ts';
import type { Subject } from './errors.ts';
import type { Http } from './http.ts';
import { createJsonFetch } from './json.ts';

/** What is read here helps, but the choice can be made without it: nobody waits longer for it. */
const HELP_WAIT_MS = 10_000;
const HELP_BYTES_MOST = 4 * 2 ** 20;
const BRANCHES_MOST = 50;
const SHARDS_MOST = 20_000;
const CLASS = /^[A-Za-z]\w{0,80}$/;

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });
const adapterSchema = z.object({ base_model_name_or_path: z.string() });
const pipelineSchema = z.record(z.string(), z.unknown());
const partSchema = z.tuple([z.string(), z.string()]);
/** So many branches are asked how large they are; the others are named without that. */
const SIZED_MOST = 16;
const SIZES_AT_ONCE = 4;

const sizeSchema = z.object({ size: z.int().nonnegative() });
const refsSchema = z.object({ branches: z.array(z.object({ name: z.string() })) });

/** What one asks about; the repository under the name that the Hub has for it now. */
export interface RepoAtCommit {
  readonly subject: Subject;
  readonly name: string;
  readonly commit: string;
}

/** @returns undefined whatever went wrong, save that the caller gave up */
const readJson = async (http: Http, url: string, subject: Subject, signal: AbortSignal): Promise<unknown> => {
  const call = { subject, signal: AbortSignal.any([signal, AbortSignal.timeout(HELP_WAIT_MS)]) };
  try {
    const response = await createJsonFetch(http, call, 'object', HELP_BYTES_MOST)(url);
    return await response.json();
  } catch {
    // A gated file, a busy Hub, a list of 30 MB that lies elsewhere: names decide then.
    signal.throwIfAborted();
    return undefined;
  }
};

const readFile = (
  http: Http,
  { subject, name, commit }: RepoAtCommit,
  path: string,
  signal: AbortSignal,
): Promise<unknown> => {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const url = `${http.repoUrl({ type: subject.type, id: name })}/resolve/${commit}/${encoded}`;
  return readJson(http, url, { ...subject, path }, signal);
};

const shardsOf = (index: string, value: unknown): readonly string[] => {
  const parsed = indexSchema.safeParse(value);
  const folder = folderOf(index);
  const names = parsed.success ? [...new Set(Object.values(parsed.data.weight_map))] : [];
  return names.slice(0, SHARDS_MOST).map((name) => (folder === '' ? name : `${folder}/${name}`));
};

const pipelineOf = (value: unknown): RepoSays['pipeline'] => {
  const parsed = pipelineSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const className = parsed.data['_class_name'];
  return {
    className: typeof className === 'string' && CLASS.test(className) ? className : undefined,
    // A part that is [null, null] may be given by the program; nothing of it is loaded.
    parts: Object.entries(parsed.data).flatMap(([part, of]) => (partSchema.safeParse(of).success ? [part] : [])),
  };
};

const baseOf = (value: unknown): string | undefined => {
  const parsed = adapterSchema.safeParse(value);
  return parsed.success && isRepoId(parsed.data.base_model_name_or_path)
    ? parsed.data.base_model_name_or_path
    : undefined;
};

/**
 * What the repository's own files say about which of its files are the model, where their names do not.
 * @param manifests the files that say it
 */
export const readManifests = async (
  http: Http,
  repo: RepoAtCommit,
  manifests: readonly RepoFile[],
  signal: AbortSignal,
): Promise<Pick<RepoListing, 'says' | 'baseModel'>> => {
  if (manifests.length === 0) return {};
  const read = await Promise.all(
    manifests.map(async ({ path }) => [path, await readFile(http, repo, path, signal)] as const),
  );
  const contents = new Map(read.filter(([, value]) => value !== undefined));
  const indexes = [...contents].filter(([path]) => /\.index(\.\w+)?\.json$/.test(path));
  const pipeline = pipelineOf(contents.get('model_index.json'));
  return {
    says: {
      shards: Object.fromEntries(indexes.map(([path, value]) => [path, shardsOf(path, value)])),
      ...(pipeline ? { pipeline } : {}),
    },
    baseModel: baseOf(contents.get('adapter_config.json')),
  };
};

/** The other branches, for a person to choose from, and how large they are, so far as the Hub says it. */
export const readBranches = async (
  http: Http,
  repo: RepoAtCommit,
  signal: AbortSignal,
): Promise<Pick<RepoListing, 'branches' | 'branchBytes'>> => {
  const { subject, name } = repo;
  const api = `${http.endpoint}/api/${subject.type}s/${name}`;
  const value = await readJson(http, `${api}/refs`, subject, signal);
  const parsed = refsSchema.safeParse(value);
  const names = parsed.success ? parsed.data.branches.map((branch) => branch.name) : [];
  const branches = names.filter((branch) => branch !== subject.revision && isRevision(branch)).slice(0, BRANCHES_MOST);
  if (branches.length === 0) return {};
  const branchBytes: Record<string, number> = {};
  await forEachLimit(branches.slice(0, SIZED_MOST), SIZES_AT_ONCE, async (branch) => {
    const answer = await readJson(http, `${api}/treesize/${encodeURIComponent(branch)}`, subject, signal);
    const told = sizeSchema.safeParse(answer);
    if (told.success) branchBytes[branch] = told.data.size;
  });
  return { branches, branchBytes };
};
