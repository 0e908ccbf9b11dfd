import type { Role } from '../store/people/users.ts';
import type { Store } from '../store/store.ts';
import { type By, type RoleChange, setGroupRole, setPersonRole } from './roles.ts';

/** What came of a change. `meanwhile`: they stand otherwise than who decided had seen. */
export type Changed = RoleChange | 'meanwhile';

/** What a person, or everybody in a group, may do now; `pending`: not let in, and free to ask. Undefined for whom nobody knows. */
export const roleOf = ({ users, chats }: Pick<Store, 'users' | 'chats'>, id: number): Role | undefined => {
  if (id > 0) return users.getUser(id)?.role;
  const chat = chats.getChat(id);
  return chat && (chat.access === 'approved' ? chat.role : chat.access);
};

/** Whether somebody with this role may use the bot. */
export const isIn = (role: Role | undefined): boolean => role === 'owner' || role === 'member' || role === 'viewer';

/** A group owns nothing. */
const set = (store: Store, by: By, id: number, role: Role): RoleChange => {
  if (id > 0) return setPersonRole(store, by, id, role);
  return role === 'owner' ? 'unknown' : setGroupRole(store, by, id, role);
};

/**
 * Gives a person or a group another role as an owner's word, notes who gave it, and has told whom it concerns, once. What they
 * have added stays and goes on; dialogues of who is out are ended.
 * @param change the role that the owner saw, since two may decide at once, and the one that shall be
 */
export const changeRole = (
  store: Store,
  by: By,
  id: number,
  { seen, to }: { readonly seen: Role; readonly to: Role },
): Changed =>
  store.atomically(() => {
    const before = roleOf(store, id);
    if (before !== undefined && before !== seen) return 'meanwhile';
    const changed = set(store, by, id, to);
    if (changed !== 'changed') return changed;
    store.users.noteGrant({ holderId: id, byId: by.userId, invitationId: null });
    if (!isIn(to)) store.conversations.deleteOf(id);
    // Who may ask again, and was never in or was kept out, has lost nothing.
    if (to !== 'pending' || isIn(before)) {
      store.outbox.addNotice({ chatId: id, kind: 'role_given', payload: { before: seen, role: to } });
    }
    return 'changed';
  });
