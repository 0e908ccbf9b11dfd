import type { Store } from '../store/store.ts';
import type { Whereabouts } from './may.ts';

/** A person as they name themselves. */
export type Person = Parameters<Store['users']['upsertUser']>[0];
export type ChatAsMet = Parameters<Store['chats']['upsertChat']>[0];

/** Somebody, or a group (ids below zero), as far as the bot knows them. */
export interface Newcomer {
  readonly id: number;
  /** Undefined of a group that has no title. */
  readonly name: string | undefined;
  /** `@name`, if they have one. */
  readonly handle?: string;
  readonly standing: 'waits' | 'in' | 'out';
}

/** Writes down who wrote, and where. */
export const meet = ({ users, chats }: Store, person: Person, chat: ChatAsMet): void => {
  chats.upsertChat(chat);
  users.upsertUser(person);
};

const standingOf = (said: string): Newcomer['standing'] =>
  said === 'pending' ? 'waits' : said === 'denied' ? 'out' : 'in';

/** @returns undefined for whom nobody knows */
export const newcomerOf = ({ users, chats }: Store, id: number): Newcomer | undefined => {
  if (id < 0) {
    const chat = chats.getChat(id);
    return chat && { id, name: chat.title ?? undefined, standing: standingOf(chat.access) };
  }
  const user = users.getUser(id);
  if (!user) return undefined;
  const { firstName: name, username, role } = user;
  return { id, name, ...(username ? { handle: `@${username}` } : {}), standing: standingOf(role) };
};

const tellOwner = ({ outbox }: Store, ownerId: number, askerId: number): void =>
  outbox.addNotice({
    chatId: ownerId,
    kind: 'access_request',
    payload: askerId < 0 ? { groupId: askerId } : { userId: askerId },
  });

/** Asks every owner, once for each newcomer. @returns false if they were asked before */
export const askToBeLetIn = (store: Store, { userId, chatId }: Whereabouts): boolean =>
  store.atomically(() => {
    if (!store.accessRequests.ask(chatId)) return false;
    store.chats.noteBroughtBy(chatId, userId);
    for (const owner of store.users.owners()) tellOwner(store, owner.userId, chatId);
    store.activity.logActivity(userId, chatId, 'access_asked');
    return true;
  });

/** They are told of in one message, which names some of them, counts the others, and leads to all. */
const TOLD_MOST = 50;

/** Somebody has become the owner: who asked before has not been forgotten. */
export const tellOfAllWhoWait = (store: Store, ownerId: number): void =>
  store.atomically(() => {
    for (const id of store.accessRequests.waiting().slice(0, TOLD_MOST)) tellOwner(store, ownerId, id);
  });

/** Lets a person or a group in, without a word. */
export const admit = (store: Store, id: number, role: 'member' | 'viewer'): void => {
  if (id > 0) {
    store.users.setRole(id, role);
    return;
  }
  store.chats.setAccess(id, 'approved');
  store.chats.setRole(id, role);
};

/** Makes a person an owner whom no configuration has named. */
export const makeOwner = (store: Store, person: Person, chat: ChatAsMet): void =>
  store.atomically(() => {
    meet(store, person, chat);
    store.users.setRole(person.userId, 'owner');
    store.users.noteGrant({ holderId: person.userId, byId: null, invitationId: null });
    store.activity.logActivity(person.userId, chat.chatId, 'owner_claimed');
  });

/** An owner writes it in the group itself, which needs no further word. */
export const letGroupIn = (store: Store, { userId, chatId }: Whereabouts): void => {
  store.atomically(() => {
    admit(store, chatId, 'member');
    store.chats.noteBroughtBy(chatId, userId);
    store.users.noteGrant({ holderId: chatId, byId: userId, invitationId: null });
    store.activity.logActivity(userId, chatId, 'access_approved', { id: chatId });
  });
};

/** What an owner says of a newcomer: yes or no to one who waits; of one who was kept out, yes after all. */
export type Decision = 'approve' | 'refuse' | 'admit';

/** Whether that can still be said of them: owners may have decided meanwhile, and an old question lies about. */
export const isOpen = ({ standing }: Newcomer, decision: Decision): boolean =>
  standing === (decision === 'admit' ? 'out' : 'waits');

/**
 * Writes an owner's decision down, and has told whom it concerns.
 * @param by who decided, and where
 * @param id a person's, or a group's
 * @returns false if it cannot be said of them any more: then nothing was changed
 */
export const decide = (
  store: Store,
  by: Pick<Whereabouts, 'userId' | 'chatId'>,
  id: number,
  decision: Decision,
): boolean =>
  store.atomically(() => {
    const newcomer = newcomerOf(store, id);
    if (!newcomer || !isOpen(newcomer, decision)) return false;
    const isIn = decision !== 'refuse';
    if (isIn) admit(store, id, 'member');
    else if (id < 0) store.chats.setAccess(id, 'denied');
    else store.users.setRole(id, 'denied');
    store.users.noteGrant({ holderId: id, byId: by.userId, invitationId: null });
    store.activity.logActivity(by.userId, by.chatId, isIn ? 'access_approved' : 'access_denied', { id });
    store.outbox.addNotice({ chatId: id, kind: isIn ? 'access_granted' : 'access_denied' });
    return true;
  });
