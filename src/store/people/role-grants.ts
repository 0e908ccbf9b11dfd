import { rowMapper } from '../database/row.ts';
import type { Sql } from '../database/sql.ts';

/** Who gave a person or a group what they may do now, and when. */
export interface RoleGrant {
  /** A person's, or a group's (below zero). */
  readonly holderId: number;
  /** null: the configuration, or a link that was printed on the machine. */
  readonly byId: number | null;
  readonly grantedAt: string;
  /** By which they came in; null if somebody said so. */
  readonly invitationId: number | null;
}

export interface RoleGrants {
  /** In place of what was noted of them before. */
  readonly noteGrant: (grant: Omit<RoleGrant, 'grantedAt'>) => void;
  readonly grantOf: (holderId: number) => RoleGrant | undefined;
}

const toGrant = rowMapper<RoleGrant>();

/** @param now the current time, ISO 8601 */
export const createRoleGrants = (sql: Sql, now: () => string): RoleGrants => ({
  noteGrant: ({ holderId, byId, invitationId }) => {
    sql.run(
      `INSERT INTO role_grants (holder_id, by_id, granted_at, invitation_id) VALUES (?, ?, ?, ?)
       ON CONFLICT (holder_id) DO UPDATE SET by_id = excluded.by_id, granted_at = excluded.granted_at,
         invitation_id = excluded.invitation_id`,
      [holderId, byId, now(), invitationId],
    );
  },
  grantOf: (holderId) => sql.get('SELECT * FROM role_grants WHERE holder_id = ?', toGrant, [holderId]),
});
