import { flushCompileCache } from 'node:module';
import { Worker } from 'node:worker_threads';

/** The thread waits and does nothing else. */
const HEAP_MOST_MB = 16;

const startWatch = (): void => {
  const watch = new Worker(new URL('bot-watch.ts', import.meta.url), {
    // What this process was told of sources is of no use to the one that the thread has.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MOST_MB },
  });
  watch.on('error', () => undefined);
  watch.unref();
};

/**
 * Has this process end with the bot, also where that is killed while this one reads a file or loads a model, and so hears nothing of
 * `disconnect`: a thread of its own hears of it. That a whole group of processes is told to stop is no end of its own: the bot ends it.
 */
export const endWithTheBot = (): void => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.once('disconnect', () => process.exit());
  try {
    startWatch();
  } catch {
    // Where the system has no thread left, it is `disconnect` alone that tells: no reason to end what is done here.
  }
  // Node writes what it keeps of sources when a process ends by itself, which these never do.
  flushCompileCache();
};
