import { join } from 'node:path';

const FOLDER = 'logs';

/** Of older lines there are so many files at most. */
const OLDER = 4;

/** Where the log of the program that has this data folder lies. */
export const logFolder = (dataDir: string): string => join(dataDir, FOLDER);

/**
 * The files of the log, the one that is written first, then older and older ones. Not every one is there. Each holds lines of
 * JSON, oldest first.
 */
export const logFiles = (dataDir: string): readonly [string, ...string[]] => [
  join(logFolder(dataDir), 'hubgram.log'),
  ...Array.from({ length: OLDER }, (_, at) => join(logFolder(dataDir), `hubgram.${at + 1}.log`)),
];
