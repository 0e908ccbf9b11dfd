import type { EventEmitter } from 'node:events';
import { flushCompileCache } from 'node:module';

/**
 * Has all that this process has loaded until now kept for the next one of its kind. Node and own-sources.mjs write that when a process
 * ends by itself, which those never do that the bot starts: each of them took the types out of its sources anew, for two thirds of its
 * processor time.
 */
export const keepLoaded = (): void => {
  flushCompileCache();
  (process as EventEmitter).emit('hubgram:loaded');
};
