import { expect, it } from 'vitest';
import { ANONYMOUS_ADMIN } from '../../src/domain/people/anonymous-admin.ts';
import { type Bench, openBench } from './setup.ts';

const ROLES = ['owner', 'member', 'viewer', 'pending', 'denied'] as const;

const furnished = (): Bench => {
  const bench = openBench();
  const { users, chats, accessRequests } = bench.store;
  for (const [index, role] of ROLES.entries()) {
    users.upsertUser({
      userId: index + 1,
      firstName: `${role} ${index}`,
      username: role === 'owner' ? 'the_one%' : null,
    });
    users.setRole(index + 1, role);
  }
  users.upsertUser({ userId: 9, firstName: 'asker', username: null });
  accessRequests.ask(9);
  for (const [chatId, access] of [
    [-1, 'approved'],
    [-2, 'pending'],
    [-3, 'denied'],
  ] as const) {
    chats.upsertChat({ chatId, kind: 'group', title: `Group ${chatId}` });
    chats.setAccess(chatId, access);
  }
  chats.upsertChat({ chatId: 1, kind: 'private', title: 'owner 0' });
  return bench;
};

it('people and groups are listed by how they stand, who waits first, and counted the same', () => {
  const { users } = furnished().store;
  const counts = users.countKnown();
  const ids = [...counts.keys()].map((filter) => [
    filter,
    users.listKnown(filter, { limit: 100, offset: 0 }).map(({ id }) => id),
  ]);
  expect(Object.fromEntries(ids)).toEqual({
    in: [9, 1, -1, 2, 3],
    group: [-1],
    owner: [1],
    member: [2],
    viewer: [3],
    waiting: [9],
    unknown: [-2, 4],
    denied: [5, -3],
  });
  expect([...counts]).toEqual(ids.map(([filter, found = []]) => [filter, found.length]));
});

it('what anonymous admins of all groups write as is nobody', () => {
  const { users } = furnished().store;
  const before = [...users.countKnown()];
  users.upsertUser({ userId: ANONYMOUS_ADMIN, firstName: 'Group', username: 'GroupAnonymousBot' });
  expect([...users.countKnown()]).toEqual(before);
  expect(users.findKnown('GroupAnonymous', 5)).toEqual([]);
});

it('pages hold everybody once', () => {
  const { users } = furnished().store;
  const pages = [0, 2, 4].flatMap((offset) => users.listKnown('in', { limit: 2, offset }));
  expect(pages.map(({ id }) => id)).toEqual([9, 1, -1, 2, 3]);
});

it.each([
  ['one%', [1]],
  ['%', [1]],
  ['_', [1]],
  ['group', [-1, -2, -3]],
  ['9', [9]],
  ['nobody', []],
])('%s finds those whose name, handle or id it is', (words, ids) => {
  expect(
    furnished()
      .store.users.findKnown(words, 10)
      .map(({ id }) => id),
  ).toEqual(ids);
});

it('somebody was seen last when they wrote to the bot alone, or did something anywhere', () => {
  const { store, clock } = furnished();
  expect(store.users.lastSeen(2)).toBeUndefined();
  // A chat that is only known of is no sign of life.
  expect(store.users.lastSeen(1)).toBeUndefined();
  store.chats.updateChatActivity(2);
  const first = clock.iso();
  expect(store.users.lastSeen(2)).toBe(first);
  clock.move(1000);
  store.activity.logActivity(2, -1, 'added');
  expect(store.users.lastSeen(2)).toBe(clock.iso());
});
