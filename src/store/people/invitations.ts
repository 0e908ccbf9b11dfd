import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** What somebody is whom an invitation lets in; `owner` only by the link that the machine prints. */
export type InvitedRole = 'owner' | 'member' | 'viewer';

/** A link that lets people or groups in. */
export interface Invitation {
  readonly id: number;
  readonly role: InvitedRole;
  /** It lets groups in, and no people. */
  readonly isForGroup: boolean;
  /** How many it lets in, and how many of these have not come yet. */
  readonly uses: number;
  readonly usesLeft: number;
  /** The owner who made it; null: the machine. */
  readonly madeBy: number | null;
  readonly madeAt: string;
  readonly endsAt: string;
  readonly revokedAt: string | null;
}

export type NewInvitation = Pick<Invitation, 'role' | 'isForGroup' | 'uses' | 'madeBy' | 'endsAt'> & {
  readonly codeHash: string;
};

export interface Invitations {
  /** @throws AppError constraint: more uses than an invitation can have */
  readonly createInvitation: (invitation: NewInvitation) => Invitation;
  readonly getInvitation: (id: number) => Invitation | undefined;
  readonly invitationByCode: (codeHash: string) => Invitation | undefined;
  /** Those that still let somebody in at that time, since who made them is an owner; the one that ends first first. */
  readonly openInvitations: (at: string, limit: number) => Invitation[];
  /** The number of the last one that somebody has made; 0: none. */
  readonly lastInvitationOf: (madeBy: number) => number;
  /** @returns false if it has let them in before */
  readonly useInvitation: (id: number, joinerId: number) => boolean;
  readonly hasUsed: (id: number, joinerId: number) => boolean;
  /** Changes what an open one offers. */
  readonly changeInvitation: (id: number, changes: Pick<Invitation, 'uses' | 'role' | 'endsAt'>) => void;
  /** @returns false if it was revoked before */
  readonly revokeInvitation: (id: number) => boolean;
  /** All links of the machine but this one are taken back. */
  readonly revokeOwnerLinks: (but: number) => void;
  /** Those that ended before that time are forgotten. */
  readonly pruneInvitations: (before: string) => number;
}

const toInvitation = rowMapper<Invitation>({ booleans: ['isForGroup'] });

const COLUMNS = `id, role, is_for_group, uses, made_by, made_at, ends_at, revoked_at,
  max(0, uses - (SELECT count(*) FROM invitation_uses WHERE invitation_id = invitations.id)) AS uses_left`;

/** @param now the current time, ISO 8601 */
export const createInvitations = (sql: Sql, now: () => string): Invitations => {
  const one = (where: string, value: number | string): Invitation | undefined =>
    sql.get(`SELECT ${COLUMNS} FROM invitations WHERE ${where} = ?`, toInvitation, [value]);
  return {
    createInvitation: ({ codeHash, role, isForGroup, uses, madeBy, endsAt }) => {
      const { lastId: id } = sql.run(
        `INSERT INTO invitations (code_hash, role, is_for_group, uses, made_by, made_at, ends_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [codeHash, role, isForGroup ? 1 : 0, uses, madeBy, now(), endsAt],
      );
      return one('id', id) as Invitation;
    },
    getInvitation: (id) => one('id', id),
    invitationByCode: (codeHash) => one('code_hash', codeHash),
    openInvitations: (at, limit) =>
      sql.all(
        `SELECT * FROM (SELECT ${COLUMNS} FROM invitations WHERE ends_at > ? AND revoked_at IS NULL AND role <> 'owner'
           AND made_by IN (SELECT user_id FROM users WHERE role = 'owner'))
         WHERE uses_left > 0 ORDER BY ends_at, id LIMIT ?`,
        toInvitation,
        [at, limit],
      ),
    lastInvitationOf: (madeBy) =>
      sql.get('SELECT coalesce(max(id), 0) FROM invitations WHERE made_by = ?', numberOf, [madeBy]) ?? 0,
    useInvitation: (id, joinerId) =>
      sql.run(
        'INSERT INTO invitation_uses (invitation_id, joiner_id, used_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        [id, joinerId, now()],
      ).changes > 0,
    hasUsed: (id, joinerId) =>
      sql.get('SELECT 1 FROM invitation_uses WHERE invitation_id = ? AND joiner_id = ?', numberOf, [id, joinerId]) !==
      undefined,
    changeInvitation: (id, { uses, role, endsAt }) => {
      sql.run('UPDATE invitations SET uses = ?, role = ?, ends_at = ? WHERE id = ?', [uses, role, endsAt, id]);
    },
    revokeInvitation: (id) =>
      sql.run('UPDATE invitations SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', [now(), id]).changes > 0,
    revokeOwnerLinks: (but) => {
      sql.run("UPDATE invitations SET revoked_at = ? WHERE role = 'owner' AND revoked_at IS NULL AND id <> ?", [
        now(),
        but,
      ]);
    },
    pruneInvitations: (before) => sql.run('DELETE FROM invitations WHERE ends_at < ?', [before]).changes,
  };
};
