// How Node finds and reads what a start loads, six hundred modules; to be imported before them.
import { getCompileCacheDir, registerHooks } from 'node:module';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openKept } from './kept-sources.mjs';

/** So long nothing was loaded: the start is over, and what few runs need later Node finds by itself. */
const LULL_MS = 2000;

const sources = new URL('./', import.meta.url).href;
const installed = fileURLToPath(new URL('../node_modules/.package-lock.json', import.meta.url));
// Of this version of Node, which is what takes types out, and of this user.
const folder = getCompileCacheDir();
/** Each program has a file of its own, which it reads whole: what looks into files loads a twentieth of what the bot does. */
const program = parse(process.argv[1] ?? '').name;
/** undefined: nothing may be kept, or the start is over. */
let kept = folder === undefined ? undefined : openKept(join(folder, `sources-${program}`), sources, installed);
let loads = 0;

const end = () => {
  kept?.keep();
  kept = undefined;
};

if (kept) {
  let before = 0;
  const timer = setInterval(() => {
    if (loads === before) {
      clearInterval(timer);
      end();
    }
    before = loads;
  }, LULL_MS).unref();
  process.once('exit', end);
  // Said by programs that are killed when they are done with (checks/keep-loaded.ts).
  process.on('hubgram:loaded', () => kept?.keep());
}

const withoutLocales = (specifier, context, next) =>
  // zod brings its sentences in sixty languages, a module each, which is a tenth of all modules of a start. It speaks English unless
  // it is told otherwise. Should it lie otherwise some day, a start takes longer, and no more than that.
  specifier === '../locales/index.js' && context.parentURL?.includes('/zod/')
    ? next('../locales/en.js', context)
    : next(specifier, context);

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier.startsWith('node:')) return { url: specifier, format: 'builtin', shortCircuit: true };
    const from = context.parentURL ?? '';
    // It is known where the sources are and what. Node would ask the disk for each of them, whether each folder on the way to it is a
    // link, and in each for a package.json that says what lies there: a fifth of the processor's time of a start.
    if (specifier.startsWith('.') && specifier.endsWith('.ts') && from.startsWith(sources))
      return { url: new URL(specifier, from).href, format: 'module-typescript', shortCircuit: true };
    const known = kept?.found(specifier, context);
    if (known) return { ...known, shortCircuit: true };
    const found = withoutLocales(specifier, context, next);
    kept?.noteFound(specifier, context, found);
    return found;
  },
  load: (url, context, next) => {
    loads += 1;
    const isOurs = context.format === 'module-typescript' && url.startsWith(sources);
    if (!kept || !(isOurs || (context.format === 'module' && url.startsWith('file:')))) return next(url, context);
    try {
      return { format: 'module', source: kept.source(url, context.format), shortCircuit: true };
    } catch {
      // Node says what is wrong with it.
      return next(url, context);
    }
  },
});
