import { enableCompileCache, registerHooks } from 'node:module';
import { expect } from 'vitest';

/** What is made ready once in a worker, which runs many files of tests one after the other. */
const IS_READY = Symbol.for('hubgram.tests.worker');

const ROOT = new URL('../../', import.meta.url).href;
const PACKAGES = new URL('node_modules/', ROOT).href;

/** Vitest has a file of tests loaded under another address in each run: Node would translate it anew each time, and keep that for nobody. */
const OF_A_RUN = /%3Fvitest=\d+$/;

/**
 * How Node finds what is ours: it is known where that is, and what. It would ask the disk, and vitest would tell its main process of each
 * `import` in each worker, which only who waits for changes of sources has a use for.
 */
const findSources = (): void => {
  registerHooks({
    resolve: (specifier, context, next) => {
      const from = context.parentURL ?? '';
      const isOurs = specifier.startsWith('.') && from.startsWith(ROOT) && !from.startsWith(PACKAGES);
      const name = isOurs ? specifier : specifier.replace(OF_A_RUN, '');
      const isTest = !isOurs && name !== specifier && name.startsWith(ROOT) && !name.startsWith(PACKAGES);
      return (isOurs || isTest) && name.endsWith('.ts')
        ? { url: new URL(name, from).href, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context);
    },
  });
};

if (!Reflect.has(globalThis, IS_READY)) {
  Reflect.set(globalThis, IS_READY, true);
  // What Node makes of the sources is kept for the processes that tests have the program start, as `src/start.mjs` has it kept.
  enableCompileCache(process.env['NODE_COMPILE_CACHE']);
  if (process.env['VITEST_MODE'] !== 'WATCH') findSources();
  // Bytes are compared as bytes: one by one, as the elements of other lists are, three megabytes take a third of a second.
  expect.addEqualityTesters([
    (one, other) => (Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : undefined),
  ]);
}
