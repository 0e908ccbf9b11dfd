import type { Hit } from '../../domain/search/hit.ts';
import type { SearchTerms } from '../../domain/search/terms.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Source } from '../../sources/port.ts';
import { hitOf, queryOf } from './hits.ts';
import type { CountPage } from './search-limits.ts';
import type { HitSizes } from './usual-sizes.ts';

/** A page of hits for somebody who is still typing: what its answer tells, at once or not at all. */
export interface QuickSearches {
  /**
   * Searches, unless the same person asks for something else before its turn has come.
   * @param answer called with what was found, if anything was to be had. Must not reject
   * @throws AppError constraint: as many as one person may
   */
  readonly ask: (userId: number, terms: SearchTerms, answer: Answer) => void;
  readonly close: () => Promise<void>;
}

type Answer = (hits: readonly Hit[]) => Promise<void>;

interface QuickDeps {
  readonly source: Pick<Source, 'search'>;
  readonly sizes: Pick<HitSizes, 'known'>;
  readonly count: CountPage;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

interface Job {
  readonly terms: SearchTerms;
  readonly answer: Answer;
}

interface Known {
  readonly at: number;
  readonly hits: readonly Hit[];
}

const HITS_MOST = 20;
/** One of each person, and no more together. */
const AT_ONCE = 4;
/** Telegram takes no answer that comes later. */
const WAIT_MS = 8000;
/** What was found is known for so long, whoever asks; and so many answers at most. */
const KNOWN_MS = 5 * 60_000;
const KNOWN_MOST = 200;

/** Answers that were given lately, by what was asked. */
const createKnown = (clock: Pick<Clock, 'monotonic'>) => {
  const answers = new Map<string, Known>();
  return {
    get: (terms: SearchTerms): readonly Hit[] | undefined => {
      const known = answers.get(JSON.stringify(terms));
      return known && clock.monotonic() - known.at < KNOWN_MS ? known.hits : undefined;
    },
    keep: (terms: SearchTerms, hits: readonly Hit[]): void => {
      const [oldest] = answers.keys();
      if (answers.size >= KNOWN_MOST && oldest !== undefined) answers.delete(oldest);
      answers.set(JSON.stringify(terms), { at: clock.monotonic(), hits });
    },
  };
};

/** Nothing is known at first; what is found is remembered for whoever asks the same. */
export const createQuickSearches = ({ source, sizes, count, clock, log }: QuickDeps): QuickSearches => {
  const shutdown = new AbortController();
  const known = createKnown(clock);
  /** The newest of each person that waits. */
  const waiting = new Map<number, Job>();
  const running = new Map<number, Promise<void>>();

  const search = async ({ terms, answer }: Job): Promise<void> => {
    const signal = AbortSignal.any([shutdown.signal, AbortSignal.timeout(WAIT_MS)]);
    const { found } = await source.search({ ...queryOf(terms), limit: HITS_MOST }, signal);
    const hits = found.slice(0, HITS_MOST).map((repo) => hitOf(repo, sizes));
    known.keep(terms, hits);
    await answer(hits);
  };

  const begin = async (userId: number, job: Job): Promise<void> => {
    try {
      await search(job);
    } catch (error) {
      // Whoever goes on typing asks again; nobody is told of every letter.
      if (!shutdown.signal.aborted) log.debug({ err: error }, 'A quick search came to nothing');
    } finally {
      running.delete(userId);
      pump();
    }
  };

  const pump = (): void => {
    for (const [userId, job] of waiting) {
      if (shutdown.signal.aborted || running.size >= AT_ONCE) return;
      if (running.has(userId)) continue;
      waiting.delete(userId);
      running.set(userId, begin(userId, job));
    }
  };

  return {
    ask: (userId, terms, answer) => {
      const hits = known.get(terms);
      if (hits) {
        void answer(hits);
        return;
      }
      count(userId);
      waiting.set(userId, { terms, answer });
      pump();
    },
    close: async () => {
      shutdown.abort(new Error('shutdown'));
      await Promise.all(running.values());
    },
  };
};
