/* store/storage: what takes room, as sums of rows. */

import { setImmediate as breathe } from 'node:timers/promises';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RepoType } from '../../domain/listing.ts';
import { bytesOfCopies } from '../downloads/copy-files.ts';
import { CANCELLED, NOT_COMPLETE } from '../downloads/sessions.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';
import { LEFT_THERE } from '../removals/left-there.ts';

/** A copy that some model has. */
export interface StoredCopy {
  readonly sizeBytes: number;
  /** One of the models that have it: of the chat that is asked about, the oldest. */
  readonly modelId: number;
  /** How many chats have it. */
  readonly chats: number;
}

/** Copies that models have, counted. */
export interface StoredCount {
  readonly copies: number;
  readonly sizeBytes: number;
}

/** The same, and who else has them. */
export interface StoredSum extends StoredCount {
  /** Of these: in copies that other chats have as well. */
  readonly sharedBytes: number;
}

export interface ChatSum extends StoredSum {
  readonly chatId: number;
}

/** What the libraries have of a repository, and what can be brought back into them. */
export interface RepoSum {
  readonly type: RepoType;
  readonly id: string;
  /** Of all copies that models have, or removed ones that can be brought back; what several have counts once. */
  readonly bytes: number;
  /** A model that is not cancelled wants a copy that is not complete. */
  readonly isAwaited: boolean;
  /** Files of it were left on the disk when their entry was removed. */
  readonly isLeft: boolean;
}

interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** What lies on the disk by what the rows know, summed. */
export interface StorageSums {
  /** @param chatId undefined: of all chats @param hostId undefined: on all machines */
  readonly countStored: (chatId?: number, hostId?: number) => StoredCount;
  /** The same at twice the price: of each copy it is asked who else has it. */
  readonly sumStored: (chatId?: number, hostId?: number) => StoredSum;
  /**
   * What removed models free when they cannot be brought back any more.
   * @param chatId undefined: of all chats @param hostId of which machine; this one unless told
   */
  readonly removedBytes: (chatId?: number, hostId?: number) => number;
  /** The largest first. @param chatId undefined: of all chats @param hostId undefined: on all machines */
  readonly listStored: (page: Page, chatId?: number, hostId?: number) => StoredCopy[];
  /** Of all chats, one after the other: everything else has its turn meanwhile. Who has most comes first. */
  readonly chatSums: (signal?: AbortSignal) => Promise<ChatSum[]>;
  readonly countChats: () => number;
  /** Whether there are more copies than so many, wherever and whatever has become of them. */
  readonly hasMoreCopies: (than: number) => boolean;
  /**
   * What came from the network, by the day on which a download ended or began.
   * @param days since when, and until when if not until now, ISO 8601; and by how much the days there begin earlier than those of UTC
   */
  readonly dailyBytes: (
    days: { readonly since: string; readonly until?: string | undefined; readonly shiftMinutes: number },
    chatId?: number,
  ) => { readonly date: string; readonly bytes: number }[];
  /**
   * Of what is on a machine, a slice of the repositories after the other: everything else has its turn meanwhile.
   * @param hostId this one unless told, here and below
   */
  readonly repoSums: (hostId?: number) => Promise<RepoSum[]>;
  /** Models that want a copy of this repository on a machine which is not complete, and are not cancelled. */
  readonly awaiting: (type: RepoType, id: string, hostId?: number) => number[];
  /** The repositories of which models of this chat want such copies there. */
  readonly awaitedBy: (chatId: number, hostId?: number) => { readonly type: RepoType; readonly id: string }[];
}

/** What was removed lies there as long as it can be brought back. */
const KEPT = `EXISTS (SELECT 1 FROM removed_models AS kept WHERE kept.copy_id = copies.id AND NOT (${LEFT_THERE}))`;
const IS_LEFT = `EXISTS (SELECT 1 FROM removed_models AS kept WHERE kept.copy_id = copies.id AND ${LEFT_THERE})`;
const HAD = 'EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id)';

const ON_HOST = '(:hostId IS NULL OR copies.host_id = :hostId)';

/**
 * Of a copy that some chat has: others have it as well. Its first chat in an index, and its last: to count the chats of thousands of
 * copies would be to read all models.
 */
const IS_SHARED = `(SELECT min(chat_id) FROM models WHERE models.copy_id = copies.id)
  <> (SELECT max(chat_id) FROM models WHERE models.copy_id = copies.id)`;

/** What is told of each is asked of those only that are shown. */
const CHATS = '(SELECT count(DISTINCT chat_id) FROM models WHERE models.copy_id = shown.id) AS chats';
const STORED = `SELECT size_bytes, (SELECT min(id) FROM models WHERE models.copy_id = shown.id) AS model_id, ${CHATS}
  FROM (SELECT id, size_bytes FROM copies WHERE ${HAD} AND ${ON_HOST}
    ORDER BY size_bytes DESC, id LIMIT :limit OFFSET :offset) AS shown
  ORDER BY size_bytes DESC, id`;
const MINE = 'SELECT DISTINCT copy_id FROM models WHERE chat_id = :chatId AND copy_id IS NOT NULL';
const STORED_OF_CHAT = `SELECT size_bytes,
    (SELECT min(id) FROM models WHERE models.copy_id = shown.id AND models.chat_id = :chatId) AS model_id, ${CHATS}
  FROM (SELECT copies.id, copies.size_bytes FROM (${MINE}) AS mine CROSS JOIN copies ON copies.id = mine.copy_id
    WHERE ${ON_HOST} ORDER BY copies.size_bytes DESC, copies.id LIMIT :limit OFFSET :offset) AS shown
  ORDER BY size_bytes DESC, id`;

const SUMS = `count(*) AS copies, total(size_bytes) AS size_bytes,
  total(size_bytes) FILTER (WHERE is_shared) AS shared_bytes`;
const SUM = `SELECT ${SUMS} FROM (SELECT size_bytes, ${IS_SHARED} AS is_shared FROM copies WHERE ${HAD} AND ${ON_HOST})`;
const SUM_OF_CHAT = `SELECT ${SUMS} FROM (SELECT copies.size_bytes, ${IS_SHARED} AS is_shared
  FROM (${MINE}) AS mine CROSS JOIN copies ON copies.id = mine.copy_id WHERE ${ON_HOST})`;
const COUNTS = 'count(*) AS copies, total(copies.size_bytes) AS size_bytes';
const COUNT = `SELECT ${COUNTS} FROM copies WHERE ${HAD} AND ${ON_HOST}`;
const COUNT_OF_CHAT = `SELECT ${COUNTS} FROM (${MINE}) AS mine CROSS JOIN copies ON copies.id = mine.copy_id WHERE ${ON_HOST}`;
/** Of so many copies the next ones: a few milliseconds, as whoever is answered meanwhile waits for several slices. */
const AT_ONCE = 100;
const NEXT_HAD = `SELECT id, size_bytes, ${IS_SHARED} AS is_shared FROM copies WHERE ${HAD} AND id > ? ORDER BY id LIMIT ${AT_ONCE}`;
/** From one chat to the next in an index. */
const CHATS_WITH_COPIES = `WITH RECURSIVE chats (chat_id) AS (
    SELECT min(chat_id) FROM models WHERE copy_id IS NOT NULL
    UNION ALL
    SELECT (SELECT min(chat_id) FROM models WHERE copy_id IS NOT NULL AND models.chat_id > chats.chat_id) FROM chats
    WHERE chats.chat_id IS NOT NULL
  )`;

/** Each copy once, and none that a model has again: it stays. */
const REMOVED = `SELECT total(bytes) FROM (SELECT max(freed_bytes) AS bytes FROM removed_models AS kept
  WHERE state = 'kept' AND (:chatId IS NULL OR chat_id = :chatId)
    AND EXISTS (SELECT 1 FROM copies WHERE copies.id = coalesce(kept.copy_id, kept.wants_copy_id) AND copies.host_id = :hostId)
    AND NOT EXISTS (SELECT 1 FROM models WHERE models.copy_id = kept.copy_id)
    AND NOT EXISTS (SELECT 1 FROM models WHERE models.wants_copy_id = kept.copy_id)
  GROUP BY coalesce(copy_id, wants_copy_id, -model_id))`;

/** What is complete has what it wants: said first, it is skipped by an index, however many models have one copy. */
const AWAITED = `EXISTS (SELECT 1 FROM models WHERE models.wants_copy_id = copies.id AND models.status <> 'completed'
  AND models.copy_id IS NOT models.wants_copy_id AND NOT (${CANCELLED}))`;
const KEPT_IN_PART = `EXISTS (SELECT 1 FROM removed_models AS kept
  WHERE kept.wants_copy_id = copies.id AND kept.copy_id IS NOT kept.wants_copy_id AND kept.cancelled = 0)`;
const NEXT_COPIES = `SELECT id, name, repo_type, size_bytes, ${HAD} OR ${KEPT} AS is_had,
    ${AWAITED} OR ${KEPT_IN_PART} AS is_awaited, state = 'left' OR ${IS_LEFT} AS is_left
  FROM copies WHERE id > ? AND host_id = ? ORDER BY id LIMIT ${AT_ONCE}`;

const AWAITING = `SELECT models.id FROM copies CROSS JOIN models ON models.wants_copy_id = copies.id
  WHERE copies.name = ? AND copies.repo_type = ? AND copies.host_id = ? AND models.status <> 'completed'
    AND models.copy_id IS NOT models.wants_copy_id AND NOT (${CANCELLED})
  ORDER BY models.id`;

const AWAITED_BY = `SELECT DISTINCT copies.repo_type AS type, copies.name AS id
  FROM models INDEXED BY idx_models_chat JOIN copies ON copies.id = models.wants_copy_id
  WHERE models.chat_id = ? AND models.status IN (${NOT_COMPLETE}) AND copies.host_id = ? AND models.copy_id IS NOT models.wants_copy_id
    AND NOT (${CANCELLED})`;

interface CopyRow {
  readonly id: number;
  readonly name: string;
  readonly repoType: RepoType;
  readonly sizeBytes: number;
  readonly isHad: boolean;
  readonly isAwaited: boolean;
  readonly isLeft: boolean;
}

interface HadCopy {
  readonly id: number;
  readonly sizeBytes: number;
  readonly isShared: boolean;
}

const DAILY = `SELECT date(coalesce(completed_at, started_at), :shift) AS date, total(received_bytes) AS bytes
  FROM download_sessions WHERE coalesce(completed_at, started_at) >= :since
    AND (:until IS NULL OR coalesce(completed_at, started_at) < :until) AND (:chatId IS NULL OR chat_id = :chatId)
  GROUP BY 1 ORDER BY 1`;

const toDay = rowMapper<{ readonly date: string; readonly bytes: number }>();
const toStored = rowMapper<StoredCopy>();
const toCount = rowMapper<StoredCount>();
const toSum = rowMapper<StoredSum>();
const toRepo = rowMapper<{ readonly type: RepoType; readonly id: string }>();
const toHadCopy = rowMapper<HadCopy>({ booleans: ['isShared'] });
const toCopyRow = rowMapper<CopyRow>({ booleans: ['isHad', 'isAwaited', 'isLeft'] });

const repoSums = async (sql: Sql, hostId: number): Promise<RepoSum[]> => {
  const rows: CopyRow[] = [];
  for (;;) {
    const next = sql.all(NEXT_COPIES, toCopyRow, [rows.at(-1)?.id ?? 0, hostId]);
    rows.push(...next);
    if (next.length < AT_ONCE) break;
    await breathe();
  }
  const sums: RepoSum[] = [];
  let looked = 0;
  for (const copies of Map.groupBy(rows, ({ repoType, name }) => `${repoType} ${name}`).values()) {
    const [{ repoType: type, name: id }] = copies as [CopyRow, ...CopyRow[]];
    const bytes = await bytesOfCopies(
      sql,
      copies.filter(({ isHad }) => isHad),
    );
    const isAwaited = copies.some((copy) => copy.isAwaited);
    sums.push({ type, id, bytes, isAwaited, isLeft: copies.some((copy) => copy.isLeft) });
    looked += 1;
    if (looked % AT_ONCE === 0) await breathe();
  }
  return sums;
};

const sumStored = (sql: Sql, chatId: number | undefined, hostId: number | null): StoredSum =>
  (chatId === undefined
    ? sql.get(SUM, toSum, { hostId })
    : sql.get(SUM_OF_CHAT, toSum, { chatId, hostId })) as StoredSum;

/** All copies that some chat has, by their ids, a slice after the other. */
const hadCopies = async (sql: Sql, signal: AbortSignal | undefined): Promise<Map<number, HadCopy>> => {
  const had = new Map<number, HadCopy>();
  for (let after: number | undefined = 0; after !== undefined; ) {
    signal?.throwIfAborted();
    const next: HadCopy[] = sql.all(NEXT_HAD, toHadCopy, [after]);
    for (const copy of next) had.set(copy.id, copy);
    after = next.length < AT_ONCE ? undefined : next.at(-1)?.id;
    await breathe();
  }
  return had;
};

const chatSums = async (sql: Sql, signal: AbortSignal | undefined): Promise<ChatSum[]> => {
  // What is told of a copy is asked once: of those of each chat it would be asked as often as there are models.
  const had = await hadCopies(sql, signal);
  const sums: ChatSum[] = [];
  for (const chatId of sql.all(`${CHATS_WITH_COPIES} SELECT chat_id FROM chats WHERE chat_id IS NOT NULL`, numberOf)) {
    signal?.throwIfAborted();
    const mine = sql.all(MINE, numberOf, { chatId }).flatMap((id) => had.get(id) ?? []);
    const sizeOf = (copies: readonly HadCopy[]): number => copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const sharedBytes = sizeOf(mine.filter(({ isShared }) => isShared));
    sums.push({ chatId, copies: mine.length, sizeBytes: sizeOf(mine), sharedBytes });
    await breathe();
  }
  return sums
    .filter(({ copies }) => copies > 0)
    .toSorted((one, other) => other.sizeBytes - one.sizeBytes || one.chatId - other.chatId);
};

/** The rows, summed. */
export const createStorageSums = (sql: Sql): StorageSums => ({
  countStored: (chatId, onHost) => {
    const hostId = onHost ?? null;
    const count =
      chatId === undefined ? sql.get(COUNT, toCount, { hostId }) : sql.get(COUNT_OF_CHAT, toCount, { chatId, hostId });
    return count ?? { copies: 0, sizeBytes: 0 };
  },
  sumStored: (chatId, onHost) => sumStored(sql, chatId, onHost ?? null),
  removedBytes: (chatId, hostId = THIS_HOST) => sql.get(REMOVED, numberOf, { hostId, chatId: chatId ?? null }) ?? 0,
  listStored: ({ limit, offset }, chatId, onHost) => {
    const hostId = onHost ?? null;
    return chatId === undefined
      ? sql.all(STORED, toStored, { limit, offset, hostId })
      : sql.all(STORED_OF_CHAT, toStored, { limit, offset, chatId, hostId });
  },
  chatSums: (signal) => chatSums(sql, signal),
  countChats: () => sql.get(`${CHATS_WITH_COPIES} SELECT count(chat_id) FROM chats`, numberOf) ?? 0,
  hasMoreCopies: (than) => sql.get('SELECT 1 FROM copies LIMIT 1 OFFSET ?', () => true, [than]) ?? false,
  dailyBytes: ({ since, until, shiftMinutes }, chatId) =>
    sql.all(DAILY, toDay, {
      since,
      until: until ?? null,
      shift: `${shiftMinutes} minutes`,
      chatId: chatId ?? null,
    }),
  repoSums: (hostId = THIS_HOST) => repoSums(sql, hostId),
  awaiting: (type, id, hostId = THIS_HOST) => sql.all(AWAITING, numberOf, [id, type, hostId]),
  awaitedBy: (chatId, hostId = THIS_HOST) => sql.all(AWAITED_BY, toRepo, [chatId, hostId]),
});
