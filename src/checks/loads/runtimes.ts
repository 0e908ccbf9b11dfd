import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Build, BUILDS, buildsOf, type Runtime } from '../../domain/checks/runtimes.ts';
import { keepLoaded } from '../keep-loaded.ts';

const versionIn = (file: string, build: Build): string | undefined => {
  try {
    const lock = JSON.parse(readFileSync(file, 'utf8')) as { readonly packages?: Readonly<Record<string, unknown>> };
    const entry = lock.packages?.[`node_modules/${BUILDS[build].name}`] as { readonly version?: string } | undefined;
    return entry?.version;
  } catch {
    // It is not there, or npm was stopped while it wrote it.
    return undefined;
  }
};

/**
 * Whether a build is installed as its lock file has it. npm writes its own list last: what was broken off has none.
 * @param runtimesDir the folder that has one for each build
 */
export const isBuildInstalled = (runtimesDir: string, build: Build): boolean => {
  const there = versionIn(join(runtimesDir, build, 'node_modules/.package-lock.json'), build);
  return there !== undefined && there === versionIn(join(runtimesDir, build, 'package-lock.json'), build);
};

/** The build of a runtime that is used; undefined where none is installed. */
export const installedBuild = (runtimesDir: string, runtime: Runtime): Build | undefined =>
  buildsOf(runtime).find((build) => isBuildInstalled(runtimesDir, build));

/** Whether anything is there that loads such models. */
export const isInstalled = (runtimesDir: string, runtime: Runtime): boolean =>
  installedBuild(runtimesDir, runtime) !== undefined;

/** Loads what a build exports. */
export const importBuild = async (runtimesDir: string, build: Build): Promise<unknown> => {
  const exported: unknown = await import(pathToFileURL(join(runtimesDir, build, 'index.js')).href);
  // The next process need not find and read its hundreds of sources anew.
  keepLoaded();
  return exported;
};
