import { AppError, isTransient, refuse } from '../../domain/errors.ts';
import { selectFromList } from '../../domain/files/listing-thread.ts';
import type { Loads } from '../../domain/files/loads/loads.ts';
import { parseSelectionKey, pathFilter } from '../../domain/files/selection.ts';
import type { RepoFile, RepoListing } from '../../domain/listing.ts';
import type { Model } from '../../domain/model.ts';
import { type News, TITLES_MOST } from '../../domain/renewals/renewal.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Fetch, Questions } from '../../sources/port.ts';
import type { Store } from '../../store/store.ts';
import { checkGate } from '../adding/check-gate.ts';
import { aboutFetched } from './about-fetched.ts';
import { compareLists } from './compare.ts';

/** What a model would consist of at the commit of a listing. */
export interface Chosen {
  readonly files: readonly RepoFile[];
  readonly sizeBytes: number;
  readonly loads: Loads;
}

/**
 * The same wish, made of what the repository is now.
 * @throws AppError validation: it means nothing there, or something that a person has to choose
 */
export const chooseAgain = async (
  listing: RepoListing,
  { name, selection }: Pick<Model, 'name' | 'selection'>,
  signal: AbortSignal,
): Promise<Chosen> => {
  const selected = await selectFromList(listing, parseSelectionKey(selection), signal);
  if (selected.kind === 'files') {
    const { files, totalBytes: sizeBytes, loads } = selected;
    return { files, sizeBytes, loads };
  }
  if (selected.kind === 'unsafe') refuse(`${name} holds files now that cannot be stored here.`);
  refuse(`${name} offers a choice now. Add it again, and choose.`);
};

/** What a look has found out about a model. */
export interface Found {
  readonly model: Model;
  /** Undefined: nothing differs, or it cannot be had. */
  readonly news: News | undefined;
  /** Something differs that a program would load. */
  readonly isNews: boolean;
  /** Why it cannot be had. */
  readonly reason?: string;
}

/** Of commits, so many are asked for at most: by then nobody counts. */
const COMMITS_MOST = 20;

type Titles = Pick<News, 'titles' | 'hasMore'>;
const NO_TITLES: Titles = { titles: [], hasMore: false };

/** What the authors say of it. It helps, and nothing hangs on it: those of a gated repository may not be told. */
const titlesSince = async (
  source: Questions,
  listing: RepoListing,
  since: string,
  signal: AbortSignal,
): Promise<Titles> => {
  try {
    const ref = { type: listing.type, id: listing.id, revision: listing.commit };
    const commits = await source.commits(ref, { since, most: COMMITS_MOST }, signal);
    const titles = commits.map(({ title }) => title).filter((title) => title !== '');
    return { titles: titles.slice(0, TITLES_MOST), hasMore: commits.length > TITLES_MOST };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AppError)) throw error;
    return NO_TITLES;
  }
};

/** What any of these models may be made of; undefined: that may be anything. */
const keptPaths = (models: readonly Model[]): ((path: string) => boolean) | undefined => {
  const filters = [...new Set(models.map(({ selection }) => selection))].map((key) =>
    pathFilter(parseSelectionKey(key)),
  );
  const given = filters.filter((filter) => filter !== undefined);
  return given.length < filters.length ? undefined : (path) => given.some((filter) => filter(path));
};

interface Look {
  readonly store: Pick<Store, 'copies'>;
  readonly source: Questions;
  /** How to ask other hosts than the source; without it what lies here in chunks is not found out. */
  readonly fetch?: Fetch | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What all that are the same as a model are told. */
const lookAtOne = async (look: Look, listing: RepoListing, model: Model): Promise<Omit<Found, 'model'>> => {
  const { store, source, fetch, signal } = look;
  try {
    const { files, sizeBytes } = await chooseAgain(listing, model, signal);
    const had = model.copyId === null ? [] : await store.copies.readCopyFiles(model.copyId);
    const { isNews, ...difference } = await compareLists(had, files, signal);
    if (difference.changed + difference.added + difference.removed === 0) return { news: undefined, isNews };
    const titles = isNews ? await titlesSince(source, listing, model.commitSha ?? '', signal) : NO_TITLES;
    const { type, id, commit } = listing;
    const update = { type, id, before: { commit: model.commitSha ?? '', files: had }, after: { commit, files } };
    const fetchedBytes =
      isNews && fetch ? await aboutFetched({ ...look, fetch }, update, difference.missingBytes) : undefined;
    const bytes = fetchedBytes === undefined ? {} : { fetchedBytes };
    return { news: { ...difference, ...bytes, sizeBytes, ...titles }, isNews };
  } catch (error) {
    signal.throwIfAborted();
    // Of another model of the same branch the same wish may still mean something; what time mends is tried again.
    if (!(error instanceof AppError) || isTransient(error)) throw error;
    return { news: undefined, isNews: true, reason: error.message };
  }
};

/**
 * What is new about models of one branch at a commit, found out once for all that are the same. Two requests, one more for each
 * thousand files, and one for the titles of each that has news.
 * @throws AppError as `inspect` and `locate` of the source; the signal's reason
 */
export const findNews = async (look: Look, models: readonly Model[], commit: string): Promise<Found[]> => {
  const { source, signal } = look;
  const [first] = models;
  if (!first) return [];
  const ref = { type: first.repoType, id: first.name, revision: commit };
  const listing = await source.inspect(ref, signal, keptPaths(models));
  await checkGate(source, listing, signal);
  const found: Found[] = [];
  for (const same of Map.groupBy(models, ({ copyId, selection }) => `${copyId} ${selection}`).values()) {
    const [model] = same as [Model, ...Model[]];
    const told = await lookAtOne(look, listing, model);
    found.push(...same.map((each) => ({ model: each, ...told })));
  }
  return found;
};
