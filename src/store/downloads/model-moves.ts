import { AppError } from '../../domain/errors.ts';
import type { Copy } from '../../domain/copy.ts';
import type { Model } from '../../domain/model.ts';
import { modelMetadataSchema } from '../../domain/model-metadata.ts';
import {
  assertMove,
  isModelStatus,
  MODEL_STATUSES,
  type ModelStatus,
  type PendingReason,
} from '../../domain/states/model.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, endOfOrder, type Sql, touchedAt, type Value } from '../database/sql.ts';

/** What may change along with a move to another status. */
interface MoveChanges {
  readonly reason?: PendingReason | null;
  readonly downloadPath?: string | null;
  readonly notBefore?: string | null;
  readonly scheduled?: boolean;
  readonly onDemand?: boolean;
  readonly runNow?: boolean;
  readonly sizeBytes?: number;
  /** It wants another copy from now on; what it has, it keeps. */
  readonly wantsCopyId?: number;
  /** It takes its place anew, behind all that wait. */
  readonly toEnd?: boolean;
  /** Only while the copy that it wants is of this generation: what was begun for an earlier one has no say any more. */
  readonly ofGeneration?: number | undefined;
}

type ModelDetails = Partial<
  Pick<
    Model,
    | 'sizeBytes'
    | 'canonicalName'
    | 'license'
    | 'title'
    | 'description'
    | 'priority'
    | 'category'
    | 'maxRetries'
    | 'checkFrequency'
    | 'enabled'
    | 'pinned'
    | 'metadata'
    | 'downloadPath'
    | 'scheduled'
    | 'onDemand'
    | 'runNow'
    | 'statusReason'
    | 'notBefore'
    | 'queuedAt'
    | 'name'
    | 'revision'
    | 'selection'
    | 'tokenOf'
    | 'hostId'
  >
>;

export interface ModelMoves {
  /** @returns false if there is no such model @throws AppError validation, state_transition */
  readonly updateModelStatus: (id: number, status: ModelStatus, changes?: MoveChanges) => boolean;
  /**
   * One compare-and-set. What it waits for (`reason`, `notBefore`) is said anew with every move.
   * @returns false if the model was not in `from` any more, or its copy not of that generation
   * @throws AppError state_transition
   */
  readonly moveModel: (id: number, from: ModelStatus, to: ModelStatus, changes?: MoveChanges) => boolean;
  /** It wants another copy, and stays where it is: what waits or stands still. @returns false if there is no such model */
  readonly wantCopy: (id: number, copyId: number) => boolean;
  /**
   * What it was to become is taken back: it is complete as it was, where the copy lies that it has. No bytes are looked at. What it
   * wanted until now is to be given up, in the same transaction.
   * @returns false if it is complete, has no copy, or one on a machine that was let go, or if its library has the same by now
   */
  readonly takeBack: (id: number) => boolean;
  /** What is no move. @returns false if there is no such model */
  readonly updateModelDetails: (id: number, details: ModelDetails) => boolean;
}

/** The columns a move sets, besides the status: a reason and a time to wait for belong to `pending` only. */
const moveFields = (
  sql: Sql,
  to: ModelStatus,
  { reason, notBefore, toEnd, ofGeneration: _ofGeneration, ...rest }: MoveChanges,
  now: string,
): object => ({
  status: to,
  statusReason: to === 'pending' ? (reason ?? null) : null,
  notBefore: to === 'pending' ? (notBefore ?? null) : null,
  waitsSince: to === 'pending' && notBefore ? now : undefined,
  queuedAt: toEnd ? endOfOrder(sql, now) : undefined,
  ...rest,
  updatedAt: now,
});

/** `SET` for what the model has after a move. */
const hasAfter = (from: ModelStatus, to: ModelStatus, wantsCopyId?: number): { text: string; values: Value[] } => {
  if (to === 'completed') return { text: ', copy_id = wants_copy_id', values: [] };
  // Whoever wants what he has, has it not: it is to be got once more.
  return from === 'completed' || wantsCopyId !== undefined
    ? { text: ', copy_id = nullif(copy_id, coalesce(?, wants_copy_id))', values: [wantsCopyId ?? null] }
    : { text: '', values: [] };
};

const OF_GENERATION = ' AND (SELECT generation FROM copies WHERE copies.id = models.wants_copy_id) = ?';

/**
 * What a model that is not complete was: as the copy says, and what was written down when it was changed. Who wants what he has, under
 * another name of its commit, has it not until then, and it is whole all the same.
 */
const HAD = `SELECT models.chat_id, models.revision, models.token_of, models.metadata, copies.* FROM models
  JOIN copies ON copies.id = coalesce(models.copy_id, (SELECT same.id FROM copies AS same
    WHERE same.id = models.wants_copy_id AND same.state = 'complete' AND same.id = models.metadata ->> '$.had.copyId'))
  JOIN hosts ON hosts.id = copies.host_id
  WHERE models.id = ? AND models.status <> 'completed' AND hosts.state <> 'gone'`;

const IS_TAKEN = `SELECT 1 FROM models WHERE chat_id = :chatId AND source = :source AND repo_type = :repoType AND name = :name
  AND revision = :revision AND selection = :selection AND host_id = :hostId AND id <> :id`;

const toHad = rowMapper<Copy & Pick<Model, 'chatId' | 'revision' | 'tokenOf' | 'metadata'>>({
  table: 'models',
  json: { metadata: { schema: modelMetadataSchema, broken: null } },
});

/** Makes a model again what it was when it got the copy that it has. */
const takeBack = (sql: Sql, id: number, now: string): boolean => {
  const known = sql.get(HAD, toHad, [id]);
  if (!known) return false;
  const { id: copyId, chatId, source, repoType, name, selection, hostId, sizeBytes, path: downloadPath } = known;
  const had = known.metadata?.had?.copyId === copyId ? known.metadata.had : undefined;
  const { revision, tokenOf, metadata } = had ?? known;
  if (sql.get(IS_TAKEN, () => true, { id, chatId, source, repoType, name, revision, selection, hostId })) return false;
  const set = assignments({
    ...moveFields(sql, 'completed', { downloadPath, sizeBytes, runNow: false, wantsCopyId: copyId }, now),
    copyId,
    name,
    selection,
    hostId,
    revision,
    tokenOf,
    metadata,
  });
  return sql.run(`UPDATE models SET ${set.text} WHERE id = ?`, [...set.values, id]).changes > 0;
};

/** @param now the current time, ISO 8601 */
export const createModelMoves = (sql: Sql, now: () => string): ModelMoves => {
  const moveModel: ModelMoves['moveModel'] = (id, from, to, changes = {}) => {
    assertMove(from, to);
    const set = assignments(moveFields(sql, to, changes, now()));
    const has = hasAfter(from, to, changes.wantsCopyId);
    const { ofGeneration } = changes;
    const only = ofGeneration === undefined ? '' : OF_GENERATION;
    const values = [...set.values, ...has.values, id, from, ...(ofGeneration === undefined ? [] : [ofGeneration])];
    return sql.run(`UPDATE models SET ${set.text}${has.text} WHERE id = ? AND status = ?${only}`, values).changes > 0;
  };

  const statusOf = (id: number): ModelStatus | undefined =>
    sql.get('SELECT status FROM models WHERE id = ?', (row) => row['status'] as ModelStatus, [id]);

  return {
    updateModelStatus: (id, status, changes = {}) => {
      if (!isModelStatus(status)) {
        throw new AppError(
          'validation',
          `There is no status “${String(status)}”; there are ${MODEL_STATUSES.join(', ')}.`,
        );
      }
      return sql.atomically(() => {
        const from = statusOf(id);
        return from !== undefined && moveModel(id, from, status, changes);
      });
    },
    moveModel,
    wantCopy: (id, copyId) =>
      sql.run(
        `UPDATE models SET wants_copy_id = :copyId, copy_id = nullif(copy_id, :copyId), ${touchedAt(':at')}
         WHERE id = :id AND status <> 'completed'`,
        { id, copyId, at: now() },
      ).changes > 0,
    takeBack: (id) => sql.atomically(() => takeBack(sql, id, now())),
    updateModelDetails: (id, details) => {
      const set = assignments({ ...details, updatedAt: now() });
      return sql.run(`UPDATE models SET ${set.text} WHERE id = ?`, [...set.values, id]).changes > 0;
    },
  };
};
