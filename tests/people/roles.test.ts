import { expect, it } from 'vitest';
import { ANONYMOUS_ADMIN } from '../../src/domain/people/anonymous-admin.ts';
import { looksOnly } from '../../src/people/may.ts';
import { setGroupRole, setPersonRole } from '../../src/people/roles.ts';
import type { Role } from '../../src/store/people/users.ts';
import { openBench } from '../store/setup.ts';
import { recentActivity } from '../helpers/rows.ts';

const OWNER = 1;
const BOB = 2;
const GROUP = -4001;
const BY = { userId: OWNER, chatId: OWNER };

const open = (role: Role) => {
  const { store } = openBench();
  for (const [userId, its] of [
    [OWNER, 'owner'],
    [BOB, role],
  ] as const) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, its);
  }
  store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
  return store;
};

it.each(['owner', 'member', 'viewer', 'pending', 'denied'] as const)(
  'a person gets the role %s, and it is noted who gave it and what was before',
  (role) => {
    const before = role === 'member' ? 'viewer' : 'member';
    const store = open(before);
    expect(setPersonRole(store, BY, BOB, role)).toBe('changed');
    expect(store.users.getUser(BOB)?.role).toBe(role);
    expect(recentActivity(store, 1)).toMatchObject([
      { ...BY, action: 'role_changed', metadata: { id: BOB, from: before, to: role } },
    ]);
    expect(setPersonRole(store, BY, BOB, role)).toBe('same');
    expect(recentActivity(store, 5)).toHaveLength(1);
  },
);

it('a decision about a person is the answer to what they asked', () => {
  const store = open('pending');
  store.accessRequests.ask(BOB);
  setPersonRole(store, BY, BOB, 'viewer');
  expect(store.accessRequests.waiting()).toEqual([]);
});

it('the last owner stays one, and so does one whom the configuration names', () => {
  const store = open('member');
  expect(setPersonRole(store, BY, OWNER, 'member')).toBe('last_owner');
  store.users.setRole(BOB, 'owner', 'configuration');
  expect(setPersonRole(store, BY, BOB, 'denied')).toBe('configured');
  expect(store.users.owners().map(({ userId }) => userId)).toEqual([OWNER, BOB]);
  expect(recentActivity(store, 5)).toEqual([]);
  expect(setPersonRole(store, BY, OWNER, 'member')).toBe('changed');
});

it('nobody is made of an id that is not known', () => {
  const store = open('member');
  expect(setPersonRole(store, BY, 77, 'member')).toBe('unknown');
  expect(setGroupRole(store, BY, -77, 'member')).toBe('unknown');
  expect(setGroupRole(store, BY, BOB, 'viewer')).toBe('unknown');
  expect(store.users.getUser(77)).toBeUndefined();
});

it('nothing is made of what anonymous admins of all groups write as', () => {
  const store = open('member');
  store.users.upsertUser({ userId: ANONYMOUS_ADMIN, firstName: 'Group', username: 'GroupAnonymousBot' });
  expect((['owner', 'denied'] as const).map((role) => setPersonRole(store, BY, ANONYMOUS_ADMIN, role))).toEqual([
    'unknown',
    'unknown',
  ]);
  expect(store.users.getUser(ANONYMOUS_ADMIN)?.role).toBe('pending');
});

it('a group gets a role as a whole, is kept out, and has to ask again', () => {
  const store = open('member');
  const group = () => {
    const chat = store.chats.getChat(GROUP);
    return [chat?.access, chat?.role, looksOnly(store, GROUP)];
  };
  expect(group()).toEqual(['pending', 'member', false]);
  expect(setGroupRole(store, BY, GROUP, 'viewer')).toBe('changed');
  expect(group()).toEqual(['approved', 'viewer', true]);
  expect(setGroupRole(store, BY, GROUP, 'viewer')).toBe('same');
  expect(setGroupRole(store, BY, GROUP, 'denied')).toBe('changed');
  expect(group()[0]).toBe('denied');
  expect(setGroupRole(store, BY, GROUP, 'member')).toBe('changed');
  expect(group()).toEqual(['approved', 'member', false]);
  expect(setGroupRole(store, BY, GROUP, 'pending')).toBe('changed');
  expect(group()[0]).toBe('pending');
  expect(recentActivity(store, 9).map(({ metadata }) => [metadata?.['from'], metadata?.['to']])).toEqual([
    ['member', 'pending'],
    ['denied', 'member'],
    ['viewer', 'denied'],
    ['pending', 'viewer'],
  ]);
});
