import type { Runtime } from '../../domain/checks/runtimes.ts';
import { systemClock } from '../../lib/clock.ts';
import { shownStack } from '../../lib/text/stack.ts';
import { shown } from '../bytes/fault.ts';
import { endWithTheBot } from '../with-the-bot.ts';
import { goFirst } from './go-first.ts';
import { type Loaded, loadGguf } from './load-gguf.ts';
import { loadOnnx } from './load-onnx.ts';
import { NotLoaded, UnknownKind } from './not-loaded.ts';

/** Bot → this process. */
export interface LoadTask {
  readonly runtime: Runtime;
  readonly runtimesDir: string;
  /** Where the file lies. */
  readonly file: string;
  readonly threads: number;
}

/** This process → bot. */
export type LoadReply =
  /** It has read its sources, and goes about the model. */
  | { readonly kind: 'begun' }
  | ({ readonly kind: 'loaded' } & Loaded)
  | { readonly kind: 'failed'; readonly reason: string; readonly trace: string }
  | { readonly kind: 'unknown'; readonly reason: string };

const REASON_MOST = 160;
const say = (reply: LoadReply): void => void process.send?.(reply);

/** What the runtime has said, and where it was. */
const traceOf = ({ lines, stack = '' }: NotLoaded): string => shownStack([...lines, stack].join('\n'));

const LOADERS = { gguf: loadGguf, onnx: loadOnnx } as const;

const answer = async ({ runtime, runtimesDir, file, threads }: LoadTask): Promise<void> => {
  say({ kind: 'begun' });
  try {
    say({ kind: 'loaded', ...(await LOADERS[runtime](runtimesDir, file, threads, systemClock)) });
  } catch (error) {
    if (error instanceof NotLoaded) say({ kind: 'failed', reason: error.message, trace: traceOf(error) });
    else if (error instanceof UnknownKind) say({ kind: 'unknown', reason: error.message });
    // The runtime is broken, or not for this machine.
    else say({ kind: 'unknown', reason: `could not be tried: ${shown(String(error), REASON_MOST)}` });
  }
};

endWithTheBot();
goFirst();
process.once('message', (task) => void answer(task as LoadTask));
