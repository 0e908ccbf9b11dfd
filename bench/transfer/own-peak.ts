import { readFileSync } from 'node:fs';

/**
 * The most memory that a process has had so far, in MB; that of its parent, from before it became a program of its own, does not count:
 * `ru_maxrss` (`process.resourceUsage`) hands it on. @throws if it has ended
 */
export const ownPeakMb = (pid: number | 'self'): number => {
  const [, kib = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1024) / 1e6;
};
