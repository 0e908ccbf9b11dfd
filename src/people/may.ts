import type { Store } from '../store/store.ts';

/**
 * Whom something is for. `member`: everybody who was let in. `manager`: in a group its admins and the owners, in a private
 * chat its person. `asker`: a manager, and who asked for the very model. `owner`: who owns the bot.
 */
export type Who = 'member' | 'manager' | 'asker' | 'owner';

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

/** `unknown`: nobody has decided about them yet. */
export type Verdict = 'allowed' | 'unknown' | 'denied';

/**
 * Who may use the bot: approved people anywhere they are approved, and everyone in an approved group, save those who
 * were denied. A denied person is denied everywhere.
 */
export const verdictOn = ({ users, chats }: Store, { userId, chatId, isPrivate }: Whereabouts): Verdict => {
  const role = users.getUser(userId)?.role;
  if (role === 'denied') return 'denied';
  if (isPrivate) return role === 'owner' || role === 'member' ? 'allowed' : 'unknown';
  const access = chats.getChat(chatId)?.access;
  if (access === 'approved') return 'allowed';
  return access === 'denied' ? 'denied' : 'unknown';
};

/** Whether a person is an owner of this bot, by the configuration or by the one-time link. */
export const isOwner = ({ users }: Pick<Store, 'users'>, userId: number): boolean =>
  users.getUser(userId)?.role === 'owner';

/** Without one nobody can be let in. */
export const hasOwner = ({ users }: Pick<Store, 'users'>): boolean => users.owners().length > 0;

/** Whether this person may do there what is for these people. */
export const may = async (store: Store, asking: Asking, who: Who): Promise<boolean> => {
  const { userId, isPrivate, requestedBy, isAdmin } = asking;
  if (verdictOn(store, asking) !== 'allowed') return false;
  if (who === 'member') return true;
  if (who === 'owner') return isOwner(store, userId);
  if (isPrivate || isOwner(store, userId)) return true;
  return (who === 'asker' && userId === requestedBy) || isAdmin();
};
