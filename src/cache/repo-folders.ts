import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { makeFolder, removeEmpty } from '../lib/folder.ts';
import { refuseLinks, type RepoPaths } from './layout.ts';

/**
 * The folders of repositories: each is made with its `snapshots`, and goes with it. Without that huggingface_hub calls a
 * repository corrupt (`_scan_cached_repo` in utils/_cache_manager.py), whatever else is to come.
 */
export interface RepoFolders {
  /**
   * Makes it for a run, until whose end it stays.
   * @returns ends that; what is empty then goes. Never rejects
   * @throws AppError no_space, operational, integrity: it cannot be made
   */
  readonly enter: (paths: RepoPaths) => Promise<() => Promise<void>>;
  /** Removes the folders in it that are empty, and itself if nothing is in it; not while a run is in it. */
  readonly tidy: (paths: RepoPaths) => Promise<void>;
  /** Removes it if nothing is in it but what `enter` makes, and no run either. */
  readonly dropUnused: (paths: RepoPaths) => Promise<void>;
}

/** Nothing lies there but what `enter` makes, or half of that: a program was killed before it could put anything else. */
export const isUnused = async ({ root, snapshots }: RepoPaths): Promise<boolean> => {
  const names = await readdir(root).catch(() => undefined);
  return names?.every((name) => name === basename(snapshots)) === true;
};

const removeUnused = async (paths: RepoPaths): Promise<void> => {
  if (!(await isUnused(paths))) return;
  for (const folder of [paths.snapshots, paths.root]) await removeEmpty(folder, folder);
};

const removeEmptyIn = async (paths: RepoPaths): Promise<void> => {
  for (const folder of [paths.partials, paths.blobs, paths.refs]) await removeEmpty(folder, folder);
  await removeUnused(paths);
  await removeEmpty(paths.root, paths.root);
};

/** Nobody uses any folder at first. */
export const createRepoFolders = (): RepoFolders => {
  const users = new Map<string, number>();
  const turns = new Map<string, Promise<void>>();

  /** One after the other in a folder: none goes that is just being made. */
  const inTurn = ({ root }: RepoPaths, work: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(root) ?? Promise.resolve()).then(work);
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (turns.get(root) === settled) turns.delete(root);
      });
    turns.set(root, settled);
    return turn;
  };

  /** What is empty stays as long as a run is there that may be about to use it: the last one tidies. */
  const tidy = (paths: RepoPaths): Promise<void> =>
    inTurn(paths, async () => {
      if (!users.has(paths.root)) await removeEmptyIn(paths);
    });

  const leave = async (paths: RepoPaths): Promise<void> => {
    const left = (users.get(paths.root) ?? 1) - 1;
    if (left > 0) users.set(paths.root, left);
    else users.delete(paths.root);
    await tidy(paths);
  };

  const make = async (paths: RepoPaths): Promise<void> => {
    await refuseLinks(paths.root, paths.partials);
    await refuseLinks(paths.root, paths.snapshots);
    await makeFolder(paths.snapshots).catch((error: unknown) => {
      throw diskFailure(error, paths.snapshots);
    });
  };

  return {
    tidy,
    dropUnused: (paths) =>
      inTurn(paths, async () => {
        if (!users.has(paths.root)) await removeUnused(paths);
      }),
    enter: async (paths) => {
      users.set(paths.root, (users.get(paths.root) ?? 0) + 1);
      try {
        await inTurn(paths, () => make(paths));
      } catch (error) {
        await leave(paths);
        throw error;
      }
      return () => leave(paths);
    },
  };
};
