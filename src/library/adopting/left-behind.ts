import { createHash } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { isCommit } from '../../domain/hashes.ts';
import type { RepoType } from '../../domain/listing.ts';
import { repoOfFolder } from '../../domain/repo/repo.ts';
import type { AdoptionWish } from '../../domain/verification.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { pageOf, type PageWanted } from '../../lib/page.ts';
import { shorten } from '../../lib/text/shorten.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Store } from '../../store/store.ts';
import type { FoundItem } from '../../store/verifying/adoptions.ts';

/** A commit of a repository of which files lie in the cache. */
export interface Find {
  /** Short enough for a button; the same as long as it lies there. */
  readonly key: string;
  readonly type: RepoType;
  readonly id: string;
  readonly commit: string;
  /** Branches and tags that lead to it there. */
  readonly refs: readonly string[];
  readonly files: number;
  /** Of these: links to nothing. */
  readonly gone: number;
  readonly bytes: number;
  /** When the newest of its files was written, milliseconds since the epoch. */
  readonly changedAt: number;
}

/** A part of what was found. */
export interface FindsPage {
  readonly finds: readonly Find[];
  readonly total: number;
  readonly bytes: number;
  /** How many lie there only because their removals can be undone. */
  readonly removed: number;
  readonly pages: number;
  /** Counted from 0; the last one if there are not so many. */
  readonly page: number;
}

/** What lies in the cache and no library has, the largest first. */
export interface LeftBehind {
  /** Waits for the disk a moment at most. undefined: it is still being looked through. */
  readonly page: (wanted: PageWanted) => Promise<FindsPage | undefined>;
  /** The list goes on without it until the disk is looked through again. @returns its place there; -1 if it is not there */
  readonly drop: (key: string) => Promise<number>;
  /** What of it is meant in this chat. @throws AppError not_found, with a sentence that says what is there instead; the signal's reason */
  readonly meantBy: (wish: AdoptionWish, chatId: number, signal: AbortSignal) => Promise<FoundItem[]>;
  /** The next look goes through the disk again. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

interface LeftBehindDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'listCache'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long what was found is believed. */
const TTL_MS = 60_000;
/** How long somebody who asks waits for the disk. */
const PATIENCE_MS = 2000;
const KEY_LENGTH = 16;

const keyOf = (repoFolder: string, commit: string): string =>
  createHash('sha256').update(`${repoFolder} ${commit}`).digest('hex').slice(0, KEY_LENGTH);

interface Known extends Find {
  /** Some library has it, or waits for it. */
  readonly isKept: boolean;
  /** It is kept only for a removal that can be undone: the chat of that. */
  readonly removedIn: number | undefined;
  /** Somebody takes it over. */
  readonly isTaken?: boolean;
}

const walk = async ({ store, queue }: LeftBehindDeps, signal: AbortSignal): Promise<readonly Known[]> => {
  const found: Known[] = [];
  for await (const { repoFolder, revisions } of queue.listCache(signal)) {
    const repo = repoOfFolder(repoFolder);
    if (!repo) continue;
    const { type, id } = repo;
    const kept = new Set(store.copies.commitsKept({ repoType: type, name: id }));
    const waiting = store.removedModels.commitsWaiting({ repoType: type, name: id });
    for (const revision of revisions) {
      const { commit } = revision;
      if (revision.files === revision.gone) continue;
      const key = keyOf(repoFolder, commit);
      found.push({ key, type, id, ...revision, isKept: kept.has(commit), removedIn: waiting.get(commit) });
    }
  }
  signal.throwIfAborted();
  return found.toSorted((left, right) => right.bytes - left.bytes || left.id.localeCompare(right.id));
};

/** By which it is known to people: a branch or a tag, or its commit. */
export const revisionOf = ({ refs, commit }: Pick<Find, 'refs' | 'commit'>): string =>
  refs.includes('main') ? 'main' : (refs[0] ?? commit);

const itemOf = (find: Find): FoundItem => ({
  repoType: find.type,
  name: find.id,
  commitSha: find.commit,
  revision: revisionOf(find),
});

const notThere = (sentence: string): never => {
  throw new AppError('not_found', sentence);
};

const isSame = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

const isRevision = ({ refs, commit }: Find, wanted: string): boolean =>
  refs.includes(wanted) || commit === wanted || (wanted.length >= 7 && commit.startsWith(wanted));

type Named = Extract<AdoptionWish, { readonly id: string }>;

/** Of several commits the one that `main` leads to, or else the newest. */
const oneOf = (found: readonly Known[]): readonly Known[] => {
  const main = found.find(({ refs }) => refs.includes('main'));
  return [main ?? found.toSorted((left, right) => right.changedAt - left.changedAt)[0] ?? []].flat();
};

const named = (known: readonly Known[], { type, id, revision }: Named): readonly Known[] => {
  const ofRepo = known.filter((find) => find.type === type && isSame(find.id, id));
  if (ofRepo.length === 0) return notThere(`Nothing of ${id} lies in the cache. /add ${id} would fetch it.`);
  if (revision === undefined) return oneOf(ofRepo);
  const meant = ofRepo.filter((find) => isRevision(find, revision));
  if (meant.length > 0) return meant.slice(0, 1);
  const there = ofRepo.map((find) => revisionOf(find)).map((one) => (isCommit(one) ? one.slice(0, 7) : one));
  return notThere(
    `Of ${id} the cache has ${shorten(there.join(', '), 200)}, and nothing of “${shorten(revision, 60)}”.`,
  );
};

/** Why it cannot be taken over, and what can be done instead. */
const keptSentence = ({ models }: Pick<Store, 'models'>, { id, type, commit, removedIn }: Known, chatId: number) => {
  if (removedIn === chatId) return `${id} was removed here within the last hour: /undo ${id} brings it back.`;
  if (removedIn !== undefined) return `${id} was removed in another chat, and can be brought back there for an hour.`;
  const isHere = models.findModels(chatId, id).some((one) => one.repoType === type && one.commitSha === commit);
  return isHere ? `${id} is in this library.` : `A library has ${id} already: /add ${id} takes it from the disk.`;
};

/** What is said where nothing is left to be taken over. */
export const nothingLeft = (removed: number): string =>
  removed === 0
    ? 'Every model in the cache is in a library.'
    : 'What the cache has is in a library, or was removed within the last hour: /undo brings that back.';

const removedOf = (all: readonly Known[]): number => all.filter(({ removedIn }) => removedIn !== undefined).length;
const isLeft = ({ isKept, isTaken }: Known): boolean => !isKept && isTaken !== true;

/** @throws AppError not_found */
const meant = (store: Store, all: readonly Known[], wish: AdoptionWish, chatId: number): FoundItem[] => {
  if ('all' in wish) {
    const left = all.filter(({ isKept }) => !isKept);
    return left.length > 0 ? left.map(itemOf) : notThere(nothingLeft(removedOf(all)));
  }
  const [one] = 'key' in wish ? all.filter(({ key }) => key === wish.key) : named(all, wish);
  if (!one) return notThere('It is not in the cache any more.');
  return one.isKept ? notThere(keptSentence(store, one, chatId)) : [itemOf(one)];
};

/** One look through the disk at a time, however many ask. */
const createLook = (deps: LeftBehindDeps) => {
  const { clock } = deps;
  const closing = new AbortController();
  let known: readonly Known[] | undefined;
  let since = Number.NEGATIVE_INFINITY;
  /** Counts what makes what was found before too old. */
  let generation = 0;
  let running: { readonly of: number; readonly found: Promise<readonly Known[]> } | undefined;
  let next: Promise<readonly Known[]> | undefined;

  const begin = (): Promise<readonly Known[]> => {
    const of = generation;
    const found = walk(deps, closing.signal).finally(() => {
      running = undefined;
    });
    running = { of, found };
    return found.then((all) => {
      if (generation === of) [known, since] = [all, clock.monotonic()];
      return all;
    });
  };
  const drop = (key: string): void => {
    known = known?.map((one) => (one.key === key ? { ...one, isTaken: true } : one));
  };
  const forget = (): void => {
    since = Number.NEGATIVE_INFINITY;
    generation += 1;
  };
  const look = async (): Promise<readonly Known[]> => {
    if (known && clock.monotonic() - since < TTL_MS) return known;
    if (!running) return begin();
    if (running.of === generation) return running.found;
    // It may have passed by already what is looked for: one more for all who ask meanwhile.
    next ??= running.found
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };

  return {
    look,
    drop,
    forget,
    close: async (): Promise<void> => {
      closing.abort(new Error('closing'));
      await Promise.allSettled([running?.found, next]);
    },
  };
};

/** Nothing is looked at before somebody asks. */
export const createLeftBehind = (deps: LeftBehindDeps): LeftBehind => {
  const { log } = deps;
  const { look, drop, forget, close } = createLook(deps);

  /** Who asked goes on without it when it takes long. */
  const lookBriefly = async (): Promise<readonly Known[] | undefined> => {
    const looking = look();
    looking.catch((error: unknown) => log.debug({ err: error }, 'The cache could not be looked through'));
    const enough = new AbortController();
    const patience = pass(PATIENCE_MS, undefined, { signal: enough.signal, ref: false }).catch(() => undefined);
    try {
      return await Promise.race([looking, patience]);
    } finally {
      enough.abort();
    }
  };

  return {
    page: async (wanted) => {
      const all = await lookBriefly();
      if (!all) return undefined;
      const found = all.filter(isLeft);
      const { pages, page, offset, limit } = pageOf(found.length, wanted);
      const bytes = found.reduce((sum, find) => sum + find.bytes, 0);
      return {
        finds: found.slice(offset, offset + limit),
        total: found.length,
        bytes,
        pages,
        page,
        removed: removedOf(all),
      };
    },
    drop: async (key) => {
      const place = ((await lookBriefly()) ?? []).filter(isLeft).findIndex((one) => one.key === key);
      drop(key);
      return place;
    },
    meantBy: async (wish, chatId, signal) => {
      // What a list has shown is where it was shown; of everything else somebody may have just put it there.
      if (!('key' in wish)) forget();
      const all = await look();
      signal.throwIfAborted();
      return meant(deps.store, all, wish, chatId);
    },
    forget,
    close,
  };
};
