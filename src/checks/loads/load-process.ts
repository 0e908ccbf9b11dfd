import { writeFileSync } from 'node:fs';
import type { Runtime } from '../../domain/checks/runtimes.ts';
import { systemClock } from '../../lib/clock.ts';
import { shown } from '../bytes/fault.ts';
import { endWithTheBot } from '../with-the-bot.ts';
import { type Loaded, loadGguf } from './load-gguf.ts';
import { loadOnnx } from './load-onnx.ts';
import { NotLoaded, UnknownKind } from './not-loaded.ts';

/** Bot → this process. */
export interface LoadTask {
  readonly runtime: Runtime;
  readonly runtimesDir: string;
  /** Where the file lies. */
  readonly place: string;
  readonly threads: number;
}

/** This process → bot. */
export type LoadReply =
  | ({ readonly kind: 'loaded' } & Loaded)
  | { readonly kind: 'failed' | 'unknown'; readonly reason: string };

const REASON_MOST = 160;
/** Where the system has too little memory, this process ends before any other. */
const FIRST_TO_GO = '1000';

const say = (reply: LoadReply): void => void process.send?.(reply);

/** No lower priority: where others keep all cores busy, what has the lowest gets so little that a small model takes minutes. */
const goFirst = (): void => {
  try {
    writeFileSync('/proc/self/oom_score_adj', FIRST_TO_GO);
  } catch {
    // Other systems have no such thing, and a sandbox may not allow it.
  }
};

const LOADERS = { gguf: loadGguf, onnx: loadOnnx } as const;

const answer = async ({ runtime, runtimesDir, place, threads }: LoadTask): Promise<void> => {
  try {
    say({ kind: 'loaded', ...(await LOADERS[runtime](runtimesDir, place, threads, systemClock)) });
  } catch (error) {
    if (error instanceof NotLoaded) say({ kind: 'failed', reason: error.message });
    else if (error instanceof UnknownKind) say({ kind: 'unknown', reason: error.message });
    // The runtime is broken, or not for this machine.
    else say({ kind: 'unknown', reason: `could not be tried: ${shown(String(error), REASON_MOST)}` });
  }
};

endWithTheBot();
goFirst();
process.once('message', (task) => void answer(task as LoadTask));
