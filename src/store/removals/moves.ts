import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Taking } from '../../domain/copy.ts';
import { UNDO_MS } from '../../domain/removals/removed-model.ts';
import type { ModelStatus } from '../../domain/states/model.ts';
import { assertRemovedModelMove, type RemovedModelState } from '../../domain/states/removed-model.ts';
import type { Row } from '../database/row.ts';
import { earlier, numberOf, type Sql, touchedAt, type Value } from '../database/sql.ts';
import type { Copies } from '../downloads/copies.ts';
import type { ModelMoves } from '../downloads/model-moves.ts';
import type { Models } from '../downloads/models.ts';
import type { Sessions } from '../downloads/sessions.ts';
import { readEntry, writeEntry } from './entry.ts';
import { type Read, REMOVED, toRead } from './row.ts';
import { drawKeptAnew, UNSETTLED } from './unsettled.ts';

/** How a removal is kept. */
export interface Keeping {
  readonly taking: Taking;
  /** What its end will free, as far as that is known. */
  readonly freedBytes: number;
  /** The message of its chat that tells of it from now on. */
  readonly messageId?: number;
}

/** What came of bringing a model back: `again`, its library has the same anew; `over`, it cannot be brought back any more. */
export type BroughtBack = 'undone' | 'again' | 'over';

export interface RemovedModelsDeps {
  readonly sql: Sql;
  /** The current time, ISO 8601. */
  readonly now: () => string;
  readonly copies: Pick<Copies, 'getCopy' | 'giveUp'>;
  readonly models: Pick<Models & ModelMoves, 'isCancelled' | 'removeModel' | 'takeBack'>;
  readonly sessions: Pick<Sessions, 'createDownloadSession'>;
}

/** Of a removed model, with what it was. */
export const readRemoved = (sql: Sql, modelId: number): Read | undefined =>
  sql.get(`SELECT ${REMOVED} FROM removed_models WHERE model_id = ?`, toRead, [modelId]);

const MOVE = `UPDATE removed_models SET state = :to, copy_id = NULL, wants_copy_id = NULL, ${UNSETTLED},
    freed_bytes = coalesce(:freedBytes, freed_bytes), ${touchedAt(':at')}
  WHERE model_id = :modelId AND state = :from`;

interface Move {
  readonly from: RemovedModelState;
  readonly to: RemovedModelState;
  /** Left out: as it was. */
  readonly freedBytes?: number | null;
}

/** @returns false if it is not in that state @throws AppError state_transition */
export const moveRemoved = (
  { sql, now }: RemovedModelsDeps,
  modelId: number,
  { from, to, freedBytes = null }: Move,
): boolean => {
  assertRemovedModelMove(from, to);
  return sql.run(MOVE, { modelId, from, to, freedBytes, at: now() }).changes > 0;
};

const KEEP = `INSERT OR REPLACE INTO removed_models (model_id, chat_id, entry, taking, copy_id, wants_copy_id, cancelled,
    removed_at, not_before, waits_since, freed_bytes, message_id, card_message_id, settled, card_settled, updated_at)
  VALUES (:modelId, :chatId, :entry, :taking, :copyId, :wantsCopyId, :cancelled,
    :at, :until, :at, :freedBytes, :messageId, :cardMessageId, :messageId IS NULL, :cardMessageId IS NULL, :at)`;

/** Removes a model and keeps what it was. To be called in a transaction. @returns false if there is no such model */
export const removeAndKeep = (
  { sql, now, models }: RemovedModelsDeps,
  modelId: number,
  { taking, freedBytes, messageId }: Keeping,
): boolean => {
  const entry = readEntry(sql, modelId);
  if (!entry) return false;
  const { model, rows } = entry;
  const at = now();
  const cancelled = models.isCancelled(modelId) ? 1 : 0;
  models.removeModel(modelId);
  // What tells of an earlier removal of the same says that it is here again.
  for (const id of [model['copy_id'], model['wants_copy_id']]) {
    if (typeof id === 'number') drawKeptAnew(sql, id);
  }
  sql.run(KEEP, {
    modelId,
    chatId: model['chat_id'] as Value,
    entry: JSON.stringify(entry),
    taking,
    copyId: model['copy_id'] as Value,
    wantsCopyId: model['wants_copy_id'] as Value,
    cancelled,
    at,
    until: earlier(at, -UNDO_MS),
    freedBytes,
    messageId: messageId ?? null,
    cardMessageId: (rows['cards']?.[0]?.['message_id'] ?? null) as Value,
  });
  return true;
};

/** One that all chats have, or one that this chat has made: another chat may have one of the same name. */
const CATEGORY = `SELECT 1 FROM categories WHERE name = :name AND (own = 0
  OR EXISTS (SELECT 1 FROM chat_categories AS said WHERE said.name = categories.name AND said.chat_id = :chatId))`;

/** What of its row cannot be as it was. */
const changesOf = (sql: Sql, copies: RemovedModelsDeps['copies'], { removed, entry }: Read): Row => {
  const { copy_id: copyId, category, status } = entry.model;
  const isHad = typeof copyId === 'number' && copies.getCopy(copyId)?.state === 'complete';
  const hasCategory = sql.get(CATEGORY, () => true, { name: category as Value, chatId: removed.chatId });
  const waits: ModelStatus = 'pending';
  const goesOn = status === 'downloading' || (status === 'completed' && !isHad);
  return {
    chat_id: removed.chatId,
    ...(hasCategory ? {} : { category: null }),
    ...(goesOn ? { status: waits } : {}),
    ...(isHad ? {} : { copy_id: null }),
  };
};

const SAME = `SELECT 1 FROM models WHERE chat_id = ? AND source = ? AND repo_type = ? AND name = ? AND revision = ?
  AND selection = ? AND host_id = ?`;

/** Whether its library has the same anew. */
export const hasSame = (sql: Sql, { entry, removed: { chatId } }: Read): boolean => {
  const key = ['source', 'repo_type', 'name', 'revision', 'selection'].map((column) => entry.model[column] as Value);
  // What went before there were others lay on this machine.
  const host = (entry.model['host_id'] ?? THIS_HOST) as Value;
  return sql.get(SAME, () => true, [chatId, ...key, host]) ?? false;
};

const LET_GO = "SELECT 1 FROM hosts WHERE id = ? AND state = 'gone'";

/** Of a row of removed models: it has a copy, whole, on a machine that was not let go. */
export const LIES_ELSEWHERE = `EXISTS (SELECT 1 FROM copies JOIN hosts ON hosts.id = copies.host_id
  WHERE copies.id = removed_models.copy_id AND copies.state = 'complete' AND hosts.state <> 'gone')`;

/** Whether the machine that it was on was let go, or is to be on: nobody could do anything with it there. */
const isForHostLetGo = (sql: Sql, { entry }: Read): boolean =>
  sql.get(LET_GO, () => true, [(entry.model['host_id'] ?? THIS_HOST) as Value]) ?? false;

const liesElsewhere = (sql: Sql, { removed: { modelId } }: Read): boolean =>
  sql.get(`SELECT 1 FROM removed_models WHERE model_id = ? AND ${LIES_ELSEWHERE}`, () => true, [modelId]) ?? false;

/** What was to move to a machine that was let go meanwhile stays where it lies. @returns false: its library has the same there */
const stayBehind = ({ models, copies }: RemovedModelsDeps, { removed }: Read): boolean => {
  if (models.takeBack(removed.modelId)) {
    copies.giveUp(removed.wantsCopyId, 'nothing');
    return true;
  }
  models.removeModel(removed.modelId);
  return false;
};

/** What was its card told of the removal, if it is still there, and is its card again. */
const REDRAW = `UPDATE cards SET drawn = NULL, final = 0, up_to_date = 0, chat_id = :chatId,
    thread_id = iif(chat_id = :chatId, thread_id, NULL), reply_to = iif(chat_id = :chatId, reply_to, NULL),
    message_id = (SELECT card_message_id FROM removed_models WHERE removed_models.model_id = :modelId)
  WHERE model_id = :modelId`;

/**
 * Puts its rows back. It does not come for the first time: what people have unlinked stays unlinked. Only what was removed before
 * that was looked at still waits for it.
 */
const putBack = (deps: RemovedModelsDeps, known: Read): void => {
  const { sql, copies } = deps;
  const { modelId } = known.removed;
  const isNew = sql.get('SELECT 1 FROM models_to_link WHERE model_id = ?', () => true, [modelId]) ?? false;
  writeEntry(sql, known.entry, changesOf(sql, copies, known));
  if (!isNew) sql.run('DELETE FROM models_to_link WHERE model_id = ?', [modelId]);
};

/** Whoever brings back what a clean-up has taken says that it stays. */
const KEEP_FROM_CLEANUPS = `UPDATE cleanup_models SET fate = 'kept', kept_at = :at
  WHERE id = (SELECT max(id) FROM cleanup_models WHERE model_id = :modelId)`;

/** Puts a model back where it was. To be called in a transaction. */
export const bringBack = (deps: RemovedModelsDeps, modelId: number): BroughtBack => {
  const { sql, now, models, sessions } = deps;
  const known = readRemoved(sql, modelId);
  if (known?.removed.state !== 'kept') return 'over';
  const isForNobody = isForHostLetGo(sql, known);
  if (isForNobody && !liesElsewhere(sql, known)) return 'over';
  if (hasSame(sql, known)) return 'again';
  const wasCancelled = sql.get('SELECT cancelled FROM removed_models WHERE model_id = ?', numberOf, [modelId]) === 1;
  putBack(deps, known);
  if (isForNobody && !stayBehind(deps, known)) return 'again';
  // Its links have gone with it.
  sql.run("UPDATE model_apps SET state = 'waiting', message = NULL WHERE model_id = ? AND state = 'linked'", [modelId]);
  sql.run(KEEP_FROM_CLEANUPS, { modelId, at: now() });
  sql.run(REDRAW, { modelId, chatId: known.removed.chatId });
  sql.run(`UPDATE models SET ${touchedAt('?')} WHERE id = ?`, [now(), modelId]);
  // The removal has ended its session: only paused, it is not to be taken for cancelled.
  if (!wasCancelled && models.isCancelled(modelId)) sessions.createDownloadSession(modelId);
  moveRemoved(deps, modelId, { from: 'kept', to: 'undone' });
  sql.run('UPDATE removed_models SET card_message_id = NULL, card_settled = 1 WHERE model_id = ?', [modelId]);
  return 'undone';
};

/** Its copies are kept no longer. To be called in a transaction. @returns them; undefined if it is not kept */
export const letGo = (deps: RemovedModelsDeps, modelId: number): readonly number[] | undefined => {
  const { sql, copies } = deps;
  const row = sql.get('SELECT taking, copy_id, wants_copy_id FROM removed_models WHERE model_id = ?', (kept) => kept, [
    modelId,
  ]);
  if (!row || !moveRemoved(deps, modelId, { from: 'kept', to: 'going' })) return undefined;
  const ids = [...new Set([row['copy_id'], row['wants_copy_id']])].filter((id) => typeof id === 'number');
  for (const id of ids) copies.giveUp(id, row['taking'] as Taking);
  return ids;
};
