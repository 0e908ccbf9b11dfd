import type * as Library from '@huggingface/hub';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { RepoFile, RepoListing } from '../../domain/listing.ts';
import { isRepoId, isSafePath, type RepoRef } from '../../domain/repo/repo.ts';
import { factsOfList } from '../../domain/files/listing-thread.ts';
import { inSlices } from '../../lib/async/slices.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { disabledError, strangeAnswer, type Subject } from './errors.ts';
import type { Http } from './http.ts';
import { createJsonFetch } from './json.ts';
import { readBranches, readManifests, type RepoAtCommit } from './manifests.ts';
import { isCommit, isEtag, isSha256 } from '../../domain/hashes.ts';

const ID = /^[\w.-]{1,96}(?:\/[\w.-]{1,96})?$/;

/** What goes on with a download at the start of the program asks nothing of this, and does not wait for it to be loaded. */
const library = (): Promise<typeof Library> => import('@huggingface/hub');

const infoSchema = z.object({
  name: z.string().regex(ID),
  sha: z.string().refine(isCommit),
  private: z.boolean().catch(false),
  // An unknown kind of gate is still a gate.
  gated: z.union([z.literal(false), z.enum(['auto', 'manual'])]).catch('manual'),
  disabled: z.boolean().catch(false),
  tags: z.array(z.string()).catch([]),
  task: z.string().optional().catch(undefined),
  library_name: z.string().optional().catch(undefined),
  updatedAt: z.date().optional().catch(undefined),
  transformersInfo: z
    .object({ auto_model: z.string().regex(/^[A-Za-z]\w{0,80}$/) })
    .optional()
    .catch(undefined),
  cardData: z
    .object({
      license: z.union([z.string(), z.array(z.string())]).catch([]),
      license_name: z.string().optional().catch(undefined),
      base_model: z.union([z.string(), z.array(z.string())]).catch([]),
    })
    .partial()
    .optional()
    .catch(undefined),
});
type Info = z.infer<typeof infoSchema>;

const readInfo = async (http: Http, ref: RepoRef, revision: string, signal: AbortSignal): Promise<Info> => {
  const subject: Subject = { type: ref.type, id: ref.id, revision };
  const common = {
    name: ref.id,
    revision,
    hubUrl: http.endpoint,
    fetch: createJsonFetch(http, { subject, signal }, 'object'),
  };
  const { datasetInfo, modelInfo } = await library();
  const raw: unknown =
    ref.type === 'model'
      ? await modelInfo({
          ...common,
          additionalFields: ['sha', 'disabled', 'tags', 'library_name', 'cardData', 'transformersInfo'],
        })
      : await datasetInfo({ ...common, additionalFields: ['sha', 'disabled', 'tags'] });
  const parsed = infoSchema.safeParse(raw);
  if (!parsed.success) throw strangeAnswer(http.host, 'no repository in it', parsed.error);
  if (parsed.data.disabled) throw disabledError(subject, http.circumstances(subject));
  return parsed.data;
};

const LICENSE_MOST = 100;

/** The licence by its own name where the Hub only knows it as `other`: a line of printable text, whatever stands in the card. */
const licenseOf = ({ cardData, tags }: Info): string | undefined => {
  const declared = [cardData?.license ?? []].flat().join(', ');
  const tagged = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length);
  const own = declared === 'other' ? cardData?.license_name : undefined;
  const license = [own, declared, tagged].find((one) => one !== undefined && one !== '') ?? '';
  const printable = license.replace(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, ' ').trim();
  return printable === '' ? undefined : shorten(printable, LICENSE_MOST);
};

/** What an adapter's card says it was made for, if that is one model. */
const baseModelOf = ({ cardData }: Info): string | undefined => {
  const bases = [cardData?.base_model ?? []].flat();
  return bases.length === 1 ? bases.find(isRepoId) : undefined;
};

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** An entry of a tree, as far as it is read. */
interface Entry {
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly oid?: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
  /** It helps, and nothing hangs on it. */
  readonly xetHash?: unknown;
}

/** By hand: a list has thousands of them, and a schema took a third of what it costs to have them listed. */
const isEntry = (raw: unknown): raw is Entry => {
  if (typeof raw !== 'object' || raw === null) return false;
  const { type, path, size, oid, lfs } = raw as Partial<Record<keyof Entry, unknown>>;
  if (typeof type !== 'string' || typeof path !== 'string' || !isSize(size)) return false;
  if (oid !== undefined && typeof oid !== 'string') return false;
  if (lfs === undefined) return true;
  if (typeof lfs !== 'object' || lfs === null) return false;
  const pointed = lfs as Partial<Record<'oid' | 'size', unknown>>;
  return typeof pointed.oid === 'string' && isSize(pointed.size);
};

/** One file of the tree; for LFS the outer `oid` and size are the pointer's, and the true ones lie inside. */
const readEntry = (raw: unknown, host: string): RepoFile | undefined => {
  if (!isEntry(raw)) throw strangeAnswer(host, 'no file list in it');
  const { type, path, size, lfs, oid, xetHash } = raw;
  if (type !== 'file') return undefined;
  const etag = lfs?.oid ?? oid ?? '';
  if (!isEtag(etag)) throw strangeAnswer(host, 'a file without its hash');
  const file = { path, size: lfs?.size ?? size, etag };
  return typeof xetHash === 'string' && isSha256(xetHash) ? { ...file, xetHash } : file;
};

const contradiction = ({ type, id }: Subject): AppError =>
  new AppError('integrity', `The file list of the ${type} ${id} contradicts itself. It is not safe to download.`);

export interface ListLimits {
  /** A longer list is refused, unless what is kept of it is shorter. */
  readonly filesMost: number;
  /** What was asked for of a list that is too long. */
  readonly keeps?: ((path: string) => boolean) | undefined;
}

const tooManyFiles = ({ type, id }: Subject, most: number): AppError =>
  new AppError(
    'validation',
    `The ${type} ${id} has more than ${most.toLocaleString('en')} files. Choose fewer, for example with include=*.safetensors.`,
  );

const keep = async (
  files: readonly RepoFile[],
  keeps: (path: string) => boolean,
  signal: AbortSignal,
): Promise<RepoFile[]> => {
  const kept: RepoFile[] = [];
  await inSlices(files, (slice) => kept.push(...slice.filter(({ path }) => keeps(path))), signal);
  return kept;
};

/** All files at the commit: those that can be stored, and those that no disk should be given. */
const listAll = async (
  http: Http,
  { subject, name, commit }: RepoAtCommit,
  signal: AbortSignal,
  { filesMost, keeps }: ListLimits,
): Promise<Pick<RepoListing, 'files' | 'unsafe'>> => {
  let files: RepoFile[] = [];
  let unsafe: RepoFile[] = [];
  let isOver = false;
  /** A list that grows too long is cut to what was asked for, and goes on with that alone. */
  const cut = async (): Promise<void> => {
    if (isOver || !keeps) throw tooManyFiles(subject, filesMost);
    isOver = true;
    files = await keep(files, keeps, signal);
    unsafe = await keep(unsafe, keeps, signal);
    if (files.length + unsafe.length > filesMost) throw tooManyFiles(subject, filesMost);
  };
  const { listFiles } = await library();
  const entries = listFiles({
    repo: { type: subject.type, name },
    revision: commit,
    recursive: true,
    hubUrl: http.endpoint,
    fetch: createJsonFetch(http, { subject, signal }, 'array'),
  });
  for await (const entry of entries) {
    const file = readEntry(entry, http.host);
    if (!file || (isOver && keeps?.(file.path) === false)) continue;
    (isSafePath(file.path) ? files : unsafe).push(file);
    if (files.length + unsafe.length > filesMost) await cut();
  }
  return { files, ...(unsafe.length > 0 ? { unsafe } : {}) };
};

/**
 * Pins a repository's commit and lists all its files at it, and reads the few that say which of them are the model.
 * Two requests and one more for each thousand files; a renamed repository costs one more.
 * @throws AppError as `answerError` says; integrity: a list that contradicts itself; validation: it is
 * too long
 */
export const inspect = async (
  http: Http,
  ref: RepoRef,
  signal: AbortSignal,
  limits: ListLimits,
): Promise<RepoListing> => {
  const revision = ref.revision ?? 'main';
  const info = await readInfo(http, ref, revision, signal);
  const subject: Subject = { type: ref.type, id: ref.id, revision };
  if (isCommit(revision) && info.sha !== revision) throw strangeAnswer(http.host, 'another commit than asked for');

  const repo: RepoAtCommit = { subject, name: info.name, commit: info.sha };
  const listed = await listAll(http, repo, signal, limits);
  const { contradictsItself, manifests, holdsNoModel } = await factsOfList(listed.files, signal);
  if (contradictsItself) throw contradiction(subject);
  const isModel = ref.type === 'model';
  const { says, baseModel = baseModelOf(info) } = isModel ? await readManifests(http, repo, manifests, signal) : {};
  const branches = isModel && holdsNoModel ? await readBranches(http, repo, signal) : {};

  const { updatedAt } = info;
  return {
    type: ref.type,
    id: ref.id,
    canonicalId: info.name,
    commit: info.sha,
    private: info.private,
    gated: info.gated,
    license: licenseOf(info),
    pipelineTag: info.task,
    libraryName: info.library_name,
    tags: info.tags,
    lastModified: updatedAt && !Number.isNaN(updatedAt.getTime()) ? updatedAt.toISOString() : undefined,
    ...listed,
    ...(says ? { says } : {}),
    autoModel: info.transformersInfo?.auto_model,
    baseModel,
    ...branches,
  };
};
