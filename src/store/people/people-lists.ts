import { ANONYMOUS_ADMIN } from '../../domain/people/anonymous-admin.ts';
import { rowMapper } from '../database/row.ts';
import type { Sql } from '../database/sql.ts';

/**
 * How a person or a group stands: in, as what; waiting for an answer; known and not in, never let in or removed; or kept out.
 */
export type Standing = 'owner' | 'member' | 'viewer' | 'waiting' | 'unknown' | 'denied';

/** A person or a group (ids below zero). */
export interface Known {
  readonly id: number;
  /** null of a group that has no title. */
  readonly name: string | null;
  /** Without `@`. */
  readonly username: string | null;
  readonly standing: Standing;
}

/** Some of all that are known; `in`: who is in, or waits. */
export type KnownFilter = 'in' | 'group' | Standing;

interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** Everybody the bot has heard of: people, and groups (ids below zero). */
export interface PeopleLists {
  /** How many there are; of groups, those that are in or wait count as groups too. */
  readonly countKnown: () => ReadonlyMap<KnownFilter, number>;
  /** Who waits comes first, then owners, members, viewers, others; by name among these. */
  readonly listKnown: (filter: KnownFilter, page: Page) => Known[];
  /** Those whose id is that, or whose name or handle holds these words. */
  readonly findKnown: (words: string, limit: number) => Known[];
  /** When somebody was heard last, ISO 8601: in their own chat, or by what they did elsewhere; of a group, when somebody wrote there. */
  readonly lastSeen: (id: number) => string | undefined;
  /** So many models of a chat download, or will without anybody's word. */
  readonly countUnfinished: (chatId: number) => number;
}

const ASKS = (id: string): string =>
  `iif(EXISTS (SELECT 1 FROM access_requests WHERE asker_id = ${id}), 'waiting', 'unknown')`;

/** A private chat is its person's. Whatever were made of what anonymous admins write as would be so in all groups. */
const KNOWN = `SELECT user_id AS id, first_name AS name, username, CASE role WHEN 'pending' THEN ${ASKS('user_id')} ELSE role END AS standing
    FROM users WHERE user_id <> ${ANONYMOUS_ADMIN}
  UNION ALL
  SELECT chat_id, title, NULL, CASE access WHEN 'approved' THEN role WHEN 'denied' THEN 'denied' ELSE ${ASKS('chat_id')} END
    FROM chat_sessions WHERE chat_id < 0 AND kind <> 'channel'`;

const ORDER = `ORDER BY instr('waiting owner member viewer unknown denied', standing), name COLLATE NOCASE, id`;

const IS_IN = "standing IN ('owner', 'member', 'viewer', 'waiting')";

const FILTERS: Readonly<Record<KnownFilter, string>> = {
  in: IS_IN,
  group: `id < 0 AND ${IS_IN}`,
  owner: "standing = 'owner'",
  member: "id > 0 AND standing = 'member'",
  viewer: "id > 0 AND standing = 'viewer'",
  waiting: "standing = 'waiting'",
  unknown: "standing = 'unknown'",
  denied: "standing = 'denied'",
};

const FILTER_NAMES = Object.keys(FILTERS) as KnownFilter[];

const COUNTS = `SELECT ${FILTER_NAMES.map((name) => `count(*) FILTER (WHERE ${FILTERS[name]}) AS "${name}"`).join(', ')} FROM (${KNOWN})`;

const LAST_SEEN = `SELECT max(at) AS at FROM (
    SELECT last_activity AS at FROM chat_sessions WHERE chat_id = :id AND message_count > 0
    UNION ALL SELECT max(created_at) FROM activity_log WHERE user_id = :id)`;

const toKnown = rowMapper<Known>();

/** Letters that LIKE would take for a pattern are looked for as they are. */
const escaped = (words: string): string => words.replace(/[\\%_]/g, String.raw`\$&`);

/** Reads what other tables hold. */
export const createPeopleLists = (sql: Sql): PeopleLists => ({
  countKnown: () => {
    const row = sql.get(COUNTS, (counts) => counts, []) ?? {};
    return new Map(FILTER_NAMES.map((name) => [name, Number(row[name] ?? 0)]));
  },
  listKnown: (filter, { limit, offset }) =>
    sql.all(`SELECT * FROM (${KNOWN}) WHERE ${FILTERS[filter]} ${ORDER} LIMIT ? OFFSET ?`, toKnown, [limit, offset]),
  findKnown: (words, limit) =>
    sql.all(
      `SELECT * FROM (${KNOWN}) WHERE CAST(id AS TEXT) = :words OR name LIKE :like ESCAPE '\\'
         OR username LIKE :like ESCAPE '\\' ${ORDER} LIMIT :limit`,
      toKnown,
      { words, like: `%${escaped(words)}%`, limit },
    ),
  lastSeen: (id) => sql.get(LAST_SEEN, (row) => (typeof row['at'] === 'string' ? row['at'] : undefined), { id }),
  countUnfinished: (chatId) =>
    sql.get(
      "SELECT count(*) AS amount FROM models WHERE chat_id = ? AND status IN ('pending', 'downloading')",
      (row) => Number(row['amount']),
      [chatId],
    ) ?? 0,
});
