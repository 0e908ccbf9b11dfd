/* checks/loads: loads a model in a process of its own with bounded memory, one at a time on a machine. */

import { repoPaths } from '../../cache/layout.ts';
import type { Loadable, Loads } from '../../domain/checks/loads.ts';
import { BUILDS, type Runtime } from '../../domain/checks/runtimes.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { askProcess } from '../ask-process.ts';
import { cacheOf } from '../folders.ts';
import type { LoadReply, LoadTask } from './load-process.ts';
import { HEAP_MOST_MB, type ModelProcessOptions, OPEN_MOST_MS, residentMostBytes, threadsOf } from './model-process.ts';
import { installedBuild, isInstalled } from './runtimes.ts';

export interface LoadWanted extends Loadable {
  readonly repoFolder: string;
  readonly commit: string;
  /** About the memory that it takes, by what its headers say. */
  readonly neededBytes: number;
}

/** Loads models and has them do something, each in a process of its own: of time and memory it gets so much and no more. */
export interface Loading {
  readonly isInstalled: (runtime: Runtime) => boolean;
  /** Whether what is installed loads models onto graphics cards, where there are any. */
  readonly usesCards: (runtime: Runtime) => boolean;
  /** @returns what came of it, whatever that was; rejects with the signal's reason, or where no process can be started */
  readonly load: (wanted: LoadWanted, signal: AbortSignal) => Promise<Loads>;
}

export interface LoadingOptions extends ModelProcessOptions {
  readonly timeMostMs?: number;
}

/** What came of it where the process ended by itself, in the middle of the model. */
const ended = (path: string, code: number | null, signal: NodeJS.Signals | null): Loads => {
  // Nobody here has sent that.
  if (signal === 'SIGKILL')
    return {
      kind: 'unknown',
      path,
      reason: 'was being loaded when the system ended that, as it does where memory runs out',
    };
  // No file brings instructions for the processor: the library has some that this one does not know.
  if (signal === 'SIGILL')
    return { kind: 'unknown', path, reason: 'could not be tried: what loads models does not suit this processor' };
  return { kind: 'failed', path, reason: `ends the program that loads it, with ${signal ?? `code ${code}`}` };
};

/** The same where it has not come so far, as while somebody updates the program: that says nothing of the model. */
const notBegun = (path: string, code: number | null, signal: NodeJS.Signals | null): Loads => ({
  kind: 'unknown',
  path,
  reason: `could not be tried: what loads models ended before it began, with ${signal ?? `code ${code}`}`,
});

/** Loads models of the copies that lie in these folders. */
export const createLoading = (options: LoadingOptions): Loading => {
  const { runtimesDir, timeMostMs = OPEN_MOST_MS } = options;
  const threads = threadsOf(options);
  return {
    isInstalled: (runtime) => isInstalled(runtimesDir, runtime),
    usesCards: (runtime) => {
      const build = installedBuild(runtimesDir, runtime);
      return build !== undefined && BUILDS[build].cards !== null;
    },
    load: ({ runtime, repoFolder, commit, path, neededBytes }, signal) => {
      const file = repoPaths(cacheOf(options, repoFolder), repoFolder).entry(commit, path);
      const mostBytes = residentMostBytes(options, neededBytes);
      const tooMuch = {
        time: `was not loaded within ${formatDuration(timeMostMs)}, and was left`,
        memory: `took more than ${formatBytes(mostBytes)} of memory while it was loaded, and was left`,
      };
      let hasBegun = false;
      return askProcess<LoadReply, Loads>(
        {
          module: new URL('load-process.ts', import.meta.url),
          task: { runtime, runtimesDir, file, threads } satisfies LoadTask,
          heapMostMb: HEAP_MOST_MB,
          env: options.cardsEnv,
          residentMostBytes: mostBytes,
          timeMostMs,
          onReply: (reply) => {
            if (reply.kind !== 'begun') return { path, ...reply };
            hasBegun = true;
            return undefined;
          },
          onTooMuch: (what) => ({ kind: 'unknown', path, reason: tooMuch[what] }),
          onEnd: (code, endSignal) => (hasBegun ? ended : notBegun)(path, code, endSignal),
        },
        signal,
      );
    },
  };
};
