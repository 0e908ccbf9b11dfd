import { writeFileSync } from 'node:fs';

const FIRST_TO_GO = '1000';

/**
 * Where the system has too little memory, this process ends before any other. It has no lower priority otherwise: where others keep
 * all cores busy, what has the lowest gets so little that a small model takes minutes.
 */
export const goFirst = (): void => {
  try {
    writeFileSync('/proc/self/oom_score_adj', FIRST_TO_GO);
  } catch {
    // Other systems have no such thing, and a sandbox may not allow it.
  }
};
