import { enableCompileCache, flushCompileCache } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FLUSH_MS = 20_000;

// Before anything that takes time: until somebody listens, a signal ends the process with a code that is no success, and
// the first process of a container does not even notice it.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
// What Node makes of the sources is kept beside the packages: half a second less at each start. It has to be asked for
// before the sources are loaded. Where that folder cannot be written, nothing is kept, and nothing breaks.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/hubgram', import.meta.url)));
// Node writes it when it ends; a bot runs for months, and may be killed.
setTimeout(flushCompileCache, FLUSH_MS).unref();
const { main } = await import('./app/program.ts');
// A signal that came while the sources were loaded is heard before anything is begun.
await setImmediate();
process.exitCode = await main(stop.signal);
