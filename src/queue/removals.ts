import { setImmediate as breathe } from 'node:timers/promises';
import type { Copy } from '../domain/copy.ts';
import { THIS_HOST } from '../domain/hosts/host.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import type { Log } from '../lib/log.ts';
import type { Hosts } from '../copies/hosts.ts';
import type { Store } from '../store/store.ts';
import type { TakeOver } from './take-over.ts';

/** What is to be taken away stands in the rows of copies; here it is done. */
export interface Removals {
  /**
   * Does what is written down for this copy. What lies on a host that is away stays written down until that is back.
   * @returns bytes freed
   * @throws whatever the disk refuses: it is tried again at the next start, and every night
   */
  readonly carryOut: (copyId: number) => Promise<number>;
  /** Begins with everything that is written down for hosts that are there. */
  readonly begin: () => void;
  /** Something is written down that could be done now: its host is there. */
  readonly isAnyToDo: () => boolean;
  /** Resolves when nothing is being deleted in that folder of a host; undefined if nothing is. */
  readonly under: (hostId: number, repoFolder: string) => Promise<void> | undefined;
  /** Deletes what has arrived of blobs that no copy waits for any more, and what a kill has left. @param on these hosts; all unless told */
  readonly sweep: (signal: AbortSignal, on?: ReadonlySet<number>) => Promise<void>;
  readonly idle: () => Promise<void>;
}

export interface RemovalsDeps {
  readonly store: Store;
  readonly hosts: Pick<Hosts, 'of' | 'ids' | 'isThere'>;
  readonly log: Log;
  readonly takeOver: TakeOver;
  /** Resolves when the copy is not being got any more; undefined if it is not. */
  readonly runOf: (copyId: number) => Promise<unknown> | undefined;
  /** Before files go: what leads to them from elsewhere. */
  readonly beforeFiles: () => Promise<void>;
  /** What waits for room may fit now. */
  readonly onFreed: () => void;
}

/** What it writes must not come after what is deleted. That it fails is told where something depends on it. */
const afterTakeOver = async ({ takeOver }: RemovalsDeps): Promise<void> => {
  await takeOver.pending()?.catch(() => undefined);
};

/** @returns bytes freed on the disk */
const clearDisk = async (deps: RemovalsDeps, copy: Copy): Promise<number> => {
  const { store, hosts } = deps;
  const copies = hosts.of(copy.hostId);
  if (copy.removal === 'list') return 0;
  const repoFolder = folderOf(copy);
  // Of what was not complete yet something may be shown too: what it had in common with another copy, or a kill has left.
  const hasShown = copy.removal === 'files' || (copy.madeBy === 'hubgram' && copy.path === null);
  const etags = new Set<string>();
  const paths: string[] = [];
  for await (const part of store.copies.readAmongOthers(copy)) {
    for (const { path, etag, isBlobNeeded, isPathNeeded, isMadeByOther } of part) {
      if (!isBlobNeeded) etags.add(etag);
      if (hasShown && !isPathNeeded && !isMadeByOther) paths.push(path);
    }
  }
  // A power cut brings back no model without its files.
  await store.flushed();
  await deps.beforeFiles();
  if (!hasShown) return copies.removeArrived({ repoFolder, etags: [...etags] });
  return copies.removeSnapshot({ repoFolder, commit: copy.commitSha, paths, etags: [...etags] });
};

const folderOf = ({ repoType: type, name: id }: Copy): string => repoFolderName({ type, id });

const takeAway = async (deps: RemovalsDeps, id: number): Promise<number> => {
  const { store } = deps;
  await afterTakeOver(deps);
  const copy = store.copies.getCopy(id);
  if (!copy?.removal) return 0;
  // Begun anew meanwhile: then its bytes are wanted.
  const isNeeded = copy.state === 'wanted' && store.copies.isNeeded(id);
  const freed = isNeeded ? 0 : await clearDisk(deps, copy);
  // The disk first: as long as something may be there, the row says so.
  while (!store.copies.dropListed(id)) await breathe();
  if (freed > 0) {
    const { name, commitSha: commit, removal } = copy;
    deps.log.info({ copy: id, name, commit, removal, bytes: freed }, 'Files of a copy are removed');
    deps.onFreed();
  }
  return freed;
};

/** Each is a question to the database; then everything else has its turn. */
const ASKED_AT_ONCE = 100;

interface FolderOnHost {
  readonly hostId: number;
  readonly repoFolder: string;
}

const isAwaited = ({ store }: RemovalsDeps, { hostId, repoFolder }: FolderOnHost, etag: string): boolean =>
  store.copies.blobAwaiters(etag, hostId).some((repo) => repoFolderName(repo) === repoFolder);

const sweepHost = async (deps: RemovalsDeps, hostId: number, signal: AbortSignal): Promise<void> => {
  const copies = deps.hosts.of(hostId);
  for await (const { repoFolder, etags } of copies.partials(signal)) {
    const unwanted: string[] = [];
    for (const [index, etag] of etags.entries()) {
      if (index % ASKED_AT_ONCE === ASKED_AT_ONCE - 1) await breathe();
      if (!isAwaited(deps, { hostId, repoFolder }, etag)) unwanted.push(etag);
    }
    // By what is wanted and never by age: a download may be paused for a year.
    await copies.sweep({ repoFolder, etags: unwanted });
  }
};

const sweepNow = async (deps: RemovalsDeps, signal: AbortSignal, on: ReadonlySet<number>): Promise<void> => {
  const { hosts, log } = deps;
  await afterTakeOver(deps);
  if (on.has(THIS_HOST)) await sweepHost(deps, THIS_HOST, signal);
  for (const host of on) {
    if (host === THIS_HOST || !hosts.isThere(host)) continue;
    // One that goes away meanwhile is swept another night.
    await sweepHost(deps, host, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      log.warn(
        { err: error, host: deps.store.hosts.getHost(host)?.name },
        'What nobody waits for could not be swept on a host',
      );
    });
  }
};

const todo = ({ store, hosts }: RemovalsDeps): number[] =>
  store.copies.removalsToDo().filter((id) => hosts.isThere(store.copies.getCopy(id)?.hostId ?? THIS_HOST));

const folderKey = (hostId: number, folder: string): string => `${hostId} ${folder}`;

/** Removals go one after the other in a folder, and runs wait for them: nothing is written that is about to be deleted. */
export const createRemovals = (deps: RemovalsDeps): Removals => {
  const { store, log } = deps;
  const folders = new Map<string, Promise<void>>();
  const jobs = new Map<number, Promise<number>>();

  const inFolder = (folder: string, work: () => Promise<number>): Promise<number> => {
    const result = (folders.get(folder) ?? Promise.resolve()).then(work);
    const settled = result
      .then(() => undefined)
      .catch(() => undefined)
      .then(() => {
        if (folders.get(folder) === settled) folders.delete(folder);
      });
    folders.set(folder, settled);
    return result;
  };

  const run = async (id: number): Promise<number> => {
    const copy = store.copies.getCopy(id);
    if (!copy?.removal || !deps.hosts.isThere(copy.hostId)) return 0;
    // Whoever goes on with it is not waited for.
    if (copy.state !== 'wanted' || !store.copies.isNeeded(id)) await deps.runOf(id);
    return inFolder(folderKey(copy.hostId, folderOf(copy)), () => takeAway(deps, id));
  };

  const carryOut = (id: number): Promise<number> => {
    const before = jobs.get(id);
    // What is asked for now may have been written down after that one has looked.
    const job = before
      ? before.then(
          async (freed) => freed + (await run(id)),
          () => run(id),
        )
      : run(id);
    const forget = (): void => {
      if (jobs.get(id) === job) jobs.delete(id);
    };
    jobs.set(id, job);
    job.then(forget, forget);
    return job;
  };

  const begin = (): void => {
    try {
      for (const id of todo(deps)) {
        carryOut(id).catch((error: unknown) =>
          log.error({ err: error, copy: id }, 'What is to go could not be removed'),
        );
      }
    } catch (error) {
      // The next look tries again.
      log.error({ err: error }, 'What is to be removed could not be read');
    }
  };

  return {
    carryOut,
    begin,
    isAnyToDo: () => todo(deps).length > 0,
    under: (hostId, folder) => folders.get(folderKey(hostId, folder)),
    sweep: (signal, on = new Set(deps.hosts.ids())) => sweepNow(deps, signal, on),
    idle: async () => {
      while (jobs.size > 0) await Promise.allSettled(jobs.values());
    },
  };
};
