import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const FLUSH_MS = 20_000;

// What Node makes of the sources is kept beside the packages: half a second less at each start. It has to be asked for
// before the sources are loaded. Where that folder cannot be written, nothing is kept, and nothing breaks.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/hubgram', import.meta.url)));
// Node writes it when it ends; a bot runs for months, and may be killed.
setTimeout(flushCompileCache, FLUSH_MS).unref();
await import('./program.ts');
