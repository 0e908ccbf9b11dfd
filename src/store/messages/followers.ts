import { numberOf, type Sql } from '../database/sql.ts';

/** Who wants to be mentioned at the end of a download, besides the person who asked for it. */
export interface Followers {
  /** Does nothing if the person follows already. */
  readonly addFollower: (modelId: number, userId: number) => void;
  /** @returns true if the person follows now, false if they did and do not any more */
  readonly toggleFollower: (modelId: number, userId: number) => boolean;
  /** In the order in which they came. */
  readonly followersOf: (modelId: number) => number[];
  /** It has been told. */
  readonly clearFollowers: (modelId: number) => void;
}

/** @param now the current time, ISO 8601 */
export const createFollowers = (sql: Sql, now: () => string): Followers => ({
  addFollower: (modelId, userId) => {
    sql.run('INSERT OR IGNORE INTO followers (model_id, user_id, created_at) VALUES (?, ?, ?)', [
      modelId,
      userId,
      now(),
    ]);
  },
  toggleFollower: (modelId, userId) =>
    sql.atomically(() => {
      const left = sql.run('DELETE FROM followers WHERE model_id = ? AND user_id = ?', [modelId, userId]).changes > 0;
      if (!left) {
        sql.run('INSERT INTO followers (model_id, user_id, created_at) VALUES (?, ?, ?)', [modelId, userId, now()]);
      }
      return !left;
    }),
  followersOf: (modelId) =>
    sql.all('SELECT user_id FROM followers WHERE model_id = ? ORDER BY created_at, user_id', numberOf, [modelId]),
  clearFollowers: (modelId) => {
    sql.run('DELETE FROM followers WHERE model_id = ?', [modelId]);
  },
});
