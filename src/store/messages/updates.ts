import { type Row } from '../database/row.ts';
import { earlier, type Sql } from '../database/sql.ts';

/** An update that came and is not handled yet. */
export interface WaitingUpdate {
  readonly updateId: number;
  /** JSON as Telegram sent it. */
  readonly payload: string;
  /** How many times the program died while it was next to be handled. */
  readonly deaths: number;
  readonly receivedAt: string;
}

/** Updates from Telegram: those that wait, and those that were handled to their end, which may be given again. */
export interface Updates {
  /** Keeps updates until they are handled. @returns the ids of those that are new, in the order given */
  readonly keepUpdates: (updates: readonly Pick<WaitingUpdate, 'updateId' | 'payload'>[]) => number[];
  /** Oldest first. */
  readonly waitingUpdates: () => WaitingUpdate[];
  /**
   * These were next when the program died. Deaths within ten seconds of one counted are no proof: something else kills it.
   * @returns of which it was counted
   */
  readonly countDeaths: (updateIds: readonly number[]) => readonly number[];
  /** A death that was counted would be none of this one's now, or would be again. */
  readonly changeDeaths: (updateId: number, by: 1 | -1) => void;
  /**
   * Does what an update asks for, once, however often the update is handled: for what would be done again, such as a move by
   * one place. Done and noted in one transaction.
   * @param deed must come to what JSON can hold
   * @returns what it came to the first time
   */
  readonly doOnce: <T>(updateId: number, deed: () => T) => T;
  readonly alreadyHandled: (updateId: number) => boolean;
  /** Also ends their waiting. */
  readonly markHandled: (updateIds: readonly number[]) => void;
  /** Nothing came of a message but a refusal. */
  readonly noteRefused: (chatId: number, messageId: number) => void;
  /** Whether nothing came of it; from now on something does. */
  readonly takeRefused: (chatId: number, messageId: number) => boolean;
  /** Forgets those handled and refused before; Telegram keeps updates for 24 hours. @returns how many */
  readonly prune: (before: string) => number;
}

const APART_MS = 10_000;

/** One statement for each: as long as a hundred are kept, nobody is heard. */
const KEEP = `INSERT INTO updates (update_id, payload, received_at)
  SELECT :updateId, :payload, :at WHERE NOT EXISTS (SELECT 1 FROM handled_updates WHERE update_id = :updateId)
  ON CONFLICT DO NOTHING`;

const MARK = 'INSERT INTO handled_updates (update_id, handled_at) VALUES (?, ?) ON CONFLICT DO NOTHING';

const toWaiting = (row: Row): WaitingUpdate => ({
  updateId: Number(row['update_id']),
  payload: String(row['payload']),
  deaths: Number(row['deaths']),
  receivedAt: String(row['received_at']),
});

/** @param now the current time, ISO 8601 */
export const createUpdates = (sql: Sql, now: () => string): Updates => {
  const alreadyHandled = (updateId: number): boolean =>
    sql.get('SELECT 1 FROM handled_updates WHERE update_id = ?', () => true, [updateId]) ?? false;
  const keep = ({ updateId, payload }: Pick<WaitingUpdate, 'updateId' | 'payload'>, at: string): boolean =>
    sql.run(KEEP, { updateId, payload, at }).changes > 0;
  return {
    keepUpdates: (updates) =>
      sql.atomically(() => {
        const at = now();
        return updates.filter((update) => keep(update, at)).map(({ updateId }) => updateId);
      }),
    waitingUpdates: () =>
      sql.all('SELECT update_id, payload, deaths, received_at FROM updates ORDER BY update_id', toWaiting),
    countDeaths: (updateIds) =>
      sql.atomically(() => {
        const at = now();
        const count = (id: number): boolean =>
          sql.run(
            `UPDATE updates SET deaths = deaths + 1, died_at = :at
             WHERE update_id = :id AND (died_at IS NULL OR died_at <= :before OR died_at > :at)`,
            { id, at, before: earlier(at, APART_MS) },
          ).changes > 0;
        return updateIds.filter(count);
      }),
    changeDeaths: (updateId, by) => {
      sql.run('UPDATE updates SET deaths = deaths + ? WHERE update_id = ?', [by, updateId]);
    },
    doOnce: (updateId, deed) =>
      sql.atomically(() => {
        const done = sql.get('SELECT result FROM deeds WHERE update_id = ?', (row) => String(row['result']), [
          updateId,
        ]);
        if (done !== undefined) return JSON.parse(done) as ReturnType<typeof deed>;
        const result = deed();
        sql.run('INSERT INTO deeds (update_id, result) VALUES (?, ?)', [updateId, JSON.stringify(result)]);
        return result;
      }),
    alreadyHandled,
    markHandled: (updateIds) => {
      sql.atomically(() => {
        for (const id of updateIds) {
          sql.run(MARK, [id, now()]);
          sql.run('DELETE FROM updates WHERE update_id = ?', [id]);
          sql.run('DELETE FROM deeds WHERE update_id = ?', [id]);
        }
      });
    },
    noteRefused: (chatId, messageId) => {
      sql.run(
        'INSERT INTO refused_messages (chat_id, message_id, refused_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        [chatId, messageId, now()],
      );
    },
    takeRefused: (chatId, messageId) =>
      sql.run('DELETE FROM refused_messages WHERE chat_id = ? AND message_id = ?', [chatId, messageId]).changes > 0,
    prune: (before) => {
      sql.run('DELETE FROM refused_messages WHERE refused_at < ?', [before]);
      return sql.run('DELETE FROM handled_updates WHERE handled_at < ?', [before]).changes;
    },
  };
};
