import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Checker, type Checkers, checkersHere, createChecker } from '../../../src/checks/checker.ts';
import { type Checks, createChecks } from '../../../src/checks/checks.ts';
import { createLoading } from '../../../src/checks/loads/loading.ts';
import { createLoadLock } from '../../../src/checks/loads/load-lock.ts';
import type { Memory } from '../../../src/domain/memory.ts';
import type { Model } from '../../../src/domain/model.ts';
import { repoFolderName } from '../../../src/domain/repo/repo.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { type Checking, createChecking } from '../../../src/library/checking/checking.ts';
import type { Store } from '../../../src/store/store.ts';
import { lendTestStore } from '../../helpers/database.ts';
import { bringTo } from '../../helpers/statuses.ts';
import { cacheOf, databaseOf } from './folders.ts';

const COMMIT = 'c'.repeat(40);

type Contents = Readonly<Record<string, Buffer>>;

export interface CheckingBench {
  readonly folder: string;
  readonly store: Store;
  readonly checking: () => Checking;
  /** Has a chat have a model that is complete, with these files. */
  readonly put: (
    chatId: number,
    name: string,
    contents: Contents,
    more?: { readonly init?: boolean; readonly hostId?: number },
  ) => Model;
  /** The program ends, and another one begins on the same rows and files. */
  readonly restart: () => Promise<void>;
  /** In which state the check of a model is. */
  readonly state: (model: Model) => string | undefined;
}

/**
 * Checks of models that lie on the disk, in processes of their own.
 * @param between what stands between them and who asks
 * @param runtimesDir where what loads models is installed; without it nothing is loaded
 */
export const openChecking = (
  between: (real: Checks) => Checks = (real) => real,
  {
    runtimesDir,
    freeBytes = 4e9,
    checkersOf = checkersHere,
  }: {
    readonly runtimesDir?: string;
    readonly freeBytes?: number;
    readonly checkersOf?: (here: Checker, store: Store) => Checkers;
  } = {},
): CheckingBench => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-checking-'));
  const store = lendTestStore(databaseOf(folder));
  const checks = between(createChecks({ cacheDir: cacheOf(folder) }));
  const loading =
    runtimesDir === undefined ? undefined : createLoading({ cacheDir: cacheOf(folder), runtimesDir, threads: 1 });
  const memory = async (): Promise<Memory> => ({ totalBytes: 8e9, freeBytes, gpus: [] });
  const begin = (): Checking => {
    const here = createChecker({ checks, loading, loadLock: createLoadLock(), memory });
    return createChecking({ store, checkers: checkersOf(here, store), log: silentLog });
  };
  let checking = begin();
  onTestFinished(async () => {
    await checking.close();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    store,
    checking: () => checking,
    put: (chatId, name, contents, more = {}) => {
      const snapshot = join(cacheOf(folder), repoFolderName({ type: 'model', id: name }), 'snapshots', COMMIT);
      const files = Object.entries(contents).map(([path, content]) => {
        mkdirSync(dirname(join(snapshot, path)), { recursive: true });
        writeFileSync(join(snapshot, path), content);
        return { path, size: content.length, etag: 'e'.repeat(40) };
      });
      const { id } = store.models.createModel({ chatId, name, commitSha: COMMIT, files, ...more });
      bringTo(store, id, 'completed');
      const copyId = store.models.getModel(id)?.copyId ?? 0;
      store.copies.setComplete(copyId, snapshot);
      return store.models.getModel(id) as Model;
    },
    restart: async () => {
      await checking.close();
      checking = begin();
      checking.start();
    },
    state: ({ copyId }) => store.checks.checkOf(copyId ?? 0)?.state,
  };
};
