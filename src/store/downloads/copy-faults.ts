import type { Copy } from '../../domain/copy.ts';
import { type Sql, touchedAt } from '../database/sql.ts';

/** What is known of a copy's files on the disk; cards of all models that have it are drawn from that. */
export interface CopyFaults {
  /** Everything is verified, at this place. */
  readonly setComplete: (id: number, snapshotPath: string) => void;
  /** It was read, and all of it is right. */
  readonly setVerified: (id: number) => void;
  /** How many of its files something else has removed; cards of its models are drawn anew. */
  readonly setFilesGone: (id: number, filesGone: number) => void;
  /** The same, and how many are there and are not what they were: it was read. */
  readonly setFilesFaulty: (id: number, filesGone: number, filesBroken: number) => void;
}

export interface CopyRows {
  readonly getCopy: (id: number) => Copy | undefined;
  /** @throws AppError state_transition */
  readonly move: (copy: Copy, changes: Partial<Copy>) => void;
}

/** @param now the current time, ISO 8601 */
export const createCopyFaults = (sql: Sql, { getCopy, move }: CopyRows, now: () => string): CopyFaults => {
  const set = (id: number, faults: { readonly filesGone: number; readonly filesBroken?: number }): void =>
    sql.atomically(() => {
      const copy = getCopy(id);
      const { filesGone, filesBroken = copy?.filesBroken ?? 0 } = faults;
      if (!copy || (copy.filesGone === filesGone && copy.filesBroken === filesBroken)) return;
      move(copy, { filesGone, filesBroken });
      sql.run(`UPDATE models SET ${touchedAt('?')} WHERE copy_id = ?`, [now(), id]);
    });
  const setRight = (id: number, changes: Partial<Copy>): void =>
    sql.atomically(() => {
      // Who has it and did not fetch it again has it right again, too.
      set(id, { filesGone: 0, filesBroken: 0 });
      const copy = getCopy(id);
      if (copy) move(copy, { ...changes, verifiedAt: now() });
    });
  return {
    setComplete: (id, path) => setRight(id, { state: 'complete', path, removal: null }),
    setVerified: (id) => setRight(id, {}),
    setFilesGone: (id, filesGone) => set(id, { filesGone }),
    setFilesFaulty: (id, filesGone, filesBroken) => set(id, { filesGone, filesBroken }),
  };
};
