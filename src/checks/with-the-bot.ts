import { Worker } from 'node:worker_threads';
import { keepLoaded } from './keep-loaded.ts';

/** The thread waits and does nothing else. */
const HEAP_MOST_MB = 16;

const startWatch = (): Worker => {
  const watch = new Worker(new URL('bot-watch.mjs', import.meta.url), {
    // What this process was told of sources is of no use to the one that the thread has.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MOST_MB },
  });
  watch.on('error', () => undefined);
  watch.unref();
  return watch;
};

/** The thread that watches over a process. */
interface Watch {
  /** Ends this process once it has taken so much more of a processor's time, whatever it does, in milliseconds. */
  readonly endAfter: (processorMs: number) => void;
}

/**
 * Has this process end with the bot, also where that is killed while this one reads a file or loads a model, and so hears nothing of
 * `disconnect`: a thread of its own hears of it. That a whole group of processes is told to stop is no end of its own: the bot ends it.
 */
export const endWithTheBot = (): Watch => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.once('disconnect', () => process.exit());
  let watch: Worker | undefined;
  try {
    watch = startWatch();
  } catch {
    // Where the system has no thread left, it is `disconnect` alone that tells: no reason to end what is done here.
  }
  keepLoaded();
  return { endAfter: (processorMs) => watch?.postMessage(processorMs) };
};
