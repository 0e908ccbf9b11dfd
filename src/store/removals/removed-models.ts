/* store/removals: removed models with all that went with them, until they are gone. */

import type { RepoOnHost } from '../../domain/copy.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RemovedMessage, RemovedModel } from '../../domain/removals/removed-model.ts';
import { type Row, rowMapper } from '../database/row.ts';
import { BEGIN_WAIT_ANEW, earlier, numberOf, type Sql } from '../database/sql.ts';
import { REACHABLE } from '../people/chats.ts';
import { LEFT_THERE } from './left-there.ts';
import {
  bringBack,
  hasSame,
  type BroughtBack,
  type Keeping,
  letGo,
  LIES_ELSEWHERE,
  moveRemoved,
  readRemoved,
  removeAndKeep,
  type RemovedModelsDeps,
} from './moves.ts';
import { MESSAGES, REMOVED, toRemoved } from './row.ts';
import { UNSETTLED } from './unsettled.ts';

interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** What of a removed model decides about its copies. */
export type Kept = Pick<RemovedModel, 'modelId' | 'taking' | 'copyId' | 'wantsCopyId'>;

/** Models that were removed, as long as they can be brought back, and a while longer for their messages. */
export interface RemovedModels {
  /** Removes a model, and keeps it for a while with its copies. @returns false if there is no such model */
  readonly removeAndKeep: (modelId: number, keeping: Keeping) => boolean;
  readonly getRemoved: (modelId: number) => RemovedModel | undefined;
  /** Those of a chat that can be brought back, the newest first: none of a machine that was let go, until that joins again. */
  readonly keptIn: (chatId: number) => number[];
  /** How many of a chat left it with machines that were let go: they can be brought back when these have joined again. */
  readonly countAwaitingHost: (chatId: number) => number;
  /** Those of a chat that cannot be brought back any more since their room was freed, the newest first. */
  readonly goneIn: (chatId: number) => number[];
  /** It was on a machine that was let go: it cannot be brought back until that joins again. */
  readonly isOnHostLetGo: (modelId: number) => boolean;
  /** Whether its library has the same anew. */
  readonly isHereAgain: (modelId: number) => boolean;
  /** The commits of a repository on a machine that only removals keep which can be undone, each with the chat of the newest. */
  readonly commitsWaiting: (repo: RepoOnHost) => ReadonlyMap<string, number>;
  /** A page of all that can be brought back, the oldest first. */
  readonly kept: (page: Page) => Kept[];
  /** Some of those whose time is over. */
  readonly due: (now: string, most: number) => number[];
  /** Puts it back where it was, as it was: what was downloading waits at its place. */
  readonly bringBack: (modelId: number) => BroughtBack;
  /** Its copies are kept no longer. @returns them; undefined if it is not kept */
  readonly letGo: (modelId: number) => readonly number[] | undefined;
  /** Those that cannot be brought back, and whose files are being deleted. */
  readonly going: () => number[];
  /** @param freedBytes as many as planned unless told */
  readonly setGone: (modelId: number, freedBytes?: number) => void;
  /** Waits that began in the future, since the clock was set back, begin now. Writes nothing if there are none. */
  readonly beginWaitsAnew: () => void;
  /** Some of those whose messages may not show what is true, in chats that can be reached: the oldest of each chat. */
  readonly removedToDraw: () => RemovedModel[];
  /** What this message says is true. */
  readonly setSettled: (modelId: number, kind: RemovedMessage['kind']) => void;
  /** This message does not tell of it any more. */
  readonly loseMessage: (modelId: number, kind: RemovedMessage['kind']) => void;
  /** Forgets what has been over for a day, or a week where its messages cannot be brought up to date. */
  readonly forgetOld: (now: string) => void;
}

const DAY_MS = 86_400_000;
/** So many of each chat are drawn at a time: Telegram takes few, and each is read whole. */
const DRAWN_AT_ONCE = 3;

const toKept = rowMapper<Kept>();
const toId = (row: Row): number => Number(row['model_id']);

const KEPT = `SELECT model_id, taking, copy_id, wants_copy_id FROM removed_models WHERE state = 'kept'
  ORDER BY not_before, model_id LIMIT :limit OFFSET :offset`;

/** The index holds those only: a whole library may have been removed, and each row holds all that went with a model. */
const TO_DRAW = `model_id IN (SELECT model_id FROM (
    SELECT model_id, row_number() OVER (PARTITION BY chat_id ORDER BY model_id) AS place
    FROM removed_models INDEXED BY idx_removed_models_draw
    WHERE (settled = 0 OR card_settled = 0) AND ${REACHABLE}) WHERE place <= ${DRAWN_AT_ONCE}) ORDER BY model_id`;

const WAITING = `SELECT copies.commit_sha, kept.chat_id FROM copies JOIN removed_models AS kept ON kept.copy_id = copies.id
  WHERE copies.name = ? AND copies.repo_type = ? AND copies.host_id = ? AND kept.state = 'kept' AND NOT (${LEFT_THERE})
    AND NOT EXISTS (SELECT 1 FROM copies AS other
      WHERE other.name = copies.name AND other.repo_type = copies.repo_type
        AND other.host_id = copies.host_id AND other.commit_sha = copies.commit_sha
        AND (EXISTS (SELECT 1 FROM models WHERE models.copy_id = other.id)
          OR EXISTS (SELECT 1 FROM models WHERE models.wants_copy_id = other.id)))
  ORDER BY kept.removed_at, kept.model_id`;
const toWaiting = (row: Row): readonly [commit: string, chatId: number] => [
  String(row['commit_sha']),
  Number(row['chat_id']),
];

/**
 * Those that were on machines that were let go, save those that were to move there and lie elsewhere whole. By its copies: to look into each entry for its machine takes long where a whole
 * library was removed.
 */
const ON_HOST_LET_GO = `EXISTS (SELECT 1 FROM copies JOIN hosts ON hosts.id = copies.host_id
  WHERE copies.id = coalesce(removed_models.wants_copy_id, removed_models.copy_id) AND hosts.state = 'gone')
  AND NOT ${LIES_ELSEWHERE}`;

const OLD = `DELETE FROM removed_models WHERE state IN ('gone', 'undone')
  AND ((settled = 1 AND card_settled = 1 AND not_before < :dayAgo) OR not_before < :weekAgo)`;

/** The rows of removed models. */
export const createRemovedModels = (deps: RemovedModelsDeps): RemovedModels => {
  const { sql, now } = deps;
  const all = (text: string, parameters: Parameters<Sql['all']>[2] = []): RemovedModel[] =>
    sql.all(`SELECT ${REMOVED} FROM removed_models WHERE ${text}`, toRemoved, parameters).flat();
  return {
    getRemoved: (modelId) => readRemoved(sql, modelId)?.removed,
    removeAndKeep: (modelId, keeping) => sql.atomically(() => removeAndKeep(deps, modelId, keeping)),
    bringBack: (modelId) => sql.atomically(() => bringBack(deps, modelId)),
    letGo: (modelId) => sql.atomically(() => letGo(deps, modelId)),
    setGone: (modelId, freedBytes) =>
      void moveRemoved(deps, modelId, { from: 'going', to: 'gone', freedBytes: freedBytes ?? null }),
    isOnHostLetGo: (modelId) =>
      sql.get(`SELECT 1 FROM removed_models WHERE model_id = ? AND (${ON_HOST_LET_GO})`, () => true, [modelId]) ??
      false,
    isHereAgain: (modelId) => {
      const known = readRemoved(sql, modelId);
      return known !== undefined && hasSame(sql, known);
    },
    commitsWaiting: ({ repoType, name, hostId = THIS_HOST }) =>
      new Map(sql.all(WAITING, toWaiting, [name, repoType, hostId])),
    goneIn: (chatId) =>
      sql.all(
        `SELECT model_id FROM removed_models WHERE chat_id = ? AND state IN ('going', 'gone')
         ORDER BY removed_at DESC, model_id DESC`,
        toId,
        [chatId],
      ),
    keptIn: (chatId) =>
      sql.all(
        `SELECT model_id FROM removed_models WHERE chat_id = ? AND state = 'kept' AND NOT (${ON_HOST_LET_GO})
         ORDER BY removed_at DESC, model_id DESC`,
        toId,
        [chatId],
      ),
    countAwaitingHost: (chatId) =>
      sql.get(
        `SELECT count(*) FROM removed_models WHERE chat_id = ? AND state = 'kept' AND (${ON_HOST_LET_GO})`,
        numberOf,
        [chatId],
      ) ?? 0,
    kept: (page) => sql.all(KEPT, toKept, { ...page }),
    due: (at, most) =>
      sql.all("SELECT model_id FROM removed_models WHERE state = 'kept' AND not_before <= ? LIMIT ?", toId, [at, most]),
    going: () => sql.all("SELECT model_id FROM removed_models WHERE state = 'going'", numberOf),
    beginWaitsAnew: () => {
      const isAhead = "SELECT 1 FROM removed_models WHERE state = 'kept' AND waits_since > ? LIMIT 1";
      if (!sql.get(isAhead, () => true, [now()])) return;
      sql.run(
        `UPDATE removed_models SET ${BEGIN_WAIT_ANEW}, ${UNSETTLED}
         WHERE state = 'kept' AND waits_since > :at`,
        {
          at: now(),
        },
      );
    },
    removedToDraw: () => all(TO_DRAW),
    setSettled: (modelId, kind) => {
      sql.run(`UPDATE removed_models SET ${MESSAGES[kind]}settled = 1 WHERE model_id = ?`, [modelId]);
    },
    loseMessage: (modelId, kind) => {
      const of = MESSAGES[kind];
      sql.run(`UPDATE removed_models SET ${of}message_id = NULL, ${of}settled = 1 WHERE model_id = ?`, [modelId]);
    },
    forgetOld: (at) => {
      sql.run(OLD, { dayAgo: earlier(at, DAY_MS), weekAgo: earlier(at, 7 * DAY_MS) });
    },
  };
};
