import type { Config } from '../../config/config.ts';
import { codeOf } from '../../lib/error-code.ts';
import { redact } from '../../lib/text/redact.ts';
import { logFiles } from '../../log/file-names.ts';
import { endOfLog, follow } from '../../log/follow.ts';
import { unreadableLog } from '../../log/reader.ts';
import { readableLine } from '../../log/readable.ts';
import { readBack } from '../../log/read-back.ts';
import { foldersOf } from '../folders.ts';

export interface LogsOptions {
  /** How many of the last lines; 20 if not given. */
  readonly tail: number | undefined;
  /** Goes on with what comes, until the signal is aborted. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** A person is looking: lines for eyes, otherwise JSON as it was written. */
  readonly isTerminal: boolean;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

const TAIL = 20;

/** What a terminal would obey: errors may quote what somebody else has written. */
const tame = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '·');

const shown = (line: string, isTerminal: boolean): string => {
  if (!isTerminal) return redact(line);
  try {
    return tame(redact(readableLine(line))).trimEnd();
  } catch {
    // Half a line of a killed one, or somebody else's: as it is.
    return tame(redact(line));
  }
};

const printLog = async (dataDir: string, options: LogsOptions): Promise<void> => {
  const { tail = TAIL, signal, isTerminal, print, complain } = options;
  const end = await endOfLog(dataDir);
  const last: string[] = [];
  if (tail > 0) {
    for await (const line of readBack(dataDir, { end })) if (last.push(line) >= tail) break;
  }
  for (const line of last.toReversed()) print(shown(line, isTerminal));
  if (last.length === 0 && tail > 0) {
    complain(`There is nothing in the log yet: ${logFiles(dataDir)[0]}`);
  }
  if (!options.follow) return;
  for await (const line of follow(dataDir, end, signal)) print(shown(line, isTerminal));
};

/** Prints the last lines of the log, oldest first, and what comes if that is wanted. @throws AppError operational: it cannot be read */
export const logsOf = async (config: Config, options: LogsOptions): Promise<void> => {
  const { dataDir } = foldersOf(config);
  try {
    await printLog(dataDir, options);
  } catch (error) {
    throw codeOf(error) === '' ? error : unreadableLog(dataDir, error);
  }
};
