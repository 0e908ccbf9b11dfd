/* store/people: people, groups, what they may do, prefer, have done and have given. */

import { endAccessRequest } from './access.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** `viewer`: may look and change nothing. `pending`: nobody has decided about them. */
export type Role = 'owner' | 'member' | 'viewer' | 'pending' | 'denied';

export interface User {
  readonly userId: number;
  readonly role: Role;
  /** Where the role came from, if it is to go with that; null if a person gave it. */
  readonly roleSource: 'configuration' | null;
  readonly firstName: string;
  readonly username: string | null;
  /** The language of their Telegram, as it says with what they write (IETF tag); null if it never said. */
  readonly languageCode: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Users {
  readonly getUser: (userId: number) => User | undefined;
  /** Remembers a person; a new one is `pending`. What is not said of their language leaves what is known. */
  readonly upsertUser: (
    user: Pick<User, 'userId' | 'firstName' | 'username'> & Partial<Pick<User, 'languageCode'>>,
  ) => {
    readonly user: User;
    readonly created: boolean;
  };
  /** Also the answer to who asked to be let in. @returns false if nobody is known by that id */
  readonly setRole: (userId: number, role: Role, source?: User['roleSource']) => boolean;
  readonly owners: () => User[];
  /** Whoever has this name or @name, in any case of Latin letters: two of them at most. */
  readonly usersNamed: (name: string) => number[];
}

const toUser = rowMapper<User>();

/** @param now the current time, ISO 8601 */
export const createUsers = (sql: Sql, now: () => string): Users => {
  const getUser = (userId: number): User | undefined =>
    sql.get('SELECT * FROM users WHERE user_id = ?', toUser, [userId]);
  return {
    getUser,
    upsertUser: ({ userId, firstName, username, languageCode = null }) => {
      const created = getUser(userId) === undefined;
      // Said with every message of theirs: written only if something has changed.
      sql.run(
        `INSERT INTO users (user_id, first_name, username, language_code, created_at, updated_at)
         VALUES (:userId, :firstName, :username, :languageCode, :now, :now)
         ON CONFLICT (user_id) DO UPDATE SET first_name = excluded.first_name, username = excluded.username,
           language_code = coalesce(excluded.language_code, language_code), updated_at = excluded.updated_at
         WHERE first_name <> excluded.first_name OR username IS NOT excluded.username
           OR coalesce(excluded.language_code, language_code) IS NOT language_code`,
        { userId, firstName, username, languageCode, now: now() },
      );
      return { user: getUser(userId) as User, created };
    },
    setRole: (userId, role, source = null) =>
      sql.atomically(() => {
        endAccessRequest(sql, userId);
        const values = [role, source, now(), userId];
        return (
          sql.run('UPDATE users SET role = ?, role_source = ?, updated_at = ? WHERE user_id = ?', values).changes > 0
        );
      }),
    owners: () => sql.all("SELECT * FROM users WHERE role = 'owner' ORDER BY user_id", toUser),
    usersNamed: (name) =>
      sql.all(
        'SELECT user_id AS id FROM users WHERE first_name = :name COLLATE NOCASE OR username = :name COLLATE NOCASE LIMIT 2',
        numberOf,
        {
          name,
        },
      ),
  };
};
