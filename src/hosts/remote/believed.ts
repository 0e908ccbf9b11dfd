import type { Published } from '../../cache/missing.ts';
import type { CopyJob, VerifyState } from '../../copies/executor.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import { isUnsized, webFileParts } from '../../domain/repo/web-file.ts';
import { MessageRefused } from '../wire/form.ts';
import type { SentCopyState } from '../wire/jobs.ts';

/* What a host may say of what it was asked. Where something cannot be, it is not believed; of amounts no more counts than can be. */

/** How many bytes files have that were told. */
export const bytesIn = (files: CopyJob['files']): number => files.reduce((bytes, { size }) => bytes + size, 0);

/** Whether a path ends so, and leads nowhere else. */
export const endsAs = (path: string, end: readonly string[]): boolean => {
  const parts = path.split(/[\\/]/);
  return end.join('/') === parts.slice(-end.length).join('/') && !parts.includes('..');
};

/** Whether a host may say that a snapshot lies there: by where it is in every cache of Hugging Face. */
export const checkSnapshotPath = (path: string, { id, type, commit }: CopyJob): void => {
  const web = webFileParts(id);
  const end = web ? [web.category] : [repoFolderName({ id, type }), 'snapshots', commit];
  if (!endsAs(path, end)) throw new MessageRefused('A copy lies where it cannot');
};

/** What a host tells of paths is about paths that it was asked about. */
export const checkPaths = (paths: readonly string[], files: Published['files']): void => {
  if (paths.length === 0) return;
  const known = new Set(files.map(({ path }) => path));
  if (paths.some((path) => !known.has(path)) || new Set(paths).size < paths.length)
    throw new MessageRefused('It tells of paths that nobody has asked about');
};

/** No file is longer of which nobody has told how long it is. */
const FILE_MOST_BYTES = 1e15;
/** What was damaged on its way comes again, and of some servers everything does after each break. */
const COMES_MOST = 10;

/** How long a copy can become. */
const mostBytesOf = ({ files, mostBytes }: CopyJob): number => bytesIn(files) || (mostBytes ?? FILE_MOST_BYTES);

/** Of what a host has received no more is believed than can have come for what it was asked. */
export const receivedAtMost = (job: CopyJob, said: number): number =>
  Math.min(said, COMES_MOST * mostBytesOf(job), Number.MAX_SAFE_INTEGER);

/** Of how far a copy is, no more than was asked for. */
export const stateAtMost = (job: CopyJob, said: SentCopyState): SentCopyState => {
  const bytesTotal = Math.min(said.bytesTotal, mostBytesOf(job));
  const filesTotal = Math.min(said.filesTotal, job.files.length);
  return {
    ...said,
    bytesTotal,
    bytesReady: Math.min(said.bytesReady, bytesTotal),
    bytesReceived: receivedAtMost(job, said.bytesReceived),
    filesTotal,
    filesDone: Math.min(said.filesDone, filesTotal),
  };
};

type Learned = readonly { readonly path: string; readonly sha256: string; readonly size: number }[];

/** Where a hash, or a size, was told beforehand, it is that one. */
export const checkLearned = (learned: Learned, job: CopyJob): void => {
  checkPaths(
    learned.map(({ path }) => path),
    job.files,
  );
  const known = new Map(job.files.map((file) => [file.path, file]));
  for (const { path, sha256, size } of learned) {
    const file = known.get(path);
    const isHash = file?.isUnhashed === true || file?.etag === sha256;
    const isSize = file && isUnsized(file) ? size <= mostBytesOf(job) : size === file?.size;
    if (!isHash || !isSize) throw new MessageRefused('It tells of a file what it cannot be');
  }
};

/** Of how far a copy is read, no more than was asked for. */
export const verifyStateAtMost = ({ files }: Pick<Published, 'files'>, said: VerifyState): VerifyState => {
  const bytesTotal = Math.min(said.bytesTotal, bytesIn(files));
  const filesTotal = Math.min(said.filesTotal, files.length);
  const [bytesDone, filesDone] = [Math.min(said.bytesDone, bytesTotal), Math.min(said.filesDone, filesTotal)];
  return { ...said, bytesTotal, bytesDone, filesTotal, filesDone };
};
