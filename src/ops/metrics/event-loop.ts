import { createHistogram, type Distribution } from '../../lib/counting/histogram.ts';

/** How long everybody is kept waiting. */
export interface EventLoopWatch {
  /** In seconds: of each second the longest that something which was due had to wait. */
  readonly delays: () => Distribution;
  readonly close: () => void;
}

/** Finer than anybody notices. */
const LOOK_MS = 25;
const EVERY_MS = 1000;
const BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Watches the event loop of this process until it is closed; it keeps no program from ending. By a timer of its own: what Node
 * measures (`monitorEventLoopDelay`) forgets a stall that begins just after its histogram was reset.
 */
export const watchEventLoop = (): EventLoopWatch => {
  const delays = createHistogram(BOUNDS);
  let lookedAt = performance.now();
  let since = lookedAt;
  let longestMs = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - lookedAt - LOOK_MS);
    lookedAt = now;
    if (now - since < EVERY_MS) return;
    delays.observe(longestMs / 1000);
    longestMs = 0;
    since = now;
  }, LOOK_MS).unref();
  return { delays: delays.read, close: () => clearInterval(timer) };
};
