import type { Branch } from '../../domain/renewals/branch.ts';
import type { Model } from '../../domain/model.ts';
import { rowMapper } from '../database/row.ts';
import type { Sql } from '../database/sql.ts';
import { MODEL, toModel } from '../downloads/models.ts';

/** The branches that completed models follow. A row comes by itself when a model is completed. */
export interface Branches {
  /** The one that a model follows. */
  readonly branchOf: (model: Pick<Model, 'repoType' | 'name' | 'revision'>) => Branch | undefined;
  /**
   * Those that are due or were never planned, the longest due first.
   * @param farthest ISO 8601; what is planned for later was planned before the clock was set back, and is due
   */
  readonly dueBranches: (now: string, farthest: string, limit: number) => Branch[];
  readonly planBranch: (id: number, dueAt: string) => void;
  /** What people were told that is wrong with it; null: nothing is. */
  readonly setTrouble: (id: number, trouble: string | null) => void;
  /** Some model is of it, complete or not. */
  readonly isFollowed: (branch: Pick<Branch, 'repoType' | 'name' | 'revision'>) => boolean;
  /** Nobody follows it any more. */
  readonly dropBranch: (id: number) => void;
  /** The completed models that follow it, of all chats, oldest first; not those that are switched off. */
  readonly followersOf: (branch: Pick<Branch, 'repoType' | 'name' | 'revision'>) => Model[];
}

const toBranch = rowMapper<Branch>({ table: 'branches' });

/** What was never planned, what is due, what is planned for too late: each the first of them in an index. */
const DUE = `SELECT * FROM (
    SELECT * FROM (SELECT * FROM branches WHERE due_at IS NULL ORDER BY id LIMIT :limit)
    UNION ALL
    SELECT * FROM (SELECT * FROM branches WHERE due_at <= :now ORDER BY due_at, id LIMIT :limit)
    UNION ALL
    SELECT * FROM (SELECT * FROM branches WHERE due_at > :farthest ORDER BY due_at, id LIMIT :limit)
  ) ORDER BY due_at, id LIMIT :limit`;

const OF = 'name = :name AND repo_type = :repoType AND revision = :revision';

/** The rows of branches. */
export const createBranches = (sql: Sql): Branches => ({
  branchOf: ({ name, repoType, revision }) =>
    sql.get(`SELECT * FROM branches WHERE ${OF}`, toBranch, { name, repoType, revision }),
  dueBranches: (now, farthest, limit) => sql.all(DUE, toBranch, { now, farthest, limit }),
  planBranch: (id, dueAt) => {
    sql.run('UPDATE branches SET due_at = ? WHERE id = ?', [dueAt, id]);
  },
  setTrouble: (id, trouble) => {
    sql.run('UPDATE branches SET trouble = ? WHERE id = ?', [trouble, id]);
  },
  dropBranch: (id) => {
    sql.run('DELETE FROM branches WHERE id = ?', [id]);
  },
  isFollowed: ({ name, repoType, revision }) =>
    sql.get(`SELECT 1 FROM models WHERE ${OF} LIMIT 1`, () => true, { name, repoType, revision }) ?? false,
  followersOf: ({ name, repoType, revision }) =>
    sql.all(`SELECT ${MODEL} FROM models WHERE ${OF} AND status = 'completed' AND enabled = 1 ORDER BY id`, toModel, {
      name,
      repoType,
      revision,
    }),
});
