import type { RemovedMessage, RemovedModel } from '../../domain/removals/removed-model.ts';
import { BEGIN_WAIT_ANEW, earlier, numberOf, type Sql } from '../database/sql.ts';
import { REACHABLE } from '../people/chats.ts';
import {
  bringBack,
  type BroughtBack,
  type Keeping,
  letGo,
  moveRemoved,
  readRemoved,
  removeAndKeep,
  type RemovedModelsDeps,
} from './moves.ts';
import { MESSAGES, toRemoved, UNSETTLED } from './row.ts';

/** Models that were removed, as long as they can be brought back, and a while longer for their messages. */
export interface RemovedModels {
  /** Removes a model, and keeps it for a while with its copies. @returns false if there is no such model */
  readonly removeAndKeep: (modelId: number, keeping: Keeping) => boolean;
  readonly getRemoved: (modelId: number) => RemovedModel | undefined;
  /** Those of a chat that can be brought back, the newest first. */
  readonly keptIn: (chatId: number, most?: number) => RemovedModel[];
  readonly countKeptIn: (chatId: number) => number;
  /** All that can be brought back, the oldest first. */
  readonly kept: () => RemovedModel[];
  /** Those whose time is over. */
  readonly due: (now: string) => number[];
  /** Puts it back where it was, as it was: what was downloading waits at its place. */
  readonly bringBack: (modelId: number) => BroughtBack;
  /** Its copies are kept no longer. @returns them; undefined if it is not kept */
  readonly letGo: (modelId: number) => readonly number[] | undefined;
  /** Those that cannot be brought back, and whose files are being deleted. */
  readonly going: () => number[];
  /** @param freedBytes as many as planned unless told */
  readonly setGone: (modelId: number, freedBytes?: number) => void;
  /** Waits that began in the future, since the clock was set back, begin now. */
  readonly beginWaitsAnew: () => void;
  /** Those whose message may not show what is true, in chats that can be reached. */
  readonly removedToDraw: () => RemovedModel[];
  /** What this message says is true. */
  readonly setSettled: (modelId: number, kind: RemovedMessage['kind']) => void;
  /** This message does not tell of it any more. */
  readonly loseMessage: (modelId: number, kind: RemovedMessage['kind']) => void;
  /** Forgets what has been over for a day. */
  readonly forgetOld: (now: string) => void;
}

const DAY_MS = 86_400_000;

/** The rows of removed models. */
export const createRemovedModels = (deps: RemovedModelsDeps): RemovedModels => {
  const { sql, now } = deps;
  const all = (text: string, parameters: Parameters<Sql['all']>[2] = []): RemovedModel[] =>
    sql.all(`SELECT * FROM removed_models WHERE ${text}`, toRemoved, parameters).flat();
  return {
    getRemoved: (modelId) => readRemoved(sql, modelId)?.removed,
    removeAndKeep: (modelId, keeping) => sql.atomically(() => removeAndKeep(deps, modelId, keeping)),
    bringBack: (modelId) => sql.atomically(() => bringBack(deps, modelId)),
    letGo: (modelId) => sql.atomically(() => letGo(deps, modelId)),
    setGone: (modelId, freedBytes) =>
      void moveRemoved(deps, modelId, { from: 'going', to: 'gone', freedBytes: freedBytes ?? null }),
    keptIn: (chatId, most = -1) =>
      all("chat_id = ? AND state = 'kept' ORDER BY removed_at DESC, model_id DESC LIMIT ?", [chatId, most]),
    countKeptIn: (chatId) =>
      sql.get("SELECT count(*) FROM removed_models WHERE chat_id = ? AND state = 'kept'", numberOf, [chatId]) ?? 0,
    kept: () => all("state = 'kept' ORDER BY not_before, model_id"),
    due: (at) =>
      sql.all("SELECT model_id FROM removed_models WHERE state = 'kept' AND not_before <= ?", numberOf, [at]),
    going: () => sql.all("SELECT model_id FROM removed_models WHERE state = 'going'", numberOf),
    beginWaitsAnew: () => {
      sql.run(
        `UPDATE removed_models SET ${BEGIN_WAIT_ANEW}, ${UNSETTLED}
         WHERE state = 'kept' AND waits_since > :at`,
        {
          at: now(),
        },
      );
    },
    removedToDraw: () => all(`(settled = 0 OR card_settled = 0) AND ${REACHABLE} ORDER BY model_id`),
    setSettled: (modelId, kind) => {
      sql.run(`UPDATE removed_models SET ${MESSAGES[kind]}settled = 1 WHERE model_id = ?`, [modelId]);
    },
    loseMessage: (modelId, kind) => {
      const of = MESSAGES[kind];
      sql.run(`UPDATE removed_models SET ${of}message_id = NULL, ${of}settled = 1 WHERE model_id = ?`, [modelId]);
    },
    forgetOld: (at) => {
      sql.run(
        "DELETE FROM removed_models WHERE state IN ('gone', 'undone') AND settled = 1 AND card_settled = 1 AND not_before < ?",
        [earlier(at, DAY_MS)],
      );
    },
  };
};
