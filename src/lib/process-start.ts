import { readFileSync } from 'node:fs';
import { BOOT_ID } from './boot-id.ts';

/** Behind the name in parentheses, which may hold anything: the state, and 19 fields later the start (proc_pid_stat(5)). */
const STATE = 0;
const START_TICKS = 19;

const fieldsOf = (pid: number): readonly string[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // There is no such process, or none that we may see, or no /proc.
    return undefined;
  }
};

/**
 * Which process this number means: numbers are given out anew, the moment of the start together with the start of the machine is
 * had by one process alone.
 * @returns undefined if there is none that still runs, or if the system does not tell (macOS, Windows)
 */
export const processStart = (pid: number): string | undefined => {
  const fields = fieldsOf(pid);
  const ticks = fields?.[START_TICKS];
  // One that has ended and that its parent has not asked for yet does nothing any more.
  if (ticks === undefined || BOOT_ID === undefined || fields?.[STATE] === 'Z') return undefined;
  return `${BOOT_ID}:${ticks}`;
};

/** Whether `processStart` can tell anything here. */
export const KNOWS_PROCESS_STARTS = processStart(process.pid) !== undefined;
