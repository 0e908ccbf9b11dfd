import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Copy } from '../../domain/copy.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** A complete copy on some machine that may go: hubgram has fetched it, nobody has pinned it, and nothing is being done with it. */
export interface Candidate extends Copy {
  /** When somebody last added it, had it fetched or said that it stays; ISO 8601. */
  readonly askedAt: string;
  /** How many chats have it. */
  readonly chats: number;
}

/** Copies that may go, by what the rows know. */
export interface Candidates {
  /** A part of all, in the order of ids. */
  readonly candidatesAfter: (afterId: number, limit: number) => Candidate[];
  /**
   * The ids of so many, the largest first.
   * @param chatId those that this chat alone has; undefined: of all chats @param hostId on which machine; this one unless told
   */
  readonly largestCandidates: (limit: number, chatId?: number, hostId?: number) => number[];
  /** It, if it still is one. */
  readonly candidate: (copyId: number) => Candidate | undefined;
  /** The models that have a copy, by their ids. */
  readonly havingCopy: (copyId: number) => number[];
}

const ASKED_AT = `(SELECT max(max(models.created_at,
      coalesce((SELECT max(kept_at) FROM cleanup_models WHERE cleanup_models.model_id = models.id), ''),
      coalesce((SELECT max(completed_at) FROM download_sessions AS sessions
        WHERE sessions.model_id = models.id AND sessions.status = 'completed'), '')))
    FROM models WHERE models.copy_id = copies.id)`;

const MAY_GO = `copies.state = 'complete' AND copies.made_by = 'hubgram'
  AND EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id)
  AND NOT EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id AND models.pinned = 1)
  AND NOT EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id AND models.status <> 'completed')
  AND NOT EXISTS (SELECT 1 FROM models WHERE models.wants_copy_id = copies.id AND models.status <> 'completed')`;

const CANDIDATE = `SELECT copies.*, ${ASKED_AT} AS asked_at,
    (SELECT count(DISTINCT chat_id) FROM models WHERE models.copy_id = copies.id) AS chats
  FROM copies WHERE ${MAY_GO}`;

/** All that is told of one is asked of those only that are taken. */
const LARGEST = `SELECT id FROM copies WHERE ${MAY_GO} AND copies.host_id = :hostId ORDER BY size_bytes DESC, id LIMIT :limit`;
const LARGEST_OF_CHAT = `SELECT copies.id
  FROM (SELECT DISTINCT copy_id FROM models WHERE chat_id = :chatId AND copy_id IS NOT NULL) AS mine
    CROSS JOIN copies ON copies.id = mine.copy_id
  WHERE ${MAY_GO} AND copies.host_id = :hostId
    AND NOT EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id AND models.chat_id < :chatId)
    AND NOT EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id AND models.chat_id > :chatId)
  ORDER BY copies.size_bytes DESC, copies.id LIMIT :limit`;

const toCandidate = rowMapper<Candidate>({ table: 'copies' });

/** The rows of copies that may go. */
export const createCandidates = (sql: Sql): Candidates => ({
  candidatesAfter: (afterId, limit) =>
    sql.all(`${CANDIDATE} AND copies.id > ? ORDER BY copies.id LIMIT ?`, toCandidate, [afterId, limit]),
  largestCandidates: (limit, chatId, hostId = THIS_HOST) =>
    chatId === undefined
      ? sql.all(LARGEST, numberOf, { limit, hostId })
      : sql.all(LARGEST_OF_CHAT, numberOf, { limit, chatId, hostId }),
  candidate: (copyId) => sql.get(`${CANDIDATE} AND copies.id = ?`, toCandidate, [copyId]),
  havingCopy: (copyId) =>
    sql.all('SELECT id FROM models WHERE copy_id = ? ORDER BY id', (row) => Number(row['id']), [copyId]),
});
