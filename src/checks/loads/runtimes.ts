import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RUNTIMES, type Runtime } from '../../domain/checks/runtimes.ts';

const versionIn = (file: string, runtime: Runtime): string | undefined => {
  try {
    const lock = JSON.parse(readFileSync(file, 'utf8')) as { readonly packages?: Readonly<Record<string, unknown>> };
    const entry = lock.packages?.[`node_modules/${RUNTIMES[runtime].name}`] as
      | { readonly version?: string }
      | undefined;
    return entry?.version;
  } catch {
    // It is not there, or npm was stopped while it wrote it.
    return undefined;
  }
};

/**
 * Whether a runtime is installed as its lock file has it. npm writes its own list last: what was broken off has none.
 * @param runtimesDir the folder that has one for each runtime
 */
export const isInstalled = (runtimesDir: string, runtime: Runtime): boolean => {
  const there = versionIn(join(runtimesDir, runtime, 'node_modules/.package-lock.json'), runtime);
  return there !== undefined && there === versionIn(join(runtimesDir, runtime, 'package-lock.json'), runtime);
};

/** Loads what a runtime exports. */
export const importRuntime = (runtimesDir: string, runtime: Runtime): Promise<unknown> =>
  import(pathToFileURL(join(runtimesDir, runtime, 'index.js')).href);
