import { withFile } from '../cache/read-piece.ts';
import { type Whole, wholeOf } from '../domain/checks/check.ts';
import type { Need } from '../domain/checks/fits.ts';
import type { Loadable } from '../domain/checks/loads.ts';
import { AppError } from '../domain/errors.ts';
import type { RepoFile } from '../domain/listing.ts';
import { repoOfFolder } from '../domain/repo/repo.ts';
import { bytesOfFile } from './bytes/cursor.ts';
import { holdTogether } from './hold-together.ts';
import { isLookedAt, lookAtFile } from './look-at-file.ts';
import { createLookedAt, type LookedAt } from './looked-at.ts';
import { needOf } from './memory/need.ts';

/** A copy that is to be looked into. */
export interface CheckTask {
  readonly cacheDir: string;
  readonly repoFolder: string;
  readonly commit: string;
  readonly files: readonly RepoFile[];
}

/** How far a check is. */
export interface CheckState {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly currentFile: string;
  /** It has been read, and is being loaded. */
  readonly isLoading?: boolean;
}

/** What the headers of a copy's files say. */
export interface Headers {
  readonly whole: Whole;
  /** undefined: nothing was read that could be loaded. */
  readonly need: Need | undefined;
  /** What of it can be loaded; undefined: nothing, or something is wrong with it already. */
  readonly loadable: Loadable | undefined;
}

const look = async (task: CheckTask, found: LookedAt, file: RepoFile): Promise<void> => {
  try {
    await withFile(task.cacheDir, { ...task, path: file.path }, (opened, size) =>
      lookAtFile(found, file, bytesOfFile(opened.fd, size)),
    );
  } catch (error) {
    const code = error instanceof AppError ? error.code : undefined;
    if (code === 'not_found') found.faults.push({ path: file.path, reason: 'is not there' });
    else if (code === 'integrity') found.unread.push({ path: file.path, reason: 'is a link that leads elsewhere' });
    else throw error;
  }
};

/**
 * Looks into the files of a copy, one after the other, and holds them against each other. It keeps everything else waiting and
 * may take all memory there is: to be called in a process of its own.
 * @throws AppError: the disk refuses
 */
export const readHeaders = async (task: CheckTask, onFile: (state: CheckState) => void): Promise<Headers> => {
  const found = createLookedAt(task.files);
  const wanted = task.files.filter(({ path }) => isLookedAt(path));
  for (const [filesDone, file] of wanted.entries()) {
    onFile({ currentFile: file.path, filesDone, filesTotal: wanted.length });
    await look(task, found, file);
  }
  holdTogether(found);
  // A configuration that was saved once more names its own repository.
  found.codeFrom.delete(repoOfFolder(task.repoFolder)?.id ?? '');
  const needed = needOf(found);
  return {
    whole: wholeOf({ ...found, weightFiles: found.weights.size }),
    need: needed?.need,
    loadable: found.faults.length === 0 ? needed?.loadable : undefined,
  };
};
