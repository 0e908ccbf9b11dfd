import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { AppError } from '../../domain/errors.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { makeOne, removeOne, type Snapshot, shownFile } from './file-link.ts';
import { ask, type Asked, linesOf, OllamaSays } from './ollama-api.ts';
import type { LinkFound, LinkMade, LinkNoted, LinkWanted } from './wanted.ts';

/** Whether what a link lies in is no folder, but an address that is spoken to. */
export const isAddress = (folder: string): boolean => /^https?:\/\//i.test(folder);

type Wanted = LinkWanted & { readonly ollama: NonNullable<LinkWanted['ollama']> };

/** What Ollama knows a blob by. */
const digestOf = ({ path, etag }: RepoFile): string => {
  if (/^[0-9a-f]{64}$/.test(etag)) return `sha256:${etag}`;
  throw new AppError(
    'operational',
    `Ollama knows files by their SHA-256, and the Hub does not tell that of “${path}”.`,
  );
};

const hasBlob = async (url: string, file: RepoFile, signal: AbortSignal): Promise<boolean> => {
  const { status } = await ask(url, `/api/blobs/${digestOf(file)}`, { method: 'HEAD' }, signal);
  if (status !== 200 && status !== 404) throw new AppError('operational', `Ollama answers with ${status}.`);
  return status === 200;
};

/** Those of these files that Ollama has not. @throws AppError unreachable */
export const missingInOllama = async (
  url: string,
  files: readonly RepoFile[],
  signal: AbortSignal,
): Promise<RepoFile[]> => {
  const missing: RepoFile[] = [];
  for (const file of files) if (!(await hasBlob(url, file, signal))) missing.push(file);
  return missing;
};

/** What Ollama has under a name, as far as it tells; it takes capital letters for small ones. */
const modelNamed = async (url: string, name: string, signal: AbortSignal): Promise<string | undefined> => {
  const { models } = await (await ask(url, '/api/tags', {}, signal)).read(OllamaSays.tags);
  return models.find((model) => model.name.toLowerCase() === name.toLowerCase())?.digest;
};

/** Made of this very file: a kill came before it was noted. */
const isMadeOf = async ({ folder: url, path: name }: Asked, etag: string, signal: AbortSignal): Promise<boolean> => {
  const answer = await ask(url, '/api/show', { method: 'POST', json: { model: name } }, signal);
  return answer.status === 200 && (await answer.read(OllamaSays.show)).modelfile.includes(`sha256-${etag}`);
};

const proofOf = (digest: string): string => `ollama ${digest}`;

/** A link in the folder of its blobs: it is told what it is by its name. */
const linkBlob = async (snapshot: Snapshot, file: RepoFile, models: string): Promise<void> => {
  const at = { folder: models, path: `blobs/sha256-${file.etag}` };
  const made = await makeOne(snapshot, { ...at, file, replaces: null, isRetried: true });
  if (made.state === 'refused') throw new AppError('operational', made.message);
};

const sendBlob = async (snapshot: Snapshot, url: string, file: RepoFile, signal: AbortSignal): Promise<void> => {
  const { real } = await shownFile(snapshot.paths, snapshot.commit, file);
  const body = Readable.toWeb(createReadStream(real, { signal })) as ReadableStream<Uint8Array>;
  const answer = await ask(url, `/api/blobs/${digestOf(file)}`, { method: 'POST', body }, signal);
  if (answer.status >= 300)
    throw new AppError('operational', `Ollama did not take “${file.path}”: ${await answer.error()}`);
};

/** Sees to it that Ollama has all of them. */
const bringBlobs = async (snapshot: Snapshot, { folder: url, ollama }: Wanted, signal: AbortSignal): Promise<void> => {
  const missing = await missingInOllama(url, ollama.files, signal);
  if (missing.length === 0) return;
  const { models, mayCopy } = ollama;
  if (models === undefined && !mayCopy) {
    const bytes = formatBytes(missing.reduce((sum, { size }) => sum + size, 0));
    throw new AppError(
      'operational',
      `Ollama would keep a copy of its own of ${bytes}: link it again, and say yes to that.`,
    );
  }
  for (const file of missing) {
    if (models === undefined) await sendBlob(snapshot, url, file, signal);
    else await linkBlob(snapshot, file, models);
  }
  const [absent] = models === undefined ? [] : await missingInOllama(url, missing, signal);
  if (!absent || models === undefined) return;
  for (const file of missing)
    await removeOne(snapshot.paths, {
      folder: models,
      path: `blobs/sha256-${file.etag}`,
      kept: 'blobs',
      etag: file.etag,
      proof: null,
    });
  throw new AppError('operational', `Ollama does not see what is linked in ${models}: it keeps its models elsewhere.`);
};

const create = async ({ folder: url, path: name, ollama }: Wanted, signal: AbortSignal): Promise<void> => {
  const files = Object.fromEntries(
    ollama.files.map((file) => [file.path.slice(file.path.lastIndexOf('/') + 1), digestOf(file)]),
  );
  const answer = await ask(url, '/api/create', { method: 'POST', json: { model: name, files } }, signal);
  if (answer.status >= 300) throw new AppError('operational', `Ollama did not make the model: ${await answer.error()}`);
  let status = '';
  for await (const line of linesOf(answer, OllamaSays.progress)) {
    if (line.error !== undefined)
      throw new AppError('operational', `Ollama did not make the model: ${shorten(line.error, 200)}`);
    status = line.status ?? status;
  }
  if (status !== 'success') throw new AppError('unavailable', 'Ollama broke off while it made the model.');
};

/**
 * Has Ollama make a model of files of a snapshot: what it has already is not sent; what it lacks is linked into its folder, or
 * copied if that was allowed. A model of that name that is not hubgram's stays.
 * @throws AppError with a sentence; the signal's reason
 */
export const makeInOllama = async (snapshot: Snapshot, wanted: Wanted, signal: AbortSignal): Promise<LinkMade> => {
  const { folder: url, path: name, file, replaces, isRetried } = wanted;
  const before = await modelNamed(url, name, signal);
  const isOurs =
    before === undefined || proofOf(before) === replaces || (isRetried && (await isMadeOf(wanted, file.etag, signal)));
  if (!isOurs) {
    throw new AppError(
      'operational',
      `Ollama has a model ${name} already that is not hubgram’s. Remove it there, and link again.`,
    );
  }
  await bringBlobs(snapshot, wanted, signal);
  await create(wanted, signal);
  const digest = await modelNamed(url, name, signal);
  if (digest === undefined) throw new AppError('changed', `Ollama does not list ${name}, which it has just made.`);
  return { state: 'made', way: null, proof: proofOf(digest) };
};

const never = (): AbortSignal => new AbortController().signal;

const foundIn = async (noted: LinkNoted, signal: AbortSignal): Promise<LinkFound> => {
  const digest = await modelNamed(noted.folder, noted.path, signal);
  if (digest === undefined) return 'missing';
  if (noted.proof !== null) return noted.proof === proofOf(digest) ? 'there' : 'foreign';
  return (await isMadeOf(noted, noted.etag, signal)) ? 'there' : 'foreign';
};

/** @returns what Ollama has under that name @throws AppError unreachable */
export const lookInOllama = (noted: LinkNoted): Promise<LinkFound> => foundIn(noted, never());

/** Takes a model away again, and with it what Ollama keeps for it alone. @returns what it had under that name */
export const removeFromOllama = async (noted: LinkNoted): Promise<LinkFound> => {
  const signal = never();
  const found = await foundIn(noted, signal);
  if (found !== 'there') return found;
  const answer = await ask(noted.folder, '/api/delete', { method: 'DELETE', json: { model: noted.path } }, signal);
  if (answer.status === 404) return 'missing';
  if (answer.status >= 300)
    throw new AppError('operational', `Ollama did not remove ${noted.path}: ${await answer.error()}`);
  return 'there';
};
