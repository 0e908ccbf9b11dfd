/* store/verifying: what is read again, taken over or looked into. */

import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RepoType } from '../../domain/listing.ts';
import { assertVerificationMove, type VerificationState } from '../../domain/states/verification.ts';
import {
  type AdoptionWish,
  adoptionWishSchema,
  type Finding,
  findingSchema,
  type ItemState,
} from '../../domain/verification.ts';
import { REACHABLE } from '../people/chats.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, numberOf, type Sql } from '../database/sql.ts';

/** What somebody wants to have read again, with the message that shows how far it is. */
export interface Verification {
  readonly id: number;
  /** 0: nobody asked for it, and no chat shows it. */
  readonly chatId: number;
  readonly userId: number;
  readonly threadId: number | null;
  /** The message that it answers; null: that stayed behind, or there was none. */
  readonly messageId: number | null;
  readonly cardMessageId: number | null;
  readonly purpose: 'verify' | 'adopt' | 'round';
  readonly state: VerificationState;
  /** What is to be taken over; null if nothing is, or the row holds something else. */
  readonly wish: AdoptionWish | null;
  /** Its items are known. */
  readonly listed: boolean;
  /** Why there is nothing of it, as a sentence. */
  readonly errorMessage: string | null;
  /** Its message shows what is true. */
  readonly settled: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One copy of a verification. */
export interface VerificationItem {
  readonly id: number;
  readonly verificationId: number;
  readonly copyId: number | null;
  readonly repoType: RepoType | null;
  readonly name: string | null;
  readonly commitSha: string | null;
  readonly revision: string | null;
  /** Of what is to be taken over: where it lies; null: on the machine of the bot. */
  readonly hostId: number | null;
  readonly modelId: number | null;
  readonly state: ItemState;
  readonly files: number;
  readonly bytes: number;
  readonly tookMs: number;
  readonly finding: Finding | null;
}

/** One that waits, and whose it is. */
export type WaitingItem = VerificationItem & Pick<Verification, 'chatId' | 'purpose'>;

export type NewVerification = Pick<Verification, 'chatId' | 'userId' | 'threadId' | 'messageId'> & {
  /** Of the update that asks for it. */
  readonly updateId: number;
};

/** What was read, and what came of it. */
export interface ItemResult {
  readonly modelId?: number;
  readonly files?: number;
  readonly bytes?: number;
  readonly tookMs?: number;
  readonly finding?: Finding;
}

/** Items of a verification in one state, together. */
export interface ItemSum {
  readonly state: ItemState;
  readonly items: number;
  readonly files: number;
  readonly bytes: number;
  readonly tookMs: number;
}

export interface Verifications {
  /**
   * What is complete in a chat, each copy once: of one model, or of all. What waits to be read for this chat already is left
   * out. One for each update: a repetition returns the first one. Of each chat the newest thirty are kept.
   * @returns undefined if there is nothing to read
   */
  readonly createVerification: (wish: NewVerification, modelId?: number) => Verification | undefined;
  readonly getVerification: (id: number) => Verification | undefined;
  /**
   * Of each chat the item that is to be read next, but for these.
   * @param hosts on which something can be read now; this machine alone unless told
   */
  readonly nextItems: (except: readonly number[], hosts?: readonly number[]) => WaitingItem[];
  /** The first of its items in these states. */
  readonly itemsIn: (id: number, states: readonly ItemState[], most: number) => VerificationItem[];
  /** The machines on which its items lie that nobody has read yet. */
  readonly hostsToRead: (id: number) => number[];
  /** What of a model waits to be read is read in the copy that it has since: it has moved, or was brought up to date. */
  readonly readInstead: (modelId: number, before: number, now: number) => void;
  readonly itemOf: (id: number, itemId: number) => VerificationItem | undefined;
  readonly countItems: (id: number) => number;
  readonly sumItems: (id: number) => ItemSum[];
  /** What has become of an item that waited; its message is drawn anew. @returns false if it did not wait any more */
  readonly settleItem: (itemId: number, to: Exclude<ItemState, 'waiting'>, result?: ItemResult) => boolean;
  /** Compare-and-set. @returns false if it was in another state @throws AppError state_transition */
  readonly moveVerification: (id: number, from: VerificationState, to: VerificationState) => boolean;
  /** Where it is shown; null = that message is gone. */
  readonly setVerificationCard: (id: number, cardMessageId: number | null) => void;
  /** Those whose message may not show what is true, oldest first. */
  readonly verificationsToDraw: () => Verification[];
  readonly setVerificationDrawn: (id: number, drawn: string, settled: boolean) => void;
  /** Its topic is gone: it is told in the chat itself. */
  readonly leaveVerificationThread: (id: number) => void;
}

const KEPT_MOST = 30;

export const toVerification = rowMapper<Verification>({
  table: 'verifications',
  booleans: ['settled', 'listed'],
  json: { wish: { schema: adoptionWishSchema, broken: null } },
});

const FINDING = { finding: { schema: findingSchema, broken: null } };
const toItem = rowMapper<VerificationItem>({ table: 'verification_items', json: FINDING });
const toWaiting = rowMapper<WaitingItem>({ table: 'verification_items', json: FINDING });

/** Several models may have one copy; it is read once. */
const INSERT_ITEMS = `INSERT INTO verification_items (verification_id, copy_id, model_id)
  SELECT :id, copy_id, min(models.id) FROM models
  WHERE chat_id = :chatId AND status = 'completed' AND copy_id IS NOT NULL AND (:modelId IS NULL OR models.id = :modelId)
    AND NOT EXISTS (SELECT 1 FROM verification_items AS others JOIN verifications ON verifications.id = others.verification_id
      WHERE others.copy_id = models.copy_id AND others.state = 'waiting'
        AND verifications.chat_id = :chatId AND verifications.state = 'reading')
  GROUP BY copy_id ORDER BY min(models.id)`;

const FORGET_OLD = `DELETE FROM verifications WHERE chat_id = :chatId AND state <> 'reading' AND id NOT IN
  (SELECT id FROM verifications WHERE chat_id = :chatId ORDER BY id DESC LIMIT ${KEPT_MOST})`;

/** Writes one down, and forgets older ones of its chat. @returns its id */
export const insertVerification = (
  sql: Sql,
  fields: Omit<NewVerification, 'updateId'> &
    Partial<Pick<NewVerification, 'updateId'> & Pick<Verification, 'purpose' | 'wish' | 'listed'>>,
  at: string,
): number => {
  const row = insertion({ ...fields, createdAt: at, updatedAt: at });
  const { lastId } = sql.run(`INSERT INTO verifications ${row.text}`, row.values);
  sql.run(FORGET_OLD, { chatId: fields.chatId });
  return lastId;
};

/** What the same update has asked for before. */
export const verificationOfUpdate = (sql: Sql, { updateId }: NewVerification): Verification | undefined =>
  sql.get('SELECT * FROM verifications WHERE update_id = ?', toVerification, [updateId]);

/** What lies on machines that do not take anything now keeps nothing from being read that its chat has asked for later. */
const NEXT = `SELECT items.*, open.chat_id, open.purpose FROM verification_items AS items
  JOIN verifications AS open ON open.id = items.verification_id
  WHERE items.id IN (
    SELECT (SELECT waiting.id FROM verifications AS asked
        CROSS JOIN verification_items AS waiting ON waiting.verification_id = asked.id
      WHERE asked.chat_id = chats.chat_id AND asked.state = 'reading' AND waiting.state = 'waiting'
        AND coalesce(waiting.host_id, (SELECT host_id FROM copies WHERE copies.id = waiting.copy_id), ${THIS_HOST})
          IN (SELECT value FROM json_each(:hosts))
        AND waiting.id NOT IN (SELECT value FROM json_each(:except))
      ORDER BY asked.id, waiting.id LIMIT 1)
    FROM (SELECT DISTINCT chat_id FROM verifications WHERE state = 'reading') AS chats)
  ORDER BY items.id`;

const HOSTS_TO_READ = `SELECT DISTINCT coalesce(items.host_id, copies.host_id, ${THIS_HOST}) AS host_id
  FROM verification_items AS items LEFT JOIN copies ON copies.id = items.copy_id
  WHERE items.verification_id = ? AND items.state = 'waiting' ORDER BY 1`;

const TO_DRAW = `SELECT * FROM verifications WHERE settled = 0 AND chat_id <> 0 AND ${REACHABLE} ORDER BY id LIMIT 50`;

/** How the message of a verification is kept in step with it. */
const createVerificationCards = (
  sql: Sql,
): Pick<
  Verifications,
  'setVerificationCard' | 'verificationsToDraw' | 'setVerificationDrawn' | 'leaveVerificationThread'
> => ({
  setVerificationCard: (id, cardMessageId) => {
    sql.run('UPDATE verifications SET card_message_id = ?, settled = 0 WHERE id = ?', [cardMessageId, id]);
  },
  verificationsToDraw: () => sql.all(TO_DRAW, toVerification),
  setVerificationDrawn: (id, drawn, settled) => {
    sql.run(
      `UPDATE verifications SET drawn = :drawn, settled = :flag
       WHERE id = :id AND (drawn IS NOT :drawn OR settled <> :flag)`,
      { id, drawn, flag: settled ? 1 : 0 },
    );
  },
  leaveVerificationThread: (id) => {
    sql.run('UPDATE verifications SET thread_id = NULL WHERE id = ?', [id]);
  },
});

/** What was asked for, and what becomes of it. */
const createWishes = (
  sql: Sql,
  now: () => string,
): Pick<Verifications, 'createVerification' | 'getVerification' | 'moveVerification'> => {
  const getVerification = (id: number): Verification | undefined =>
    sql.get('SELECT * FROM verifications WHERE id = ?', toVerification, [id]);

  /** @returns undefined if nothing is to be read: then there is no row */
  const insert = (wish: NewVerification, modelId: number | null): Verification | undefined => {
    const id = insertVerification(sql, { ...wish, purpose: 'verify' }, now());
    const { changes } = sql.run(INSERT_ITEMS, { id, chatId: wish.chatId, modelId });
    if (changes > 0) return getVerification(id);
    sql.run('DELETE FROM verifications WHERE id = ?', [id]);
    return undefined;
  };

  return {
    getVerification,
    createVerification: (wish, modelId) =>
      sql.atomically(() => {
        const before = verificationOfUpdate(sql, wish);
        return before ?? insert(wish, modelId ?? null);
      }),
    moveVerification: (id, from, to) => {
      assertVerificationMove(from, to);
      const set = assignments({ state: to, settled: false, updatedAt: now() });
      const values = [...set.values, id, from];
      return sql.run(`UPDATE verifications SET ${set.text} WHERE id = ? AND state = ?`, values).changes > 0;
    },
  };
};

/** @param now the current time, ISO 8601 */
export const createVerifications = (sql: Sql, now: () => string): Verifications => ({
  ...createWishes(sql, now),
  ...createVerificationCards(sql),
  nextItems: (except, hosts = [THIS_HOST]) =>
    sql.all(NEXT, toWaiting, { except: JSON.stringify(except), hosts: JSON.stringify(hosts) }),
  itemsIn: (id, states, most) =>
    sql.all(
      `SELECT * FROM verification_items WHERE verification_id = ? AND state IN (SELECT value FROM json_each(?))
       ORDER BY id LIMIT ?`,
      toItem,
      [id, JSON.stringify(states), most],
    ),
  hostsToRead: (id) => sql.all(HOSTS_TO_READ, numberOf, [id]),
  readInstead: (modelId, before, now) => {
    sql.run("UPDATE verification_items SET copy_id = ? WHERE copy_id = ? AND model_id = ? AND state = 'waiting'", [
      now,
      before,
      modelId,
    ]);
  },
  itemOf: (id, itemId) =>
    sql.get('SELECT * FROM verification_items WHERE id = ? AND verification_id = ?', toItem, [itemId, id]),
  countItems: (id) => sql.get('SELECT count(*) FROM verification_items WHERE verification_id = ?', numberOf, [id]) ?? 0,
  sumItems: (id) =>
    sql.all(
      `SELECT state, count(*) AS items, sum(files) AS files, sum(bytes) AS bytes, sum(took_ms) AS took_ms
       FROM verification_items WHERE verification_id = ? GROUP BY state`,
      rowMapper<ItemSum>(),
      [id],
    ),
  settleItem: (itemId, to, result = {}) =>
    sql.atomically(() => {
      const set = assignments({ state: to, ...result });
      const values = [...set.values, itemId];
      const { changes } = sql.run(
        `UPDATE verification_items SET ${set.text} WHERE id = ? AND state = 'waiting'`,
        values,
      );
      if (changes === 0) return false;
      const touched = assignments({ settled: false, updatedAt: now() });
      sql.run(
        `UPDATE verifications SET ${touched.text}
         WHERE id = (SELECT verification_id FROM verification_items WHERE id = ?)`,
        [...touched.values, itemId],
      );
      return true;
    }),
});
