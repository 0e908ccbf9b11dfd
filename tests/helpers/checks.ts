import { join } from 'node:path';
import { type CheckerDeps, checkersHere, createChecker } from '../../src/checks/checker.ts';
import { type Checks, createChecks } from '../../src/checks/checks.ts';
import { createLoading, type Loading } from '../../src/checks/loads/loading.ts';
import { installedBuild } from '../../src/checks/loads/runtimes.ts';
import { createLoadLock, type LoadLock } from '../../src/checks/loads/load-lock.ts';
import { createTalking, type Talking } from '../../src/checks/talks/talking.ts';
import type { Runtime } from '../../src/domain/checks/runtimes.ts';

/** Those of this checkout. */
export const RUNTIMES_DIR = join(import.meta.dirname, '../../runtimes');

/** A test that needs the build for the processor is left out where it is not, or another one is used in its place. */
export const hasRuntime = (runtime: Runtime): boolean => installedBuild(RUNTIMES_DIR, runtime) === runtime;

/** What looks into models and loads them, on one core: where others are busy, llama.cpp on two is a hundred times slower. */
export const openTestChecks = (
  cacheDir: string,
): { readonly checks: Checks; readonly loading: Loading; readonly talking: Talking; readonly loadLock: LoadLock } => ({
  checks: createChecks({ cacheDir }),
  loading: createLoading({ cacheDir, runtimesDir: RUNTIMES_DIR, threads: 1 }),
  // A model that shall write until it is stopped does.
  talking: createTalking({ cacheDir, runtimesDir: RUNTIMES_DIR, threads: 1, tokensMost: 1_000_000 }),
  loadLock: createLoadLock(),
});

/** Who checks on this machine, where there is no other one. */
export const checkersOf = (deps: CheckerDeps) => checkersHere(createChecker(deps));
