// The program is main.ts. This is JavaScript, so that Node has nothing to translate before it can be told where translations are
// kept: what translates is WebAssembly, and to load it takes a tenth of a start. Its threads and processes are told by the
// environment, each of which would load it otherwise. Where that folder cannot be written, nothing is kept, and nothing breaks.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/hubgram', import.meta.url));
enableCompileCache(process.env.NODE_COMPILE_CACHE);
await import('./own-sources.mjs');
await import('./main.ts');
