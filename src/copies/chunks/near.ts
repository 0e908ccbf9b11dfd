/* copies/chunks: which file here may have much of one that is to come, and which chunks both are put together from. */

import type { Term } from '../../domain/chunks/term.ts';
import { AppError } from '../../domain/errors.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { questionsAbout } from '../../sources/by-token.ts';
import { cutInThread } from '../../transfer/chunks/cutting.ts';
import {
  aboutToTake,
  type BytesOf,
  bytesIn,
  type TermAt,
  type Span,
  spansFrom,
  toBeCut,
  worthTaking,
} from '../../transfer/chunks/plan.ts';
import type { BlobWanted } from '../../transfer/engine/blob-wanted.ts';
import type { CopyRun } from '../snapshot-run.ts';
import { type Older, olderFile } from './older.ts';

/** Where a smaller part of the smallest file that is asked about lies here, nothing is won. */
const TAKEN_PART = 1 / 8;
/** After so many files of a copy of which nothing lay here, or nobody could say, the others are not asked about. */
const VAIN_MOST = 3;

/** What it takes to ask about a file of a copy. */
type Asking = Parameters<typeof olderFile>[0] & Pick<CopyRun, 'sources' | 'transfer'>;

/** Of fewer bytes that lie here nothing is taken. */
const takenFrom = ({ chunkedFromBytes }: Pick<CopyRun, 'chunkedFromBytes'>): number => chunkedFromBytes * TAKEN_PART;

/** Two files as the storage by chunks keeps them. */
interface Compared {
  readonly older: Older;
  readonly olds: readonly Term[];
  readonly news: readonly Term[];
}

/**
 * Asks what a file and the one before it are put together from.
 * @returns undefined: there is none before it here, or it is not kept in chunks
 * @throws AppError as the source; the signal's reason
 */
const compare = async (asking: Asking, file: RepoFile, signal: AbortSignal): Promise<Compared | undefined> => {
  const { job, sources, transfer } = asking;
  const { path, size, xetHash } = file;
  const source = sources[job.source];
  if (xetHash === undefined || source?.terms === undefined) return undefined;
  const older = await olderFile(asking, file);
  if (!older) return undefined;
  const { locate, terms } = questionsAbout(source, job.tokensOf ?? []);
  if (!terms) return undefined;
  const { type, id, commit } = job;
  const before = { type: older.type, id: older.id, commit: older.commit, path: older.path };
  const oldHash = locate(before, signal, transfer.ask).then((located) => {
    if (located.xetHash === undefined) throw new AppError('unavailable', 'The file before it is not kept in chunks.');
    if (located.size !== older.size) throw new AppError('changed', 'The file before it has another size there.');
    return located.xetHash;
  });
  const [olds, news] = await Promise.all([
    terms({ ...before, size: older.size, xetHash: oldHash }, signal, transfer.ask),
    // Nothing is asked of a file that is compared with none.
    terms({ type, id, commit, path, size, xetHash: oldHash.then(() => xetHash) }, signal, transfer.ask),
  ]);
  return { older, olds, news };
};

/** @param lengths of the chunks of each term, in their order */
const createBytesOf = (cut: readonly TermAt[], lengths: readonly Uint32Array[]): BytesOf => {
  const ends = new Map<number, Float64Array>();
  for (const [index, { offset, start, end }] of cut.entries()) {
    const ofIt = lengths[index];
    // It is cut otherwise than the storage says: whatever it is, nobody knows where its chunks lie.
    if (ofIt?.length !== end - start) continue;
    let sum = 0;
    ends.set(
      offset,
      Float64Array.from(ofIt, (length) => (sum += length)),
    );
  }
  return ({ offset, start }, from, to) => {
    const ofIt = ends.get(offset);
    return ofIt && (ofIt[to - start - 1] ?? 0) - (ofIt[from - start - 1] ?? 0);
  };
};

/** What of a file lies in the one before it, in stretches that are worth taking; none, if too little does. */
const spansOf = async (
  run: CopyRun,
  { older, olds, news }: Compared,
  size: number,
  signal: AbortSignal,
): Promise<readonly Span[]> => {
  const cut = toBeCut(olds, news);
  const stretches = cut.map(({ offset, bytes }) => ({ start: offset, bytes }));
  const lengths = await cutInThread({ path: older.realPath, stretches }, signal);
  if (!lengths) throw new AppError('operational', 'The file before it cannot be read.');
  const spans = worthTaking(spansFrom(olds, news, createBytesOf(cut, lengths)), size);
  return bytesIn(spans) < takenFrom(run) ? [] : spans;
};

/** Whether it is worth asking what of a file lies here. */
const isChunked = ({ job, sources, chunkedFromBytes }: CopyRun, { xetHash, size }: RepoFile): boolean =>
  xetHash !== undefined && size >= chunkedFromBytes && sources[job.source]?.terms !== undefined;

/**
 * What of a file lies here in the one before it. Whatever keeps it from being found out is noted in the log, and no failure: then all of
 * it is fetched.
 */
export const nearIn = (run: CopyRun, file: RepoFile): BlobWanted['near'] => {
  if (!isChunked(run, file)) return undefined;
  const { log, job, chunks } = run;
  const about = { repo: job.id, commit: job.commit, path: file.path };
  /** @throws the signal's reason */
  const unlessIn = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      chunks.vain += 1;
      log.info({ ...about, err: error }, 'A file is fetched whole: what of it lies here could not be found out');
      return undefined;
    }
  };
  const tell = (spans: readonly Span[]): void => {
    const bytes = file.size - bytesIn(spans);
    if (spans.length > 0)
      log.info({ ...about, bytes, of: file.size }, 'Of a file this much is fetched: the rest lies here');
    else log.info(about, 'A file is fetched whole: the one before it has nothing of it');
  };
  return async (signal) => {
    const compared = await chunks.askInTurn(signal, async () => {
      if (chunks.vain >= VAIN_MOST && chunks.found === 0) return undefined;
      const found = await unlessIn(signal, () => compare(run, file, signal));
      if (!found) return undefined;
      // As far as anybody can tell before it is looked where the one before it is cut.
      if (aboutToTake(found.olds, found.news) >= takenFrom(run)) {
        chunks.found += 1;
        return found;
      }
      chunks.vain += 1;
      tell([]);
      return undefined;
    });
    return (
      compared && {
        path: compared.older.realPath,
        spans: async () => {
          const spans = (await unlessIn(signal, () => spansOf(run, compared, file.size, signal))) ?? [];
          tell(spans);
          return spans;
        },
        wasWrong: () =>
          log.warn(about, 'What was put together of chunks is not what it should be: it is fetched whole'),
      }
    );
  };
};
