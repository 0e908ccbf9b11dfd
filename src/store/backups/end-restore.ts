import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from '../../lib/folder.ts';

/** Behind the database's name: what SQLite would read as a part of whatever has that name. */
export const LOGS = ['-wal', '-journal'] as const;

/** As soon as what is restored has this name, it is the database, whatever ends the program. */
export const restoredOf = (database: string): string => `${database}.restored`;

/**
 * The last steps of a restore, after which nothing is left of the database that was there before; once more if the program was killed
 * between them. To be called before the database is opened: a log that is not its own would be read as a part of it.
 * @throws what the disk says
 */
export const endRestore = async (
  database: string,
  fs: { readonly rename: typeof rename } = { rename },
): Promise<void> => {
  if (!existsSync(restoredOf(database))) return;
  for (const suffix of [...LOGS, '-shm']) await rm(`${database}${suffix}`, { force: true });
  await flushFolder(dirname(database));
  await fs.rename(restoredOf(database), database);
  await flushFolder(dirname(database));
};
