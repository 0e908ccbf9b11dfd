import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { configurationError } from '../../config/sources.ts';
import { SETTINGS } from '../../config/settings.ts';
import { codeOf } from '../../lib/error-code.ts';
import type { Log } from '../../lib/log.ts';
import type { Scope } from '../../lib/scope.ts';
import { foldersOf, isPlayground } from '../folders.ts';

/** Where the number of the running process lies, for other programs. The playground's is never that of a real bot. */
export const pidFileOf = (config: Config): string => {
  const usual = join(foldersOf(config).dataDir, 'hubgram.pid');
  return isPlayground(config) ? usual : (config.pidFile ?? usual);
};

/** Bytes. */
const LONGEST = 64;
const NUMBER = /^\s*(\d{1,10})\s*$/;

/** What lies in a pid file: a number, nothing (also where there is none), or something that is none of ours. */
export const readPidFile = (path: string): number | 'none' | 'no pid file' => {
  try {
    const found = statSync(path);
    // Not even read: a pipe would keep whoever reads it.
    if (!found.isFile() || found.size > LONGEST) return 'no pid file';
    const text = readFileSync(path, 'utf8');
    if (text.trim() === '') return 'none';
    const [, digits] = NUMBER.exec(text) ?? [];
    return digits === undefined ? 'no pid file' : Number(digits);
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'none' : 'no pid file';
  }
};

const refused = (path: string, why: string): Error =>
  configurationError([
    `${SETTINGS.pidFile.name} is ${path}, ${why}. Expected: a file for the number of the process, in a folder that is there and that hubgram may write to. Example: ${SETTINGS.pidFile.example}`,
  ]);

const write = (path: string): void => {
  // By another name first: whoever reads it meanwhile reads a whole number, and a link in its place is replaced, not followed.
  const part = `${path}.${process.pid}`;
  // One that was killed at this moment may have had the same number: in a container each has.
  rmSync(part, { force: true });
  try {
    writeFileSync(part, `${process.pid}\n`, { flag: 'wx', mode: 0o644 });
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
};

/**
 * Writes the number of this process for other programs, until the scope closes. hubgram itself does not rely on it.
 * @throws AppError configuration: a place was named for it that will not do
 */
export const keepPidFile = (config: Config, { scope, log }: { readonly scope: Scope; readonly log: Log }): void => {
  const path = pidFileOf(config);
  const isNamed = !isPlayground(config) && config.pidFile !== undefined;
  if (readPidFile(path) === 'no pid file') {
    if (isNamed) throw refused(path, 'and something else lies there, which is left as it is');
    log.warn({ path }, 'The number of the process cannot be noted: something else lies in the place of the pid file');
    return;
  }
  try {
    write(path);
  } catch (error) {
    // A full disk is no mistake, and nothing hangs on it.
    if (isNamed && !['ENOSPC', 'EDQUOT', 'EIO'].includes(codeOf(error)))
      throw refused(path, `which cannot be written (${codeOf(error)})`);
    log.warn({ err: error }, 'The number of the process could not be noted in its file');
    return;
  }
  scope.defer(() => {
    if (readPidFile(path) === process.pid) rmSync(path, { force: true });
  });
};
