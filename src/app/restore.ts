import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { type Clock, toIso } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { openScope } from '../lib/scope.ts';
import { backupFolder } from '../store/backups/names.ts';
import { restoreDatabase } from '../store/backups/restore.ts';
import { foldersOf, holdData } from './folders.ts';

export interface RestoreOptions {
  /** As it was typed: a path, or the name of one in the folder of the backups. */
  readonly file: string;
  readonly cwd: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Puts a backup in the place of the database.
 * @returns what was done and what comes next, for people
 * @throws AppError held: a hubgram runs on it; and what `restoreDatabase` throws
 */
export const restore = async (config: Config, { file, cwd, clock, log }: RestoreOptions): Promise<string> => {
  const { dataDir } = foldersOf(config);
  const database = join(dataDir, 'hubgram.db');
  const named = resolve(cwd, file);
  const kept = join(backupFolder(database), file);
  const backup = !existsSync(named) && existsSync(kept) ? kept : named;
  const scope = openScope();
  try {
    holdData(config, { scope, clock, log });
    const { version, aside } = await restoreDatabase({ database, backup, now: toIso(clock.now()) });
    return [
      `${backup} is the database now (version ${version}): ${database}`,
      aside === undefined ? 'There was none before.' : `What was there before lies beside it: ${aside}`,
      'Who may do what is as it was when the backup was made: /users in the bot shows it. So are people’s tokens of the Hub: one that was removed since is used again, until its owner removes it by /token or revokes it at the Hub.',
      'Start hubgram: it goes on with the same chats and cards, and looks for itself what lies on the disk.',
    ].join('\n');
  } finally {
    await scope.close();
  }
};
