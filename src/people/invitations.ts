import { createHash, randomBytes } from 'node:crypto';
import { isForNow } from '../domain/errors.ts';
import { toIso, type WallClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Invitation, InvitedRole } from '../store/people/invitations.ts';
import type { Store } from '../store/store.ts';
import { isOwner, type Whereabouts } from './may.ts';
import { admit, makeOwner, meet, newcomerOf, type Person, type ChatAsMet } from './newcomers.ts';

const HOUR_MS = 3_600_000;
/** Who opens a link long after its end is told what became of it. */
const KEPT_MS = 30 * 24 * HOUR_MS;

/** What a link offers: to whom, to how many, for how long. */
export interface Offer {
  readonly role: InvitedRole;
  readonly isForGroup: boolean;
  readonly uses: number;
  readonly hours: number;
}

/** What is offered where nothing else was said. */
export const USUAL_OFFER: Offer = { role: 'member', isForGroup: false, uses: 1, hours: 24 };
export const USES_MOST = 100;
export const HOURS_MOST = 30 * 24;

/** 16 random bytes cannot be guessed: so their hash needs no salt, and the database holds nothing that lets anybody in. */
const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex');

const createCode = (): string => randomBytes(16).toString('base64url');

interface Made {
  readonly invitation: Invitation;
  /** What stands in the link; it is kept nowhere. */
  readonly code: string;
}

const make = (store: Store, clock: WallClock, offer: Offer, madeBy: number | null): Made =>
  store.atomically(() => {
    const code = createCode();
    const { hours, ...what } = offer;
    const now = clock.now();
    store.invitations.pruneInvitations(toIso(now - KEPT_MS));
    const endsAt = toIso(now + hours * HOUR_MS);
    return {
      code,
      invitation: store.invitations.createInvitation({ ...what, madeBy, endsAt, codeHash: hashOf(code) }),
    };
  });

/** Makes a link that lets in whom it offers to let in. @param by the owner who makes it, and where */
export const invite = (
  store: Store,
  clock: WallClock,
  by: Pick<Whereabouts, 'userId' | 'chatId'>,
  offer: Offer,
): Made =>
  store.atomically(() => {
    const made = make(store, clock, offer, by.userId);
    const { id, role, uses } = made.invitation;
    store.activity.logActivity(by.userId, by.chatId, 'invited', { invitation: id, role, uses });
    return made;
  });

/** What of an invitation its owner changes after it was made; hours count from then on. */
export type OfferChange = Partial<Pick<Offer, 'role' | 'uses' | 'hours'>>;

/** Changes what an invitation offers. @returns undefined if it lets nobody in any more: then nothing was changed */
export const changeOffer = (
  store: Store,
  clock: WallClock,
  id: number,
  { hours, ...change }: OfferChange,
): Invitation | undefined =>
  store.atomically(() => {
    const invitation = store.invitations.getInvitation(id);
    const now = clock.now();
    if (!invitation || endOf(store, invitation, now) !== undefined) return undefined;
    const ends = hours === undefined ? {} : { endsAt: toIso(now + hours * HOUR_MS) };
    const changed = { ...invitation, ...change, ...ends };
    store.invitations.changeInvitation(id, changed);
    return store.invitations.getInvitation(id);
  });

/** @returns false if it was revoked before, or never made */
export const revoke = (store: Store, by: Pick<Whereabouts, 'userId' | 'chatId'>, id: number): boolean =>
  store.atomically(() => {
    const isDone = store.invitations.revokeInvitation(id);
    if (isDone) store.activity.logActivity(by.userId, by.chatId, 'invitation_revoked', { invitation: id });
    return isDone;
  });

/** Why an invitation lets nobody in any more; undefined: it does. Who made it has to be an owner still. */
export const endOf = (
  store: Store,
  { madeAt, endsAt, usesLeft, revokedAt, madeBy }: Invitation,
  now: number,
): 'revoked' | 'used_up' | 'run_out' | undefined => {
  if (revokedAt !== null || (madeBy !== null && !isOwner(store, madeBy))) return 'revoked';
  if (usesLeft === 0) return 'used_up';
  // However the clock is set back, a link lives no longer than twice as long as it was given.
  const [from, until] = [Date.parse(madeAt), Date.parse(endsAt)];
  return now >= until || now <= from - (until - from) ? 'run_out' : undefined;
};

/** The invitation that a code belongs to, if any. */
export const invitationOf = (store: Store, code: string): Invitation | undefined =>
  store.invitations.invitationByCode(hashOf(code));

/** Who opens a link: a person in their own chat, or, of a group, who wrote it there. */
export interface Opener {
  readonly person: Person;
  readonly chat: ChatAsMet;
}

/**
 * What comes of opening a link. `joined`: it let them in, perhaps some time ago by the same link. `in_already`: nothing was used
 * up. `elsewhere`: it is for a group and was opened by a person, or the other way round. `denied`: an owner has kept them out,
 * and a link does not change that.
 */
export type Opened =
  | 'unknown'
  | 'joined'
  | 'in_already'
  | 'elsewhere'
  | 'denied'
  | NonNullable<ReturnType<typeof endOf>>;

/** All owners are told of a new one whom none of them has let in; of others, who invited them is. */
const tellOf = (store: Store, { madeBy }: Invitation, joinerId: number): void => {
  const heard = madeBy === null ? store.users.owners().map(({ userId }) => userId) : [madeBy];
  const payload = joinerId < 0 ? { groupId: joinerId } : { userId: joinerId };
  for (const chatId of heard) if (chatId !== joinerId) store.outbox.addNotice({ chatId, kind: 'came_in', payload });
};

const letIn = (store: Store, invitation: Invitation, { person, chat }: Opener): void => {
  const { id, role, madeBy } = invitation;
  const joinerId = invitation.isForGroup ? chat.chatId : person.userId;
  meet(store, person, chat);
  store.invitations.useInvitation(id, joinerId);
  if (role === 'owner') {
    makeOwner(store, person, chat);
    // Each start has printed one, where logs are kept: it was for one owner.
    store.invitations.revokeOwnerLinks(id);
  } else admit(store, joinerId, role);
  store.chats.noteBroughtBy(joinerId, person.userId);
  store.users.noteGrant({ holderId: joinerId, byId: madeBy, invitationId: id });
  store.activity.logActivity(person.userId, chat.chatId, 'invitation_used', { invitation: id });
  tellOf(store, invitation, joinerId);
};

/**
 * Lets in who opens a link, if it does that still; done twice it does no more than once.
 * @param now the time on the wall
 */
export const openInvitation = (store: Store, invitation: Invitation | undefined, opener: Opener, now: number): Opened =>
  store.atomically(() => {
    if (!invitation) return 'unknown';
    const { person, chat } = opener;
    if (invitation.isForGroup === (chat.kind === 'private')) return 'elsewhere';
    const joinerId = invitation.isForGroup ? chat.chatId : person.userId;
    const isForOwner = invitation.role === 'owner';
    const standing = newcomerOf(store, joinerId)?.standing;
    const isIn = isForOwner ? isOwner(store, joinerId) : standing === 'in';
    const hasUsed = store.invitations.hasUsed(invitation.id, joinerId);
    if (isIn) return hasUsed ? 'joined' : 'in_already';
    // Who has the machine has the bot, whatever an owner has said of them.
    if (!isForOwner && [joinerId, person.userId].some((id) => newcomerOf(store, id)?.standing === 'out'))
      return 'denied';
    // Whoever was removed since does not come back by what let them in before.
    const ended = endOf(store, invitation, now) ?? (hasUsed ? 'used_up' : undefined);
    if (ended) return ended;
    letIn(store, invitation, opener);
    return 'joined';
  });

/** The link that the machine prints, which makes an owner of whoever opens it. */
export interface OwnerLink {
  /**
   * The code to print; the same as long as it is good, then another one. Undefined if there is an owner, and nobody has asked
   * for it on the machine.
   */
  readonly code: () => string | undefined;
}

const OWNER_OFFER: Offer = { role: 'owner', isForGroup: false, uses: 1, hours: 1 };

interface OwnerLinkDeps {
  readonly store: Store;
  readonly clock: WallClock;
  readonly log: Log;
  /** Somebody at the machine wants it: so there is one, once, even if there is an owner. */
  readonly isAsked: boolean;
}

/** Where its row cannot be written for now there is none, and the bot runs all the same. */
export const createOwnerLink = ({ store, clock, log, isAsked }: OwnerLinkDeps): OwnerLink => {
  let made: Made | undefined;
  const isGood = (): boolean => {
    const row = made && store.invitations.getInvitation(made.invitation.id);
    return row !== undefined && endOf(store, row, clock.now()) === undefined;
  };
  return {
    code: () => {
      if (isGood()) return made?.code;
      if (store.users.owners().length > 0 && !(isAsked && made === undefined)) return undefined;
      try {
        made = make(store, clock, OWNER_OFFER, null);
        return made.code;
      } catch (error) {
        if (!isForNow(error)) throw error;
        log.warn({ err: error }, 'The link that makes an owner could not be written down; a new start tries again');
        return undefined;
      }
    },
  };
};
