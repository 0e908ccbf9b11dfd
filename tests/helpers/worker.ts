import { enableCompileCache } from 'node:module';
import { expect } from 'vitest';

/** What is made ready once in a worker, which runs many files of tests one after the other. */
const IS_READY = Symbol.for('hubgram.tests.worker');

if (!Reflect.has(globalThis, IS_READY)) {
  Reflect.set(globalThis, IS_READY, true);
  // What Node makes of the sources is kept for the processes that tests have the program start, as `src/start.mjs` has it kept.
  enableCompileCache(process.env['NODE_COMPILE_CACHE']);
  // Bytes are compared as bytes: one by one, as the elements of other lists are, three megabytes take a third of a second.
  expect.addEqualityTesters([
    (one, other) => (Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : undefined),
  ]);
}
