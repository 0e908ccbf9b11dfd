import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Copy, CopyKey, Removal, RepoOnHost, Taking } from '../../domain/copy.ts';
import { sourceOf } from '../../domain/repo/web-file.ts';
import { assertCopyMove, type CopyState } from '../../domain/states/copy.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { inSlices } from '../../lib/async/slices.ts';
import { LEFT_THERE } from '../removals/left-there.ts';
import { drawKeptAnew } from '../removals/unsettled.ts';
import { type CopyFaults, type CopyRows, createCopyFaults } from './copy-faults.ts';
import { addFiles } from './copy-files.ts';
import { CANCELLED } from './sessions.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, numberOf, type Sql, type Value } from '../database/sql.ts';
import { addressFields } from '../web-files/web-files.ts';

/** What a copy consists of. */
export interface FileList {
  readonly files: readonly RepoFile[];
  /** Of them all; what several paths share counts once. */
  readonly sizeBytes: number;
}

/** A copy whose list is whole; it cannot go before it is let go. */
export interface HeldCopy {
  readonly copyId: number;
  readonly letGo: () => void;
}

/** What lies, or shall lie, on the disks of the hosts. */
export interface Copies extends CopyFaults {
  readonly getCopy: (id: number) => Copy | undefined;
  /**
   * The copy of this key, for a model to want it. To be called in the transaction in which the model does. Its list is
   * written down, if it is not yet: a long one keeps everybody waiting, unless `list` has come before.
   */
  readonly want: (key: CopyKey, list: FileList) => number;
  /** Files of a complete copy are gone from the disk: it is to be got once more. */
  readonly wantAnew: (id: number) => void;
  /** Writes its list down, however long it is: everything else has its turn meanwhile. @throws the signal's reason */
  readonly list: (key: CopyKey, list: FileList, signal?: AbortSignal) => Promise<HeldCopy>;
  /** Who put it there. False if that is known already. */
  readonly setMadeBy: (id: number, madeBy: 'hubgram' | 'other') => boolean;
  /** Those that some model has, in the order of ids. */
  readonly copiesHad: (afterId: number, limit: number) => Copy[];
  /** Some model has it. */
  readonly isHad: (id: number) => boolean;
  /** A model that is not cancelled has it or wants it, or one that was removed and can be brought back. */
  readonly isNeeded: (id: number) => boolean;
  /** Another model than this one, that is not cancelled and in some library, has it or wants it. */
  readonly isShared: (id: number, modelId: number) => boolean;
  /**
   * Of a repository's copies on a machine that some model has or wants, cancelled or not, or one that can be brought back: their commits.
   * What a machine has brought along again, after it was let go, is nobody's, although it can be brought back, too.
   */
  readonly commitsKept: (repo: RepoOnHost) => string[];
  /**
   * A model has stopped to have it or to want it: if it was the last, what is to be taken away is written down. To be called
   * in the transaction in which it stopped.
   * @param taking what goes of it if it is complete
   */
  readonly giveUp: (id: number | null, taking: Taking) => void;
  /** Of which something is still to be taken away. */
  readonly removalsToDo: () => number[];
  /**
   * To be called when the files are off the disk: takes a slice of the copy's list away, and with the last one its row.
   * @returns false: there is more to take away, call again
   */
  readonly dropListed: (id: number) => boolean;
  /**
   * At a start: lets go of copies whose list an earlier run of the program left half-written, or whose last model went when two
   * chats became one.
   */
  readonly giveUpForgotten: () => void;
}

const toCopy = rowMapper<Copy>({ table: 'copies' });

const IS_SHARED = `SELECT 1 FROM models WHERE models.id <> :modelId
  AND (models.copy_id = :id OR (models.wants_copy_id = :id AND NOT (${CANCELLED}))) LIMIT 1`;

const IS_KEPT = `SELECT 1 FROM removed_models WHERE copy_id = :id
  UNION ALL SELECT 1 FROM removed_models WHERE wants_copy_id = :id AND cancelled = 0 LIMIT 1`;

const IS_POINTED_TO = `SELECT 1 FROM models WHERE wants_copy_id = :id
  UNION ALL SELECT 1 FROM removed_models WHERE wants_copy_id = :id LIMIT 1`;

const OF_KEY = `name = :name AND repo_type = :repoType AND source = :source AND host_id = :hostId
  AND commit_sha = :commitSha AND selection = :selection AND state <> 'going'`;

const FORGOTTEN = `SELECT id FROM copies WHERE state IN ('listing', 'wanted', 'complete')
  AND NOT EXISTS (SELECT 1 FROM models WHERE models.wants_copy_id = copies.id)
  AND NOT EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id)`;

const HAD = `SELECT * FROM copies WHERE id > ?
  AND EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id) ORDER BY id LIMIT ?`;

/** So many rows are taken away before everything else has its turn. */
const ROWS_AT_ONCE = 1000;

/** What happens to one that nobody has or wants any more. */
const fateOf = ({ state, path, madeBy }: Copy, taking: Taking): { state: CopyState; removal: Removal } => {
  if (state === 'listing') return { state: 'going', removal: 'list' };
  if (path === null) return { state: 'going', removal: 'arrived' };
  const isTaken = taking === 'all' || (taking === 'ours' && madeBy !== 'other');
  return isTaken ? { state: 'going', removal: 'files' } : { state: 'left', removal: 'list' };
};

/** Copies that somebody is about to want: how many are, and whether the list is whole. */
type Holds = Map<number, { count: number; isListed: boolean }>;

const only = ({
  repoType,
  name,
  commitSha,
  selection,
  hostId = THIS_HOST,
}: CopyKey): Readonly<Record<string, Value>> => ({
  hostId,
  repoType,
  name,
  commitSha,
  selection,
  source: sourceOf(name),
});

/** How a copy comes to be wanted: its row, then its list. */
const createWants = (sql: Sql, holds: Holds, rows: Rows): Pick<Copies, 'want' | 'wantAnew' | 'list'> => {
  const { find, move, giveUp } = rows;

  /** The row, in a state from which it can be wanted. */
  const begin = (key: CopyKey, sizeBytes: number): { readonly id: number; readonly isListed: boolean } => {
    const copy = find(key);
    if (!copy) {
      const row = insertion({ ...only(key), ...addressFields(key), sizeBytes });
      return { id: sql.run(`INSERT INTO copies ${row.text}`, row.values).lastId, isListed: false };
    }
    if (copy.state === 'left')
      move(copy, { state: 'listing', removal: null, sizeBytes, generation: copy.generation + 1 });
    const isListed = copy.state === 'wanted' || copy.state === 'complete' || holds.get(copy.id)?.isListed === true;
    return { id: copy.id, isListed };
  };

  return {
    want: (key, { files, sizeBytes }) =>
      sql.atomically(() => {
        const { id, isListed } = begin(key, sizeBytes);
        if (!isListed) addFiles(sql, id, files);
        drawKeptAnew(sql, id);
        sql.run("UPDATE copies SET state = 'wanted' WHERE id = ? AND state = 'listing'", [id]);
        return id;
      }),
    wantAnew: (id) => {
      sql.run("UPDATE copies SET state = 'wanted', generation = generation + 1 WHERE id = ? AND state = 'complete'", [
        id,
      ]);
    },
    list: async (key, { files, sizeBytes }, signal) => {
      const { id, isListed } = sql.atomically(() => begin(key, sizeBytes));
      const hold = holds.get(id) ?? { count: 0, isListed };
      hold.count += 1;
      holds.set(id, hold);
      let isHeld = true;
      const letGo = (): void => {
        if (!isHeld) return;
        isHeld = false;
        hold.count -= 1;
        if (hold.count > 0) return;
        holds.delete(id);
        giveUp(id, 'nothing');
      };
      try {
        // Somebody else may write the same list at the same time: rows that are there already stay.
        if (!isListed) await inSlices(files, (slice) => addFiles(sql, id, slice), signal);
        hold.isListed = true;
      } catch (error) {
        letGo();
        throw error;
      }
      return { copyId: id, letGo };
    },
  };
};

interface Rows extends CopyRows, Pick<Copies, 'giveUp' | 'isNeeded' | 'isShared'> {
  readonly find: (key: CopyKey) => Copy | undefined;
}

const createRows = (sql: Sql, holds: Holds): Rows => {
  const getCopy = (id: number): Copy | undefined => sql.get('SELECT * FROM copies WHERE id = ?', toCopy, [id]);
  const isShared = (id: number, modelId: number): boolean => sql.get(IS_SHARED, () => true, { id, modelId }) ?? false;
  const isNeeded = (id: number): boolean => isShared(id, 0) || (sql.get(IS_KEPT, () => true, { id }) ?? false);
  const isPointedTo = (id: number): boolean => sql.get(IS_POINTED_TO, () => true, { id }) ?? false;
  const move: Rows['move'] = (copy, changes) => {
    if (changes.state !== undefined && changes.state !== copy.state) assertCopyMove(copy.state, changes.state);
    const set = assignments(changes);
    sql.run(`UPDATE copies SET ${set.text} WHERE id = ?`, [...set.values, copy.id]);
  };
  return {
    getCopy,
    isNeeded,
    isShared,
    move,
    find: (key) => sql.get(`SELECT * FROM copies WHERE ${OF_KEY}`, toCopy, only(key)),
    giveUp: (id, taking) => {
      const copy = id === null ? undefined : getCopy(id);
      if (!copy || copy.state === 'going' || copy.state === 'left' || holds.has(copy.id) || isNeeded(copy.id)) return;
      if (!isPointedTo(copy.id)) move(copy, fateOf(copy, taking));
      // All who want it have cancelled: it may be begun anew, with nothing of it there.
      else if (copy.state === 'wanted') move(copy, { removal: 'arrived', generation: copy.generation + 1 });
    },
  };
};

/** What is taken away, until its row is gone. */
const createRemovalRows = (
  sql: Sql,
  { giveUp }: Rows,
): Pick<Copies, 'removalsToDo' | 'dropListed' | 'giveUpForgotten'> => ({
  removalsToDo: () => sql.all('SELECT id FROM copies WHERE removal IS NOT NULL ORDER BY id', numberOf),
  dropListed: (id) =>
    sql.atomically(() => {
      // If it has come to be wanted again meanwhile, its list stays, or is being written anew. Whose files were there before
      // must be known then.
      const isForgotten = "(made_by_other = 0 OR (SELECT state FROM copies WHERE id = :id) = 'going')";
      const isUnlisted = "(SELECT state FROM copies WHERE id = :id) IN ('left', 'going')";
      const { changes } = sql.run(
        `DELETE FROM copy_files WHERE copy_id = :id AND ${isUnlisted}
           AND path IN (SELECT path FROM copy_files WHERE copy_id = :id AND ${isForgotten} ORDER BY path LIMIT :most)`,
        { id, most: ROWS_AT_ONCE },
      );
      if (changes === ROWS_AT_ONCE) return false;
      sql.run("DELETE FROM copies WHERE id = ? AND state = 'going'", [id]);
      sql.run('UPDATE copies SET removal = NULL WHERE id = ?', [id]);
      return true;
    }),
  giveUpForgotten: () => {
    for (const id of sql.all(FORGOTTEN, numberOf)) giveUp(id, 'nothing');
  },
});

/** @param now the current time, ISO 8601 */
export const createCopies = (sql: Sql, now: () => string): Copies => {
  const holds: Holds = new Map();
  const rows = createRows(sql, holds);
  const { getCopy, giveUp, isNeeded, isShared } = rows;
  return {
    getCopy,
    giveUp,
    isNeeded,
    isShared,
    ...createWants(sql, holds, rows),
    ...createRemovalRows(sql, rows),
    setMadeBy: (id, madeBy) =>
      sql.run('UPDATE copies SET made_by = ? WHERE id = ? AND made_by IS NULL', [madeBy, id]).changes > 0,
    ...createCopyFaults(sql, rows, now),
    commitsKept: ({ repoType, name, hostId = THIS_HOST }) =>
      sql.all(
        `SELECT DISTINCT commit_sha FROM copies WHERE name = ? AND repo_type = ? AND host_id = ?
           AND (EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id)
             OR EXISTS (SELECT 1 FROM models WHERE models.wants_copy_id = copies.id)
             OR EXISTS (SELECT 1 FROM removed_models AS kept WHERE kept.copy_id = copies.id AND NOT (${LEFT_THERE}))
             OR EXISTS (SELECT 1 FROM removed_models AS kept WHERE kept.wants_copy_id = copies.id AND NOT (${LEFT_THERE})))`,
        (row) => String(row['commit_sha']),
        [name, repoType, hostId],
      ),
    isHad: (id) => sql.get('SELECT 1 FROM models WHERE copy_id = ?', () => true, [id]) ?? false,
    copiesHad: (afterId, limit) => sql.all(HAD, toCopy, [afterId, limit]),
  };
};
