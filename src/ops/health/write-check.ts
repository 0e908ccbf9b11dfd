import { open } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import { oneAtATime } from '../../lib/async/one-at-a-time.ts';
import { codeOf } from '../../lib/error-code.ts';
import type { Check, Finding } from './health.ts';

export interface WriteCheckDeps {
  /** A file that nobody else has: it is written anew each time. */
  readonly path: string;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** However often somebody asks, no more is written: each write is one more for the disk to flush. */
const BELIEVED_MS = 5000;

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room on it',
  EDQUOT: 'the quota of its disk is used up: make room, or have it raised',
  EROFS: 'its disk can only be read: look at what it is mounted with, and at the log of the machine',
  EACCES: 'hubgram may not: look at its owner and its permissions',
  EIO: 'the disk fails: look at the log of the machine',
};

/** Tries a real write, to the disk itself. What hangs is for whoever waits to give up. */
export const createWriteCheck = ({ path, clock }: WriteCheckDeps): Check => {
  let known: { readonly finding: Finding; readonly until: number } | undefined;

  const look = async (): Promise<Finding> => {
    try {
      const file = await open(path, 'w', 0o600);
      try {
        await file.writeFile('written\n');
        await file.datasync();
      } finally {
        await file.close();
      }
      return { ok: true, message: 'It can be written to.' };
    } catch (error) {
      const code = codeOf(error);
      const why = Object.hasOwn(REASONS, code) ? REASONS[code] : `the answer is ${code}`;
      return { ok: false, message: `The data folder cannot be written to; ${why}.` };
    }
  };
  // A disk that hangs keeps one of Node's few threads.
  const lookOnce = oneAtATime(look);
  return async () => {
    if (known && clock.monotonic() < known.until) return known.finding;
    const finding = await lookOnce();
    known = { finding, until: clock.monotonic() + BELIEVED_MS };
    return finding;
  };
};
