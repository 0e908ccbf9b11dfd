import type { Store } from '../store/store.ts';

/**
 * Makes owners of those whom the configuration names, and of nobody else whom it has named before: what it gave goes with
 * it. Who became owner by the one-time link stays one, named or not. Whoever is owner no more asks like a stranger.
 */
export const makeOwners = ({ users, activity, atomically }: Store, configured: readonly number[]): void =>
  atomically(() => {
    for (const { userId, roleSource } of users.owners()) {
      if (roleSource !== 'configuration' || configured.includes(userId)) continue;
      users.setRole(userId, 'pending');
      users.noteGrant({ holderId: userId, byId: null, invitationId: null });
      activity.logActivity(userId, userId, 'owner_unconfigured');
    }
    for (const userId of configured) {
      const user =
        users.getUser(userId) ?? users.upsertUser({ userId, firstName: `Owner ${userId}`, username: null }).user;
      if (user.role === 'owner') continue;
      users.setRole(userId, 'owner', 'configuration');
      users.noteGrant({ holderId: userId, byId: null, invitationId: null });
    }
  });
