import type { Term } from '../../domain/chunks/term.ts';
import { AppError } from '../../domain/errors.ts';
import type { RepoFile, RepoType } from '../../domain/listing.ts';
import { inSlices } from '../../lib/async/slices.ts';
import { type Clock, startWait } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Fetch, Questions } from '../../sources/port.ts';
import { aboutToTake } from '../../transfer/chunks/plan.ts';

/** Files of a repository at a commit. */
interface At {
  /** 40 hex. */
  readonly commit: string;
  readonly files: readonly RepoFile[];
}

/** An update that is told of before anybody wants it. */
export interface Update {
  readonly type: RepoType;
  readonly id: string;
  readonly before: At;
  readonly after: At;
}

/** What it takes to ask. */
export interface Asking {
  readonly source: Pick<Questions, 'locate' | 'terms'>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Smaller files are fetched whole. */
const LEAST_BYTES = 8 * 2 ** 20;
/** Of an update so many files are asked about, the largest: each costs two or three questions, for a line of text. */
const ASKED_MOST = 8;
/** After so long nothing more is asked: all others whose models are looked at wait meanwhile. */
const ASKING_MS = 20_000;

interface Changed {
  readonly had: RepoFile;
  readonly file: RepoFile;
}

/** The large files that have another content now, the largest first. */
const changedIn = async ({ before, after }: Update, signal: AbortSignal): Promise<readonly Changed[]> => {
  const isLarge = ({ size }: RepoFile): boolean => size >= LEAST_BYTES;
  const large = new Map<string, RepoFile>();
  const known = new Set<string>();
  await inSlices(
    before.files,
    (slice) => {
      for (const file of slice.filter(isLarge)) {
        large.set(file.path, file);
        known.add(file.etag);
      }
    },
    signal,
  );
  const changed: Changed[] = [];
  await inSlices(
    after.files,
    (slice) => {
      for (const file of slice.filter(isLarge)) {
        const had = large.get(file.path);
        if (had && file.xetHash !== undefined && !known.has(file.etag)) changed.push({ had, file });
      }
    },
    signal,
  );
  return changed.toSorted((left, right) => right.file.size - left.file.size).slice(0, ASKED_MOST);
};

const savedOf = async (
  { source, fetch, signal }: Asking,
  { type, id, before, after }: Update,
  { had, file }: Changed,
): Promise<number> => {
  const termsAt = async ({ commit }: At, { path, size, xetHash }: RepoFile): Promise<readonly Term[]> =>
    xetHash === undefined ? [] : source.terms({ type, id, commit, path, size, xetHash }, signal, fetch);
  const asked = { type, id, commit: before.commit, path: had.path };
  // It was written down before anybody wanted to know.
  const xetHash = had.xetHash ?? (await source.locate(asked, signal, fetch)).xetHash;
  const [olds, news] = await Promise.all([termsAt(before, { ...had, xetHash }), termsAt(after, file)]);
  return aboutToTake(olds, news);
};

/**
 * About how much of an update comes over the network, as far as its files share chunks with those that are here.
 * @param missingBytes of files that are not here
 * @returns undefined: all of that, or nobody knows
 * @throws the signal's reason
 */
export const aboutFetched = async (
  asking: Asking,
  update: Update,
  missingBytes: number,
): Promise<number | undefined> => {
  const leftMs = startWait(asking.clock, ASKING_MS);
  let saved = 0;
  try {
    for (const changed of await changedIn(update, asking.signal)) {
      if (leftMs() === 0) break;
      saved += await savedOf(asking, update, changed);
    }
  } catch (error) {
    asking.signal.throwIfAborted();
    if (!(error instanceof AppError)) throw error;
    // It helps, and nothing hangs on it; whoever refuses once is asked no more for this.
    asking.log.debug({ err: error, repo: update.id }, 'What of an update lies here could not be found out');
  }
  return saved > 0 ? Math.max(0, missingBytes - saved) : undefined;
};
