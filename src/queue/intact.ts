import { setImmediate as breathe, setTimeout as pass } from 'node:timers/promises';
import type { Copy } from '../domain/copy.ts';
import type { Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import type { Store } from '../store/store.ts';
import type { Hosts } from '../copies/hosts.ts';
import type { QueueDeps } from './deps.ts';

export interface IntactDeps {
  readonly store: Store;
  readonly hosts: Pick<Hosts, 'of' | 'isThere'>;
}

/** @returns false if its host, or the disk of the cache there, is not there: that says nothing of the files */
const lookAtOne = async ({ store, hosts }: IntactDeps, copy: Copy): Promise<boolean> => {
  if (!hosts.isThere(copy.hostId)) return false;
  const gone = await hosts.of(copy.hostId).missingFiles({
    repoFolder: repoFolderName({ type: copy.repoType, id: copy.name }),
    files: await store.copies.readCopyFiles(copy.id),
    commit: copy.commitSha,
  });
  if (gone === undefined) return false;
  // In the row, from which cards are drawn. It may have been verified anew meanwhile.
  if (store.copies.getCopy(copy.id)?.verifiedAt === copy.verifiedAt) store.copies.setFilesGone(copy.id, gone);
  return true;
};

/** Rows read at one time: there may be a hundred thousand. */
const AT_ONCE = 100;

/** Nobody waits for it: after so many it leaves the program and the disk to others, for several times as long as they took. */
const REST_MS = 200;
const restAWhile = (signal: AbortSignal): Promise<unknown> =>
  pass(REST_MS, undefined, { signal }).catch(() => undefined);

/** Looks whether all files of all copies that models have are still there: other tools clean up the same cache. */
export const lookAfterFiles = async (
  deps: IntactDeps,
  signal: AbortSignal,
  rest: (signal: AbortSignal) => Promise<unknown> = restAWhile,
): Promise<void> => {
  const unseen = new Set<number>();
  for (let afterId = 0; ; ) {
    const copies = deps.store.copies.copiesHad(afterId, AT_ONCE);
    for (const copy of copies) {
      if (signal.aborted) return;
      afterId = copy.id;
      if (!unseen.has(copy.hostId) && !(await lookAtOne(deps, copy))) unseen.add(copy.hostId);
    }
    if (copies.length < AT_ONCE) return;
    await rest(signal);
  }
};

/** More than a person sees at once, several times: what does not fit is looked at when it is shown again. */
const WANTED_MOST = 100;

/** Looks at what people have before their eyes. */
export interface Looks {
  /** Nobody waits for it: what is found is in the row a moment later. */
  readonly lookAt: (models: readonly Pick<Model, 'copyId'>[]) => void;
  /** Resolves when what is under way has ended. */
  readonly idle: () => Promise<void>;
}

/** @param signal ends it */
export const createLooks = (deps: IntactDeps & Pick<QueueDeps, 'log'>, signal: AbortSignal): Looks => {
  const wanted = new Set<number>();
  let running: Promise<void> | undefined;

  /** One after the other: a crowd of lists is no more work for the disk than one. */
  const work = async (): Promise<void> => {
    await breathe();
    for (const id of wanted) {
      if (signal.aborted) break;
      try {
        const copy = deps.store.copies.getCopy(id);
        if (copy && deps.store.copies.isHad(id)) await lookAtOne(deps, copy);
      } catch (error) {
        // It is shown again some time, or looked at in the night.
        deps.log.warn({ err: error, copy: id }, 'Whether the files of a copy are there could not be found out');
      }
      wanted.delete(id);
    }
    running = undefined;
  };

  return {
    lookAt: (models) => {
      for (const { copyId } of models) if (copyId !== null && wanted.size < WANTED_MOST) wanted.add(copyId);
      if (wanted.size > 0) running ??= work();
    },
    idle: async () => running,
  };
};
