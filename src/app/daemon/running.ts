import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { AppError } from '../../domain/errors.ts';
import { codeOf } from '../../lib/error-code.ts';
import { KNOWS_PROCESS_STARTS, processStart } from '../../lib/process-start.ts';
import { holderOf, type Holder, lastHolder } from '../../store/database/lock.ts';
import { foldersOf } from '../folders.ts';

/**
 * - `none`: no hubgram uses this data folder.
 * - `here`: the process of this number does, and no other one has the number.
 * - `elsewhere`: one does that cannot be told to end from here: on another machine, in another container, or without a name.
 */
export type Running =
  | { readonly is: 'none' }
  | { readonly is: 'here'; readonly pid: number; readonly since: string }
  | { readonly is: 'elsewhere'; readonly who: string };

/** Sends a signal, or with 0 none. @throws an error with a `code`: ESRCH if there is no such process, EPERM if it is not ours */
export type Kill = (pid: number, signal: 'SIGTERM' | 0) => void;

/** There is a process of this number, ours or not. */
const exists = (pid: number, kill: Kill): boolean => {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
};

/** The one that wrote this still runs; undefined where the system cannot tell one process from a later one of its number. */
const isThatProcess = ({ pid, host, start }: Holder): boolean | undefined => {
  if (host !== hostname()) return false;
  return start === undefined || !KNOWS_PROCESS_STARTS ? undefined : processStart(pid) === start;
};

/**
 * Where nobody may look, nobody can tell: that is no reason to say that none runs.
 * @throws AppError operational: the folder may not be looked into
 */
const requireLook = (path: string): void => {
  try {
    statSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (['ENOENT', 'ENOTDIR'].includes(code)) return;
    throw new AppError(
      'operational',
      `Whether hubgram runs cannot be seen: ${dirname(path)} cannot be looked into (${code}). Run this as the user that hubgram runs as.`,
      { cause: error },
    );
  }
};

/**
 * Which hubgram uses the data folder of this configuration. A number in a file is not believed: the system gives it to others. What
 * counts is the lock, which the kernel takes back at the end of a process however it ends, and when that process began.
 * @throws AppError operational: the folder may not be looked into
 */
export const findRunning = (config: Config, kill: Kill): Running => {
  const path = join(foldersOf(config).dataDir, 'hubgram.lock');
  requireLook(path);
  const holder = lastHolder(path);
  const is = holder && isThatProcess(holder);
  // Also where nothing can be locked.
  if (holder && is === true) return { is: 'here', pid: holder.pid, since: holder.since };
  const who = holderOf(path);
  if (who === undefined) return { is: 'none' };
  if (holder && is === undefined && exists(holder.pid, kill))
    return { is: 'here', pid: holder.pid, since: holder.since };
  return { is: 'elsewhere', who };
};

/** Whether that process has ended. One without a parent that asks for it has, too. */
export const hasEnded = (pid: number, start: string | undefined, kill: Kill): boolean => {
  if (!KNOWS_PROCESS_STARTS) return !exists(pid, kill);
  const now = processStart(pid);
  return now === undefined || (start !== undefined && now !== start);
};
