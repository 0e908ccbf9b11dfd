import type { RoleGrant } from '../store/people/role-grants.ts';
import type { Role } from '../store/people/users.ts';
import type { Store } from '../store/store.ts';
import { roleOf } from './changes.ts';
import { newcomerOf } from './newcomers.ts';

/** What keeps an owner one: the configuration names them, or there is no other. */
export type OwnerHold = 'configured' | 'last_owner';

/** A person or a group (ids below zero), with all that an owner sees of them. */
export interface Profile {
  readonly id: number;
  /** Undefined of a group that has no title. */
  readonly name: string | undefined;
  /** With `@`. */
  readonly handle: string | undefined;
  readonly role: Role;
  /** They have asked, and wait for an answer. */
  readonly isWaiting: boolean;
  /** Why their role cannot be taken from them. */
  readonly hold: OwnerHold | undefined;
  readonly grant: RoleGrant | undefined;
  /** Who made the role theirs, if somebody did: of an invitation, who made that. */
  readonly by: string | undefined;
  /** ISO 8601. */
  readonly lastSeen: string | undefined;
  /** False: they blocked the bot, or it was thrown out of the group. */
  readonly isReachable: boolean;
  /** In their chat's library. */
  readonly models: number;
  readonly sizeBytes: number;
  /** Of these: on their way, or waiting for their turn. */
  readonly unfinished: number;
}

const holdOf = (store: Store, id: number): OwnerHold | undefined => {
  const user = id > 0 ? store.users.getUser(id) : undefined;
  if (user?.role !== 'owner') return undefined;
  if (user.roleSource === 'configuration') return 'configured';
  return store.users.owners().length === 1 ? 'last_owner' : undefined;
};

/** Who gave a role; undefined: no person did. */
const giverOf = ({ users }: Store, byId: number | null | undefined): string | undefined =>
  typeof byId === 'number' ? (users.getUser(byId)?.firstName ?? `Telegram id ${byId}`) : undefined;

/** @returns undefined for whom nobody knows, such as a group that has become a supergroup with another id */
export const profileOf = (store: Store, id: number): Profile | undefined => {
  const { users, chats, models, storage, accessRequests } = store;
  const newcomer = newcomerOf(store, id);
  const role = roleOf(store, id);
  if (!newcomer || !role) return undefined;
  const grant = users.grantOf(id);
  return {
    id,
    name: newcomer.name,
    handle: newcomer.handle,
    role,
    isWaiting: role === 'pending' && accessRequests.waiting().includes(id),
    hold: holdOf(store, id),
    grant,
    by: giverOf(store, grant?.byId),
    lastSeen: users.lastSeen(id),
    isReachable: chats.getChat(id)?.reachable !== false,
    models: models.countModels(id),
    sizeBytes: storage.countStored(id).sizeBytes,
    unfinished: users.countUnfinished(id),
  };
};
