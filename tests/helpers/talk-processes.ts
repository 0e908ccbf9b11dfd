import { readdirSync, readFileSync } from 'node:fs';

const readOf = (pid: string, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
};

/** Processes of this one's that hold a model open to talk to. */
export const talkProcesses = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readOf(pid, 'status').includes(`\nPPid:\t${process.pid}\n`))
    .filter((pid) => readOf(pid, 'cmdline').includes('talk-process'))
    .map(Number);

/** Ends them as the system does where memory runs out. */
export const killTalks = (): void => {
  for (const pid of talkProcesses()) process.kill(pid, 'SIGKILL');
};
