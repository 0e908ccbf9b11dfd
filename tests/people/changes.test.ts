import { beforeEach, describe, expect, it } from 'vitest';
import { changeRole, roleOf } from '../../src/people/changes.ts';
import { invite, USUAL_OFFER } from '../../src/people/invitations.ts';
import type { Role } from '../../src/store/people/users.ts';
import { type Bench, openBench } from '../store/setup.ts';
import { recentActivity } from '../helpers/rows.ts';

const OLGA = 1;
const ANN = 2;
const OTTO = 3;
const GROUP = -4;
const BY = { userId: OLGA, chatId: OLGA };

let bench: Bench;
beforeEach(() => {
  bench = openBench();
  const { users, chats } = bench.store;
  for (const userId of [OLGA, ANN, OTTO]) users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
  users.setRole(OLGA, 'owner');
  users.setRole(OTTO, 'owner');
  chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
});

const change = (id: number, seen: Role, to: Role): string => changeRole(bench.store, BY, id, { seen, to });

const toldTo = (chatId: number): unknown[] =>
  bench.store.outbox
    .dueNotices('9999-12-31T00:00:00.000Z', 100)
    .filter((notice) => notice.chatId === chatId)
    .map(({ kind, payload }) => [kind, payload]);

describe.each([
  { whose: 'a person', id: ANN },
  { whose: 'a group', id: GROUP },
])('the role of $whose', ({ id }) => {
  it('is given, noted with who gave it and when, and told once', () => {
    expect([change(id, 'pending', 'viewer'), roleOf(bench.store, id)]).toEqual(['changed', 'viewer']);
    expect(bench.store.users.grantOf(id)).toEqual({
      holderId: id,
      byId: OLGA,
      grantedAt: bench.clock.iso(),
      invitationId: null,
    });
    expect(recentActivity(bench.store, 1)).toMatchObject([
      { userId: OLGA, action: 'role_changed', metadata: { id, from: 'pending', to: 'viewer' } },
    ]);
    expect(toldTo(id)).toEqual([['role_given', { before: 'pending', role: 'viewer' }]]);
  });

  it('is decided by the first of two owners, and the second one hears that it has changed', () => {
    expect(change(id, 'pending', 'member')).toBe('changed');
    expect(change(id, 'pending', 'denied')).toBe('meanwhile');
    expect([roleOf(bench.store, id), toldTo(id).length]).toEqual(['member', 1]);
  });

  it('ends their dialogues when it is taken, and nobody else’s', () => {
    const { conversations } = bench.store;
    change(id, 'pending', 'member');
    const [theirs, others] = id > 0 ? [`${GROUP}:${id}`, `${GROUP}:1${id}`] : [`${id}:${ANN}`, `${id}0:${ANN}`];
    for (const key of [theirs, others]) conversations.write(key, '{}');
    change(id, 'member', 'viewer');
    expect(conversations.read(theirs)).toBe('{}');
    change(id, 'viewer', 'pending');
    expect([conversations.read(theirs), conversations.read(others)]).toEqual([undefined, '{}']);
  });

  it('goes without a word from kept out to free to ask', () => {
    change(id, 'pending', 'denied');
    expect(change(id, 'denied', 'pending')).toBe('changed');
    expect(toldTo(id)).toEqual([['role_given', { before: 'pending', role: 'denied' }]]);
  });

  it('ends the request that waits', () => {
    bench.store.accessRequests.ask(id);
    change(id, 'pending', 'member');
    expect(bench.store.accessRequests.waiting()).toEqual([]);
  });
});

describe('the role of an owner', () => {
  it('is not taken from the last one, whoever tries', () => {
    expect(change(OTTO, 'owner', 'member')).toBe('changed');
    expect([change(OLGA, 'owner', 'pending'), change(OLGA, 'owner', 'denied')]).toEqual(['last_owner', 'last_owner']);
    expect([roleOf(bench.store, OLGA), toldTo(OLGA)]).toEqual(['owner', []]);
  });

  it('is not taken from whom the configuration names', () => {
    bench.store.users.setRole(OTTO, 'owner', 'configuration');
    expect(change(OTTO, 'owner', 'member')).toBe('configured');
    expect([roleOf(bench.store, OTTO), bench.store.users.grantOf(OTTO)]).toEqual(['owner', undefined]);
  });

  it('is nothing for groups, nor for whom nobody knows', () => {
    expect([change(GROUP, 'pending', 'owner'), change(99, 'pending', 'owner')]).toEqual(['unknown', 'unknown']);
  });
});

it('a group that becomes a supergroup takes along who let it in, and by which invitation', () => {
  change(GROUP, 'pending', 'member');
  const { invitation } = invite(bench.store, bench.clock, BY, { ...USUAL_OFFER, isForGroup: true, uses: 2 });
  bench.store.invitations.useInvitation(invitation.id, GROUP);
  bench.store.chats.migrateChat(GROUP, -1_000_000_000_004);
  expect(bench.store.users.grantOf(-1_000_000_000_004)).toMatchObject({ byId: OLGA });
  expect(bench.store.users.grantOf(GROUP)).toBeUndefined();
  expect(bench.store.invitations.hasUsed(invitation.id, -1_000_000_000_004)).toBe(true);
});
