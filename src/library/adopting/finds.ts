/* library/adopting: what lies in a cache and becomes a model, without a byte being fetched. */

import { createHash } from 'node:crypto';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RepoType } from '../../domain/listing.ts';
import { isRevision, repoOfFolder } from '../../domain/repo/repo.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Store } from '../../store/store.ts';

/** A commit of a repository of which files lie in the cache of a machine. */
export interface Find {
  /** Short enough for a button; the same as long as it lies there. */
  readonly key: string;
  readonly hostId: number;
  /** Of another machine; null: that of the bot. */
  readonly hostName: string | null;
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

/** By which it is known to people: a branch or a tag that somebody can ask for, or its commit. */
export const revisionOf = ({ refs, commit }: Pick<Find, 'refs' | 'commit'>): string =>
  refs.includes('main') ? 'main' : (refs.find((ref) => isRevision(ref)) ?? commit);

export interface Known extends Find {
  /** Some library has it, or waits for it. */
  readonly isKept: boolean;
  /** It is kept only for a removal that can be undone: the chat of that. */
  readonly removedIn: number | undefined;
  /** Somebody takes it over. */
  readonly isTaken?: boolean;
}

export interface LookDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'listCache'>;
  readonly clock: Clock;
}

/** How long what was found is believed. */
const TTL_MS = 60_000;
const KEY_LENGTH = 16;

/** Of what lies on another machine it begins with the number of that, so that nobody else is asked for it. */
const keyOf = (hostId: number, repoFolder: string, commit: string): string => {
  const hash = createHash('sha256').update(`${repoFolder} ${commit}`).digest('hex').slice(0, KEY_LENGTH);
  return hostId === THIS_HOST ? hash : `${hostId}-${hash}`;
};

/** On which machine lies what has this key. */
export const hostOfKey = (key: string): number => {
  const [, hostId] = /^(\d{1,9})-/.exec(key) ?? [];
  return hostId === undefined ? THIS_HOST : Number(hostId);
};

/** The largest first. */
export const inOrder = (found: readonly Known[]): readonly Known[] =>
  found.toSorted((left, right) => right.bytes - left.bytes || left.id.localeCompare(right.id));

const walk = async ({ store, queue }: LookDeps, hostId: number, signal: AbortSignal): Promise<readonly Known[]> => {
  const found: Known[] = [];
  const hostName = hostId === THIS_HOST ? null : (store.hosts.getHost(hostId)?.name ?? null);
  for await (const { repoFolder, revisions } of queue.listCache(hostId, signal)) {
    const repo = repoOfFolder(repoFolder);
    if (!repo) continue;
    const { type, id } = repo;
    const onHost = { repoType: type, name: id, hostId };
    const kept = new Set(store.copies.commitsKept(onHost));
    const waiting = store.removedModels.commitsWaiting(onHost);
    for (const revision of revisions) {
      const { commit } = revision;
      if (revision.files === revision.gone) continue;
      const key = keyOf(hostId, repoFolder, commit);
      const repo = { key, hostId, hostName, type, id };
      found.push({ ...repo, ...revision, isKept: kept.has(commit), removedIn: waiting.get(commit) });
    }
  }
  signal.throwIfAborted();
  return inOrder(found);
};

/** What lies in the cache of one machine: one look through its disk at a time, however many ask. */
export const createLook = (deps: LookDeps, hostId: number) => {
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
    const found = walk(deps, hostId, closing.signal).finally(() => {
      running = undefined;
    });
    running = { of, found };
    return found.then((all) => {
      if (generation === of) [known, since] = [all, clock.monotonic()];
      return all;
    });
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
    /** The list goes on without it until the disk is looked through again. */
    drop: (key: string): void => {
      known = known?.map((one) => (one.key === key ? { ...one, isTaken: true } : one));
    },
    /** The next look goes through the disk again. */
    forget: (): void => {
      since = Number.NEGATIVE_INFINITY;
      generation += 1;
    },
    close: async (): Promise<void> => {
      closing.abort(new Error('closing'));
      await Promise.allSettled([running?.found, next]);
    },
  };
};
export type Look = ReturnType<typeof createLook>;
