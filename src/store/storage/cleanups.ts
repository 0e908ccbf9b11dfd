import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, type Sql } from '../database/sql.ts';

/** What goes from a chat by itself, when nobody objects. Times are ISO 8601, UTC. */
export interface Cleanup {
  readonly id: number;
  readonly chatId: number;
  readonly state: 'announced' | 'done' | 'called_off';
  readonly createdAt: string;
  /** When Telegram took the announcement. */
  readonly announcedAt: string | null;
  /** How long the program has run since then, in milliseconds. */
  readonly ranMs: number;
}

/**
 * `kept`: somebody said so. `stays`: it was used, pinned or kept elsewhere meanwhile, or is gone already. `going`: it is being
 * removed.
 */
export type Fate = 'announced' | 'kept' | 'stays' | 'going' | 'removed';

/** A model of a clean-up, with what tells it apart when it is gone. */
export interface CleanupModel extends Pick<Model, 'repoType' | 'name' | 'revision' | 'selection' | 'title'> {
  readonly id: number;
  readonly cleanupId: number;
  readonly modelId: number;
  readonly fate: Fate;
  /** What its removal frees, as far as it can be told. */
  readonly sizeBytes: number;
  readonly usedAt: string;
  readonly usedBy: 'read' | 'change' | 'people';
  readonly keptAt: string | null;
  /** The other machine that it lies on; null: the machine of the bot, or it is gone. */
  readonly hostName: string | null;
}

export type NewCleanupModel = Omit<CleanupModel, 'id' | 'cleanupId' | 'fate' | 'keptAt' | 'hostName'>;

/** How many models of a clean-up have a fate, and how much they take. */
export interface FateSum {
  readonly models: number;
  readonly sizeBytes: number;
}

export interface Cleanups {
  /** @returns its id, or undefined if the chat has one that is announced */
  readonly createCleanup: (chatId: number, models: readonly NewCleanupModel[]) => number | undefined;
  readonly getCleanup: (id: number) => Cleanup | undefined;
  readonly announcedCleanups: () => Cleanup[];
  /** The one that is announced in this chat. */
  readonly announcedIn: (chatId: number) => Cleanup | undefined;
  readonly setCleanupState: (id: number, state: Cleanup['state']) => void;
  /** Takes over when announcements were sent; those that never will be are called off. */
  readonly noteAnnounced: () => void;
  /** The program has run so much longer. */
  readonly addRan: (ms: number) => void;
  readonly cleanupModel: (id: number) => CleanupModel | undefined;
  /** The largest first. */
  readonly cleanupModels: (
    cleanupId: number,
    page?: { readonly limit: number; readonly offset: number },
  ) => CleanupModel[];
  readonly sumFate: (cleanupId: number, fates: readonly Fate[]) => FateSum;
  readonly setFate: (id: number, fate: Fate, changes?: Partial<Pick<CleanupModel, 'sizeBytes'>>) => void;
  /** Somebody says that it stays. @param id undefined: all of the clean-up. @returns how many that is new for */
  readonly keepModels: (cleanupId: number, id?: number) => number;
  /** Of this model, in a clean-up that is announced. */
  readonly announcedModel: (modelId: number) => CleanupModel | undefined;
}

/** The index holds those only: clean-ups that are over are kept. */
const ANNOUNCED = `SELECT * FROM cleanups INDEXED BY idx_cleanups_one_announced WHERE state = 'announced' ORDER BY id`;

/** The outbox knows when a notice was sent. */
const NOTICE = `FROM outbox WHERE kind = 'cleanup' AND chat_id = cleanups.chat_id
  AND json_extract(payload, '$.cleanupId') = cleanups.id`;

const toCleanup = rowMapper<Cleanup>();
const toModel = rowMapper<CleanupModel>();
const toSum = rowMapper<FateSum>();

const COLUMNS = `cleanup_models.*, (SELECT hosts.name FROM models JOIN hosts ON hosts.id = models.host_id
    WHERE models.id = cleanup_models.model_id AND hosts.id <> ${THIS_HOST}) AS host_name`;

const ALL = { limit: -1, offset: 0 };

/** The rows of clean-ups. @param now the current time, ISO 8601 */
export const createCleanups = (sql: Sql, now: () => string): Cleanups => ({
  createCleanup: (chatId, models) =>
    sql.atomically(() => {
      const { changes, lastId } = sql.run(
        'INSERT INTO cleanups (chat_id, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING',
        [chatId, now()],
      );
      if (changes === 0) return undefined;
      for (const model of models) {
        const row = insertion({ ...model, cleanupId: lastId });
        sql.run(`INSERT INTO cleanup_models ${row.text}`, row.values);
      }
      return lastId;
    }),
  getCleanup: (id) => sql.get('SELECT * FROM cleanups WHERE id = ?', toCleanup, [id]),
  announcedCleanups: () => sql.all(ANNOUNCED, toCleanup),
  announcedIn: (chatId) =>
    sql.get("SELECT * FROM cleanups WHERE state = 'announced' AND chat_id = ?", toCleanup, [chatId]),
  setCleanupState: (id, state) => {
    sql.run('UPDATE cleanups SET state = ? WHERE id = ?', [state, id]);
  },
  noteAnnounced: () => {
    sql.run(
      `UPDATE cleanups SET announced_at = (SELECT sent_at ${NOTICE} AND sent_at IS NOT NULL)
       WHERE state = 'announced' AND announced_at IS NULL AND EXISTS (SELECT 1 ${NOTICE} AND sent_at IS NOT NULL)`,
    );
    sql.run(
      `UPDATE cleanups SET state = 'called_off' WHERE state = 'announced' AND announced_at IS NULL
       AND NOT EXISTS (SELECT 1 ${NOTICE} AND dropped_reason IS NULL)`,
    );
  },
  addRan: (ms) => {
    sql.run("UPDATE cleanups SET ran_ms = ran_ms + ? WHERE state = 'announced' AND announced_at IS NOT NULL", [ms]);
  },
  cleanupModel: (id) => sql.get(`SELECT ${COLUMNS} FROM cleanup_models WHERE id = ?`, toModel, [id]),
  cleanupModels: (cleanupId, { limit, offset } = ALL) =>
    sql.all(
      `SELECT ${COLUMNS} FROM cleanup_models WHERE cleanup_id = ? ORDER BY size_bytes DESC, id LIMIT ? OFFSET ?`,
      toModel,
      [cleanupId, limit, offset],
    ),
  sumFate: (cleanupId, fates) =>
    sql.get(
      `SELECT count(*) AS models, total(size_bytes) AS size_bytes FROM cleanup_models
       WHERE cleanup_id = ? AND fate IN (SELECT value FROM json_each(?))`,
      toSum,
      [cleanupId, JSON.stringify(fates)],
    ) ?? { models: 0, sizeBytes: 0 },
  setFate: (id, fate, changes = {}) => {
    const set = assignments({ ...changes, fate });
    sql.run(`UPDATE cleanup_models SET ${set.text} WHERE id = ?`, [...set.values, id]);
  },
  keepModels: (cleanupId, id) =>
    sql.run(
      `UPDATE cleanup_models SET fate = 'kept', kept_at = :at WHERE cleanup_id = :cleanupId AND fate = 'announced'
         AND (:id IS NULL OR id = :id) AND EXISTS (SELECT 1 FROM cleanups WHERE id = :cleanupId AND state = 'announced')`,
      { at: now(), cleanupId, id: id ?? null },
    ).changes,
  announcedModel: (modelId) =>
    sql.get(
      `SELECT ${COLUMNS} FROM cleanup_models JOIN cleanups ON cleanups.id = cleanup_models.cleanup_id
       WHERE model_id = ? AND cleanups.state = 'announced' ORDER BY cleanup_models.id DESC LIMIT 1`,
      toModel,
      [modelId],
    ),
});
