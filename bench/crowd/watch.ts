/** Preloaded into the program: on SIGUSR2 it prints how long its event loop stood still since the last time, and forgets it. */
import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
process.on('SIGUSR2', () => {
  const longestMs = Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
  delays.reset();
  writeSync(3, `${JSON.stringify({ longestMs, rssMb: process.memoryUsage().rss / 1e6 })}\n`);
});
