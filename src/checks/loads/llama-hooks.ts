import { registerHooks } from 'node:module';
import { table } from '../../lib/table.ts';

/**
 * Modules of node-llama-cpp 3.21 that build llama.cpp, fetch it and models, show how far that is, and look for graphics cards, with what each
 * exports. None of that is wanted here, and with the packages that they load it is more than half of all modules.
 */
const LEFT_OUT = table<readonly string[]>({
  'createModelDownloader.js': [
    'createModelDownloader',
    'combineModelDownloaders',
    'ModelDownloader',
    'CombinedModelDownloader',
  ],
  'GgufNetworkFetchFileReader.js': ['GgufNetworkFetchFileReader'],
  'gitReleaseBundles.js': ['getGitBundlePathForRelease', 'isGitBundleCompatible'],
  'simple-git': ['simpleGit'],
  'cmake.js': ['downloadCmakeIfNeeded', 'fixXpackPermissions', 'getCmakePath', 'hasBuiltinCmake'],
  'spawnCommand.js': ['spawnCommand', 'SpawnError'],
  'withProgressLog.js': ['withProgressLog'],
  'withStatusLogs.js': ['default'],
  'detectAvailableComputeLayers.js': [
    'detectAvailableComputeLayers',
    'getCudaNvccPaths',
    'getWindowsProgramFilesPaths',
  ],
});

const without = (name: string, exported: readonly string[]): string =>
  `function leftOut() { throw new Error('${name} of node-llama-cpp is left out here'); }
  export { ${exported.map((each) => `leftOut as ${each}`).join(', ')} };`;

/** As the module that has another process load the library first, and answers whether that survived it. */
const SURVIVES = 'export const testBindingBinary = async () => true;';

/** What takes the place of a module of node-llama-cpp; undefined: nothing does. */
const inPlaceOf = (specifier: string): string | undefined => {
  const name = specifier.slice(specifier.lastIndexOf('/') + 1);
  if (name === 'testBindingBinary.js') return SURVIVES;
  const exported = LEFT_OUT[name];
  return exported && without(name, exported);
};

/**
 * Has node-llama-cpp, where it is loaded after this, load only what runs a model on the processor; that takes half of the processor's
 * time of an opening. And a library that does not suit the machine ends the process that loads it, which node-llama-cpp therefore tries with
 * one more, for as much again: the process that calls this is there to be ended.
 */
export const loadForProcessorOnly = (): void => {
  registerHooks({
    resolve: (specifier, context, next) => {
      const source = context.parentURL?.includes('/node-llama-cpp/') === true ? inPlaceOf(specifier) : undefined;
      return source === undefined
        ? next(specifier, context)
        : { url: `data:text/javascript,${encodeURIComponent(source)}`, format: 'module', shortCircuit: true };
    },
  });
};
