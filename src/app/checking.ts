import { fileURLToPath } from 'node:url';
import { type Checker, createChecker } from '../checks/checker.ts';
import { type Checks, createChecks } from '../checks/checks.ts';
import type { CopyFolders } from '../checks/folders.ts';
import { createLoading, type Loading } from '../checks/loads/loading.ts';
import type { Memory } from '../domain/memory.ts';
import type { Config } from '../config/config.ts';
import { createLoadLock, type LoadLock } from '../checks/loads/load-lock.ts';
import { createTalking, type Talking } from '../checks/talks/talking.ts';

/** Beside the sources; what somebody has installed of it is in the folders there. */
const RUNTIMES_DIR = fileURLToPath(new URL('../../runtimes', import.meta.url));

interface OpenedChecks {
  readonly checks: Checks;
  readonly loading: Loading;
  readonly talking: Talking;
  /** In which either of them loads. */
  readonly loadLock: LoadLock;
}

/** What looks into the models that lie in these folders, and what loads them. */
export const openChecks = (folders: CopyFolders, { cardsEnv }: Pick<Config, 'cardsEnv'>): OpenedChecks => ({
  checks: createChecks(folders),
  loading: createLoading({ ...folders, runtimesDir: RUNTIMES_DIR, cardsEnv }),
  talking: createTalking({ ...folders, runtimesDir: RUNTIMES_DIR, cardsEnv }),
  loadLock: createLoadLock(),
});

/** What checks the models that lie in these folders. */
export const openChecker = (
  folders: CopyFolders,
  config: Pick<Config, 'cardsEnv'>,
  memory: () => Promise<Memory>,
): Checker => createChecker({ ...openChecks(folders, config), memory });
