import type { LookUpFailure } from '../../domain/repo/add-choices.ts';
import { AppError } from '../../domain/errors.ts';
import { formatRepoRef, parseRepoRef, type RepoRef } from '../../domain/repo/repo.ts';
import { likelyRepos } from '../../domain/repo/suggestions.ts';
import type { SearchQuery, Source } from '../../sources/port.ts';
import type { Log } from '../../lib/log.ts';
import { shownStack } from '../../lib/text/stack.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import type { Store } from '../../store/store.ts';
import { optionsOf } from './request-selection.ts';

/**
 * What is kept of a look-up that failed, besides its sentence: the kind of failure, the page where access is asked for, and
 * whether people decide on it.
 */
export const failureOf = (error: unknown): LookUpFailure => {
  const stack = error instanceof Error && error.stack !== undefined ? { stack: shownStack(error.stack) } : {};
  if (!(error instanceof AppError)) return { kind: 'failure', code: null, suggestions: [], ...stack };
  const { code, page, isByHand } = error;
  return {
    kind: 'failure',
    code,
    suggestions: [],
    ...stack,
    ...(page === undefined ? {} : { page }),
    ...(isByHand ? { isByHand } : {}),
  };
};

/**
 * The Hub's search finds words, not mistakes: but one wrong letter leaves a half of the name right. The fewest requests
 * first; whoever asks stops as soon as something is near.
 */
const queriesFor = ({ type, id }: RepoRef): SearchQuery[] => {
  const [first = '', second] = id.split('/');
  const name = second ?? first;
  const middle = Math.ceil(name.length / 2);
  const halves = [name.slice(0, middle), name.slice(middle)].filter((half) => half.length >= 2);
  return [
    { type, words: name },
    ...(second === undefined ? [] : [{ type, owner: first }]),
    ...halves.map((words) => ({ type, words })),
  ];
};

/** As the person wrote it, but for the repository; a repository that is there lacks the revision. */
const asTyped = (ref: RepoRef, id: string): string => {
  const { revision, ...rest } = ref;
  const isThere = id.toLowerCase() === ref.id.toLowerCase();
  return formatRepoRef({ ...rest, id, ...(revision === undefined || isThere ? {} : { revision }) });
};

/** What was most likely meant, by the Hub's own search: four requests at most. @throws AppError as the Hub's search does */
const findSuggestions = async (
  source: Pick<Source, 'search'>,
  ref: RepoRef,
  signal: AbortSignal,
): Promise<string[]> => {
  const found: string[] = [];
  for (const query of queriesFor(ref)) {
    const { found: repos } = await source.search(query, signal);
    found.push(...repos.map(({ id }) => id));
    const likely = likelyRepos(ref.id, found);
    if (likely.length > 0) return likely.map((id) => asTyped(ref, id));
  }
  return [];
};

/** How long the Hub may be searched for what was meant. */
const SUGGEST_MS = 15_000;

interface FailureDeps {
  readonly store: Store;
  readonly source: Pick<Source, 'search'>;
  readonly log: Log;
}

const failureIn = (request: AddRequest | undefined): LookUpFailure | undefined => {
  const choices = request?.choices;
  return request?.state === 'failed' && choices?.kind === 'failure' ? choices : undefined;
};

/**
 * Adds to a look-up that has failed what was most likely meant, if the Hub did not know it. Whoever asked has the answer
 * already: a search that fails says nothing.
 */
export const suggest = async (
  deps: FailureDeps,
  requestId: number,
  ref: RepoRef | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const { addRequests } = deps.store;
  const failure = failureIn(addRequests.getAddRequest(requestId));
  if (failure?.code !== 'not_found' || !ref) return;
  try {
    const ends = AbortSignal.any([signal, AbortSignal.timeout(SUGGEST_MS)]);
    const suggestions = await findSuggestions(deps.source, ref, ends);
    if (suggestions.length > 0) {
      addRequests.moveAddRequest(requestId, 'failed', 'failed', { choices: { ...failure, suggestions } });
    }
  } catch (error) {
    deps.log.debug({ err: error, request: requestId }, 'The Hub could not be searched');
  }
};

/**
 * Turns a look-up that has failed into one of what was most likely meant.
 * @param ref what had been asked for
 * @returns false if that is not offered any more
 */
export const takeSuggestion = (
  { store }: Pick<FailureDeps, 'store'>,
  request: AddRequest,
  ref: RepoRef | undefined,
  index: number,
): boolean => {
  const meant = failureIn(request)?.suggestions[index];
  if (meant === undefined) return false;
  const { revision, ...options } = optionsOf(request);
  // Of a repository that is there, it was the revision that is not.
  const isThere = parseRepoRef(meant).id.toLowerCase() === ref?.id.toLowerCase();
  return store.addRequests.moveAddRequest(request.id, 'failed', 'looking_up', {
    ref: meant,
    options: revision === undefined || isThere ? options : { ...options, revision },
    errorMessage: null,
    choices: null,
    looks: 0,
  });
};
