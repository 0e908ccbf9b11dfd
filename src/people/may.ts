/* people: who may do what; one function says it. */

import type { ChatSession } from '../store/people/chats.ts';
import type { User } from '../store/people/users.ts';
import type { Store } from '../store/store.ts';

/**
 * Whom something is for. `viewer`: everybody who was let in. `member`: who may add and change something there. `manager`: in a
 * group its admins and the owners, in a private chat its person. `asker`: a manager, and who asked for the very model. `owner`:
 * who owns the bot.
 */
export type Who = 'viewer' | 'member' | 'manager' | 'asker' | 'owner';

export interface Whereabouts {
  readonly userId: number;
  readonly chatId: number;
  readonly isPrivate: boolean;
}

export interface Asking extends Whereabouts {
  /** Whether they are an admin of the group; looked up only where it decides. */
  readonly isAdmin: () => Promise<boolean>;
  /** Who asked for the model it is about; null if nobody did, or if it is about none. */
  readonly requestedBy: number | null;
}

/** What has been decided about people and groups. */
export interface Standings {
  readonly users: { readonly getUser: (userId: number) => Pick<User, 'role'> | undefined };
  readonly chats: { readonly getChat: (chatId: number) => Pick<ChatSession, 'access' | 'role'> | undefined };
}

/** `unknown`: nobody has decided about them yet. */
export type Verdict = 'allowed' | 'unknown' | 'denied';

/**
 * Who may use the bot: approved people anywhere they are approved, and everyone in an approved group, save those who
 * were denied. A denied person is denied everywhere.
 */
export const verdictOn = ({ users, chats }: Standings, { userId, chatId, isPrivate }: Whereabouts): Verdict => {
  const role = users.getUser(userId)?.role;
  if (role === 'denied') return 'denied';
  if (isPrivate) return role === undefined || role === 'pending' ? 'unknown' : 'allowed';
  const access = chats.getChat(chatId)?.access;
  if (access === 'approved') return 'allowed';
  return access === 'denied' ? 'denied' : 'unknown';
};

/** Whether a person is an owner of this bot, by the configuration or by the one-time link. */
export const isOwner = ({ users }: Pick<Standings, 'users'>, userId: number): boolean =>
  users.getUser(userId)?.role === 'owner';

/** Without one nobody can be let in. */
export const hasOwner = ({ users }: Pick<Store, 'users'>): boolean => users.owners().length > 0;

/**
 * Whether a chat is only looked at: a viewer's own, or a group that is let in as viewers. In a group its own role counts and
 * nobody's in it, save the owners'.
 */
export const looksOnly = ({ users, chats }: Standings, chatId: number): boolean =>
  (chatId > 0 ? users.getUser(chatId)?.role : chats.getChat(chatId)?.role) === 'viewer';

/** Whether what a person has begun in a chat may go on to change something there: they may have lost access since. */
export const mayStillChange = (store: Standings, userId: number, chatId: number): boolean =>
  verdictOn(store, { userId, chatId, isPrivate: chatId > 0 }) === 'allowed' &&
  (isOwner(store, userId) || !looksOnly(store, chatId));

/** Whether this person may do there what is for these people. */
export const may = async (store: Standings, asking: Asking, who: Who): Promise<boolean> => {
  const { userId, chatId, isPrivate, requestedBy, isAdmin } = asking;
  if (verdictOn(store, asking) !== 'allowed') return false;
  if (who === 'viewer' || isOwner(store, userId)) return true;
  if (who === 'owner' || looksOnly(store, chatId)) return false;
  if (who === 'member' || isPrivate) return true;
  return (who === 'asker' && userId === requestedBy) || isAdmin();
};
