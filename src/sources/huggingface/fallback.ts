import { AppError } from '../../domain/errors.ts';
import { type Clock, startWait } from '../../lib/clock.ts';
import type { Questions, Source } from '../port.ts';

/** For how long the first is not asked after it was down: 2,000 small files must not wait for it 2,000 times. */
const REST_MS = 60_000;

const isDown = (error: unknown): boolean =>
  error instanceof AppError && ['unreachable', 'stalled', 'unavailable'].includes(error.code);

const questionsTo = (first: Questions, second: Questions, clock: Clock): Questions => {
  let rest = (): number => 0;

  const ask = async <T>(question: (hub: Questions) => Promise<T>, signal: AbortSignal): Promise<T> => {
    if (rest() > 0) {
      // Both may be down, or the second may lack it: then the first has the last word.
      return question(second).catch(() => question(first));
    }
    try {
      return await question(first);
    } catch (error) {
      if (signal.aborted || !isDown(error)) throw error;
      rest = startWait(clock, REST_MS);
      return question(second).catch(() => {
        throw error;
      });
    }
  };

  return {
    inspect: (ref, signal, keeps) => ask((hub) => hub.inspect(ref, signal, keeps), signal),
    locate: (file, signal, head) => ask((hub) => hub.locate(file, signal, head), signal),
    // What it does not tell is asked for by `locate`.
    findingIn: (repo) => (rest() > 0 ? undefined : first.findingIn?.(repo)),
    // A storage that does not answer is no Hub that is down; who asks can do without.
    terms: first.terms,
    readText: (file, signal) => ask((hub) => hub.readText(file, signal), signal),
    head: (ref, signal) => ask((hub) => hub.head(ref, signal), signal),
    commits: (ref, known, signal) => ask((hub) => hub.commits(ref, known, signal), signal),
    search: (query, signal) => ask((hub) => hub.search(query, signal), signal),
    namedBySpace: (id, signal) => ask((hub) => hub.namedBySpace(id, signal), signal),
    repoUrl: first.repoUrl,
  };
};

/**
 * A Hub that asks the second while the first is down. Commits and hashes hold for both; what the first refuses, such as a
 * gated repository, the second is not asked for.
 * @param second must not have the first one's token
 */
export const withFallback = (first: Source, second: Source, clock: Clock): Source => ({
  ...questionsTo(first, second, clock),
  asPerson: first.asPerson,
  inBackground: questionsTo(first.inBackground, second.inBackground, clock),
});
