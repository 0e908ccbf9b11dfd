import { AppError } from '../domain/errors.ts';
import { codeOf } from '../lib/error-code.ts';
import type { LogEntry, LogReader, LogSearch } from '../lib/log-entries.ts';
import { LOG_LEVELS } from '../lib/log.ts';
import { logFolder } from './file-names.ts';
import { readBack } from './read-back.ts';
import { entryOf } from './readable.ts';

/** A number is meant whole; what else there is may be said by its beginning, such as a session, and a field by its name alone. */
const isField = (word: string, field: string): boolean =>
  field === word || (field.startsWith(word) && (word.endsWith('=') || !/=\d+$/.test(field)));

const holds = ({ said, fields, beneath }: LogEntry, words: readonly string[]): boolean => {
  if (words.length === 0) return true;
  const named = fields.map(([key, value]) => `${key}=${value}`.toLowerCase());
  const text = [said.toLowerCase(), ...named, beneath.toLowerCase()].join('\n');
  return words.every((word) =>
    /^[a-z_]+=/i.test(word) ? named.some((field) => isField(word, field)) : text.includes(word),
  );
};

const readEntry = (line: string): LogEntry | undefined => {
  try {
    return entryOf(line);
  } catch {
    // What a crash has torn, or somebody else has written there.
    return undefined;
  }
};

/** Why the log cannot be read, in a sentence. @param error what the disk says */
export const unreadableLog = (dataDir: string, error: unknown): AppError => {
  const why = codeOf(error) || 'a fault';
  const sentence = `The log in ${logFolder(dataDir)} cannot be read (${why}). Look whether it is hubgram's own.`;
  return new AppError('operational', sentence, { cause: error });
};

/** Reads the log of the program that has this data folder, from its end. */
export const createLogReader = (dataDir: string): LogReader => {
  const find = async ({
    count,
    level = 'trace',
    words,
  }: LogSearch): Promise<Awaited<ReturnType<LogReader['find']>>> => {
    const wanted = words.map((word) => word.toLowerCase());
    const worth = LOG_LEVELS.indexOf(level);
    const entries: LogEntry[] = [];
    let [looked, since] = [0, undefined as number | undefined];
    for await (const line of readBack(dataDir)) {
      if (entries.length >= count) break;
      const entry = readEntry(line);
      if (entry === undefined) continue;
      looked += 1;
      since = entry.at;
      if (LOG_LEVELS.indexOf(entry.level) >= worth && holds(entry, wanted)) entries.push(entry);
    }
    return { entries: entries.toReversed(), looked, since };
  };
  return {
    find: async (search) => {
      try {
        return await find(search);
      } catch (error) {
        throw unreadableLog(dataDir, error);
      }
    },
  };
};
