/**
 * Preloaded into the program: on SIGUSR2 it prints how long its event loop stood still since the last time, and forgets it.
 * Beside it how much the program itself worked between two looks: on a busy machine it stands still for others too.
 */
import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ownPeakMb } from '../transfer/own-peak.ts';

const RESOLUTION_MS = 5;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();

const MEMORY_EVERY_MS = 100;
let mostBytes = 0;
setInterval(() => {
  mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
}, MEMORY_EVERY_MS).unref();

let worked = 0;
let longestWorkMs = 0;
setInterval(() => {
  const { user, system } = process.threadCpuUsage();
  longestWorkMs = Math.max(longestWorkMs, (user + system - worked) / 1000);
  worked = user + system;
}, RESOLUTION_MS).unref();

process.on('SIGUSR2', () => {
  const beyond = (delay: number): number => Math.max(0, delay / 1e6 - RESOLUTION_MS);
  const [longestMs, p99Ms] = [beyond(delays.max), beyond(delays.percentile(99))];
  delays.reset();
  const rss = process.memoryUsage.rss();
  const peakMb = ownPeakMb('self');
  const memory = { rssMb: rss / 1e6, mostMb: Math.max(mostBytes, rss) / 1e6, peakMb };
  mostBytes = 0;
  writeSync(3, `${JSON.stringify({ longestMs, p99Ms, longestWorkMs, ...memory })}\n`);
  longestWorkMs = 0;
});
