import { expect, it } from 'vitest';
import { may, type Who, verdictOn } from '../../src/people/may.ts';
import { openBench } from '../store/setup.ts';

const GROUP = -4001;
const OWNER = 1;
const MEMBER = 2;
const STRANGER = 3;
const DENIED = 4;
const ADMIN = 5;
const VIEWER = 6;

const open = (access: 'approved' | 'pending' | 'denied') => {
  const { store } = openBench();
  const roles = {
    [OWNER]: 'owner',
    [MEMBER]: 'member',
    [STRANGER]: 'pending',
    [DENIED]: 'denied',
    [ADMIN]: 'pending',
    [VIEWER]: 'viewer',
  };
  for (const [id, role] of Object.entries(roles)) {
    store.users.upsertUser({ userId: Number(id), firstName: role, username: null });
    store.users.setRole(Number(id), role as 'owner');
  }
  store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
  store.chats.setAccess(GROUP, access);
  return store;
};

const WHO: readonly Who[] = ['viewer', 'member', 'manager', 'asker', 'owner'];

/** What of all that is for somebody this person may do there. */
const allowed = async (
  userId: number,
  where: 'alone' | 'group',
  about: { readonly requestedBy?: number; readonly role?: 'viewer' } = {},
) => {
  const store = open('approved');
  if (about.role) store.chats.setRole(GROUP, about.role);
  const asking = {
    userId,
    chatId: where === 'alone' ? userId : GROUP,
    isPrivate: where === 'alone',
    isAdmin: () => Promise.resolve(userId === ADMIN),
    requestedBy: about.requestedBy ?? null,
  };
  const answers = await Promise.all(WHO.map((who) => may(store, asking, who)));
  return WHO.filter((_, index) => answers[index]);
};

it.each([
  ['an owner', OWNER, ['viewer', 'member', 'manager', 'asker', 'owner']],
  ['a member', MEMBER, ['viewer', 'member', 'manager', 'asker']],
  ['a viewer', VIEWER, ['viewer']],
  ['a stranger', STRANGER, []],
  ['who was denied', DENIED, []],
])('in a private chat, %s may do %j', async (_, userId, expected) => {
  expect(await allowed(userId, 'alone')).toEqual(expected);
});

it.each([
  ['an owner', OWNER, ['viewer', 'member', 'manager', 'asker', 'owner']],
  ['a member', MEMBER, ['viewer', 'member']],
  ['who is a viewer alone', VIEWER, ['viewer', 'member']],
  ['everybody else', STRANGER, ['viewer', 'member']],
  ['its admin', ADMIN, ['viewer', 'member', 'manager', 'asker']],
  ['who was denied', DENIED, []],
])('in a group that was let in, %s may do %j', async (_, userId, expected) => {
  expect(await allowed(userId, 'group')).toEqual(expected);
});

it.each([
  ['an owner', OWNER, ['viewer', 'member', 'manager', 'asker', 'owner']],
  ['a member', MEMBER, ['viewer']],
  ['everybody else', STRANGER, ['viewer']],
  ['its admin', ADMIN, ['viewer']],
  ['who was denied', DENIED, []],
])('in a group of viewers, %s may do %j', async (_, userId, expected) => {
  expect(await allowed(userId, 'group', { role: 'viewer', requestedBy: userId })).toEqual(expected);
});

it('who asked for a model may do with it what its managers may', async () => {
  expect(await allowed(STRANGER, 'group', { requestedBy: STRANGER })).toEqual(['viewer', 'member', 'asker']);
  expect(await allowed(STRANGER, 'group', { requestedBy: MEMBER })).toEqual(['viewer', 'member']);
});

it.each([
  ['pending', 'unknown'],
  ['denied', 'denied'],
] as const)('in a group that is %s even an owner is %s', (access, verdict) => {
  expect(verdictOn(open(access), { userId: OWNER, chatId: GROUP, isPrivate: false })).toBe(verdict);
});
