import { ANONYMOUS_ADMIN } from '../domain/people/anonymous-admin.ts';
import type { ChatRole } from '../store/people/chats.ts';
import type { Role } from '../store/people/users.ts';
import type { Store } from '../store/store.ts';
import type { Whereabouts } from './may.ts';

/** Who decided, and where. */
export type By = Pick<Whereabouts, 'userId' | 'chatId'>;

/**
 * What came of a change. `same`: it is so already. `unknown`: nobody is known by that id. `last_owner`: without one nobody
 * could be let in. `configured`: the configuration makes them an owner again at each start.
 */
export type RoleChange = 'changed' | 'same' | 'unknown' | 'last_owner' | 'configured';

/** Of a group: its role once it is let in, kept out, or as if it had never been decided about. */
export type GroupStanding = ChatRole | 'denied' | 'pending';

const log = (
  { activity }: Store,
  { userId, chatId }: By,
  change: { readonly id: number; readonly from: string; readonly to: string },
): void => activity.logActivity(userId, chatId, 'role_changed', change);

/**
 * Gives a person a role, and notes who did. `pending` takes away whatever they had: they ask like a stranger.
 * An owner who is the last one, or whom the configuration names, stays one. Nothing is made of what anonymous admins write as.
 */
export const setPersonRole = (store: Store, by: By, userId: number, role: Role): RoleChange =>
  store.atomically(() => {
    const user = store.users.getUser(userId);
    if (!user || userId === ANONYMOUS_ADMIN) return 'unknown';
    if (user.role === role) return 'same';
    if (user.role === 'owner' && user.roleSource === 'configuration') return 'configured';
    if (user.role === 'owner' && store.users.owners().length === 1) return 'last_owner';
    store.users.setRole(userId, role);
    log(store, by, { id: userId, from: user.role, to: role });
    return 'changed';
  });

const standingOf = (store: Store, chatId: number): GroupStanding | undefined => {
  const chat = store.chats.getChat(chatId);
  return chat && (chat.access === 'approved' ? chat.role : chat.access);
};

/** Says what everybody in a group may do there, and notes who did. `pending`: the group has to ask again. */
export const setGroupRole = (store: Store, by: By, chatId: number, standing: GroupStanding): RoleChange =>
  store.atomically(() => {
    const before = standingOf(store, chatId);
    if (before === undefined || chatId > 0) return 'unknown';
    if (before === standing) return 'same';
    const isIn = standing === 'member' || standing === 'viewer';
    store.chats.setAccess(chatId, isIn ? 'approved' : standing);
    if (isIn) store.chats.setRole(chatId, standing);
    log(store, by, { id: chatId, from: before, to: standing });
    return 'changed';
  });
