/* store/backups: backups made, checked and put back. */

import { assertBackupMove, type BackupState } from '../../domain/states/backup.ts';
import { rowMapper } from '../database/row.ts';
import { type Sql } from '../database/sql.ts';
import type { BackupFile } from './backup-files.ts';

/** A backup that is wanted, or what has become of it. */
export interface Backup {
  readonly id: number;
  /** The owner who wants it; null: the nightly round. */
  readonly askedBy: number | null;
  readonly state: BackupState;
  /** Its name in the folder of the backups, once it is done. */
  readonly file: string | null;
  readonly sizeBytes: number | null;
  /** Why it failed. */
  readonly errorMessage: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** Who asks for one, and by which update. */
export interface BackupWish {
  readonly askedBy: number;
  readonly updateId: number;
}

export interface Backups {
  /** Without somebody who asks it is the nightly round's. The same update again wants nothing more. */
  readonly createBackup: (wish?: BackupWish) => void;
  readonly getBackup: (id: number) => Backup | undefined;
  /** The one that was wanted first. */
  readonly nextBackup: () => Backup | undefined;
  /** The newest of the nightly round's. */
  readonly lastNightly: () => Backup | undefined;
  /** The same of those that have ended. */
  readonly lastEndedNightly: () => Backup | undefined;
  /** @param outcome what lies there, or why nothing does @throws AppError state_transition: it has ended already */
  readonly endBackup: (id: number, outcome: BackupFile | { readonly errorMessage: string }) => void;
}

const toBackup = rowMapper<Backup>();

const NIGHTLY = 'SELECT * FROM backups WHERE asked_by IS NULL';

/** @param now the current time, ISO 8601 */
export const createBackups = (sql: Sql, now: () => string): Backups => {
  const getBackup: Backups['getBackup'] = (id) => sql.get('SELECT * FROM backups WHERE id = ?', toBackup, [id]);
  return {
    createBackup: (wish) => {
      sql.run(
        'INSERT INTO backups (asked_by, update_id, created_at) VALUES (?, ?, ?) ON CONFLICT (update_id) DO NOTHING',
        [wish?.askedBy ?? null, wish?.updateId ?? null, now()],
      );
    },
    getBackup,
    nextBackup: () => sql.get("SELECT * FROM backups WHERE state = 'wanted' ORDER BY id LIMIT 1", toBackup),
    lastNightly: () => sql.get(`${NIGHTLY} ORDER BY id DESC LIMIT 1`, toBackup),
    lastEndedNightly: () => sql.get(`${NIGHTLY} AND state <> 'wanted' ORDER BY id DESC LIMIT 1`, toBackup),
    endBackup: (id, outcome) => {
      const to = 'file' in outcome ? 'done' : 'failed';
      const { file, sizeBytes, errorMessage } = { file: null, sizeBytes: null, errorMessage: null, ...outcome };
      const { changes } = sql.run(
        `UPDATE backups SET state = :to, file = :file, size_bytes = :sizeBytes, error_message = :errorMessage, ended_at = :at
         WHERE id = :id AND state = 'wanted'`,
        { id, to, file, sizeBytes, errorMessage, at: now() },
      );
      if (changes === 0) assertBackupMove(getBackup(id)?.state ?? 'failed', to);
    },
  };
};
