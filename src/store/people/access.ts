import { z } from 'zod';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** What owners are told about people and groups. */
export type PeopleNotice = 'access_request' | 'came_in';

/** A message that asked an owner about people or groups, or told of them. */
interface PeopleMessage {
  readonly messageId: number;
  /** When it was sent first: more may have been written into it later. */
  readonly sentAt: string;
  readonly askerIds: readonly number[];
}

/** Who asked to be let in: people, and groups (ids below zero). A decision about their role or access ends a request. */
export interface AccessRequests {
  /** @returns false if there is such a request already */
  readonly ask: (askerId: number) => boolean;
  /** Those without an answer, in the order in which they asked. */
  readonly waiting: () => number[];
  /** What this owner was asked, or told of who came in, since that time; the newest message first. */
  readonly messagesTo: (ownerId: number, since: string, kind: PeopleNotice) => PeopleMessage[];
}

const toMessage = rowMapper<PeopleMessage>({
  table: 'outbox',
  key: 'message_id',
  // A message that nobody can be found in is one that has been answered.
  json: { askerIds: { schema: z.array(z.int()), broken: [] } },
});

/** Each kind has an index of its own, which a parameter would not find. */
const messagesOf = (kind: PeopleNotice): string => `SELECT message_id, min(sent_at) AS sent_at,
    json_group_array(coalesce(payload ->> '$.groupId', payload ->> '$.userId')) AS asker_ids
  FROM outbox WHERE chat_id = ? AND kind = '${kind}' AND sent_at >= ? AND message_id IS NOT NULL
  GROUP BY message_id ORDER BY min(id) DESC`;

const MESSAGES: Readonly<Record<PeopleNotice, string>> = {
  access_request: messagesOf('access_request'),
  came_in: messagesOf('came_in'),
};

/** There is an answer. */
export const endAccessRequest = (sql: Sql, askerId: number): void => {
  sql.run('DELETE FROM access_requests WHERE asker_id = ?', [askerId]);
};

/** @param now the current time, ISO 8601 */
export const createAccessRequests = (sql: Sql, now: () => string): AccessRequests => ({
  ask: (askerId) =>
    sql.run('INSERT INTO access_requests (asker_id, asked_at) VALUES (?, ?) ON CONFLICT DO NOTHING', [askerId, now()])
      .changes > 0,
  waiting: () => sql.all('SELECT asker_id FROM access_requests ORDER BY asked_at, rowid', numberOf),
  messagesTo: (ownerId, since, kind) => sql.all(MESSAGES[kind], toMessage, [ownerId, since]),
});
