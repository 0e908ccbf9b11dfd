import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import {
  createOwnerLink,
  invitationOf,
  invite,
  type Offer,
  openInvitation,
  type OwnerLink,
  revoke,
  USUAL_OFFER,
} from '../../src/people/invitations.ts';
import { openTroubledStore } from '../store/full-disk.ts';
import { type Bench, createClock, openBench, tempFolder } from '../store/setup.ts';

const OLGA = 1;
const ANN = 2;
const BOB = 3;
const GROUP = -4;
const HOUR_MS = 3_600_000;
const BY = { userId: OLGA, chatId: OLGA };

const openedWorld = (): Bench => {
  const bench = openBench();
  bench.store.users.upsertUser({ userId: OLGA, firstName: 'Olga', username: null });
  bench.store.users.setRole(OLGA, 'owner');
  return bench;
};

const make = ({ store, clock }: Bench, offer: Partial<Offer> = {}): string =>
  invite(store, clock, BY, { ...USUAL_OFFER, ...offer }).code;

const openAs = ({ store, clock }: Bench, code: string, userId: number, chatId = userId): string =>
  openInvitation(
    store,
    invitationOf(store, code),
    {
      person: { userId, firstName: `Person ${userId}`, username: null },
      chat: { chatId, kind: chatId > 0 ? 'private' : 'group', title: null },
    },
    clock.now(),
  );

const toldTo = ({ store }: Bench, chatId: number): unknown[] =>
  store.outbox
    .dueNotices('9999-12-31T00:00:00.000Z', 100)
    .filter((notice) => notice.chatId === chatId)
    .map(({ kind, payload }) => [kind, payload]);

describe('an invitation', () => {
  it('lets in one person within a day, tells who made it, and is used up then', () => {
    const bench = openedWorld();
    const code = make(bench);
    expect([openAs(bench, code, ANN), openAs(bench, code, BOB)]).toEqual(['joined', 'used_up']);
    expect([bench.store.users.getUser(ANN)?.role, bench.store.users.getUser(BOB)]).toEqual(['member', undefined]);
    expect(toldTo(bench, OLGA)).toEqual([['came_in', { userId: ANN }]]);
    expect(bench.store.users.grantOf(ANN)).toMatchObject({ byId: OLGA, invitationId: 1, grantedAt: bench.clock.iso() });
  });

  it('does no more when it is opened again by who came in by it', () => {
    const bench = openedWorld();
    const code = make(bench, { uses: 2 });
    expect([openAs(bench, code, ANN), openAs(bench, code, ANN)]).toEqual(['joined', 'joined']);
    expect(bench.store.invitations.getInvitation(1)).toMatchObject({ uses: 2, usesLeft: 1 });
    expect(toldTo(bench, OLGA)).toHaveLength(1);
  });

  it('is not used up by who is in already', () => {
    const bench = openedWorld();
    const code = make(bench);
    expect([openAs(bench, code, OLGA), openAs(bench, code, ANN)]).toEqual(['in_already', 'joined']);
  });

  it('does not bring back who came in by it and was removed since', () => {
    const bench = openedWorld();
    const code = make(bench, { uses: 5 });
    openAs(bench, code, ANN);
    bench.store.users.setRole(ANN, 'pending');
    expect(openAs(bench, code, ANN)).toBe('used_up');
    expect(bench.store.users.getUser(ANN)?.role).toBe('pending');
  });

  it('changes nothing for who was kept out', () => {
    const bench = openedWorld();
    bench.store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
    bench.store.users.setRole(ANN, 'denied');
    expect(openAs(bench, make(bench), ANN)).toBe('denied');
    expect(openAs(bench, make(bench, { isForGroup: true }), ANN, GROUP)).toBe('denied');
    expect(bench.store.users.getUser(ANN)?.role).toBe('denied');
    expect(bench.store.chats.getChat(GROUP)).toBeUndefined();
  });

  it.each([
    { after: 'its hours', hours: 48 },
    { after: 'a clock that was set back by more than them', hours: -24 },
  ])('lets nobody in after $after', ({ hours }) => {
    const bench = openedWorld();
    const code = make(bench);
    bench.clock.turn(hours * HOUR_MS);
    expect(openAs(bench, code, ANN)).toBe('run_out');
  });

  it('is good until the last millisecond of its hours', () => {
    const bench = openedWorld();
    const code = make(bench, { uses: 2, hours: 1 });
    bench.clock.move(HOUR_MS - 1);
    expect(openAs(bench, code, ANN)).toBe('joined');
    bench.clock.move(1);
    expect(openAs(bench, code, BOB)).toBe('run_out');
  });

  it('lets nobody in that was taken back, or whose maker owns the bot no more', () => {
    const bench = openedWorld();
    const [first, second] = [make(bench), make(bench)];
    expect([revoke(bench.store, BY, 1), revoke(bench.store, BY, 1)]).toEqual([true, false]);
    expect(openAs(bench, first, ANN)).toBe('revoked');
    bench.store.users.setRole(OLGA, 'member');
    expect(openAs(bench, second, ANN)).toBe('revoked');
  });

  it('of a group lets the group in and nobody alone; one of a person no group', () => {
    const bench = openedWorld();
    const [ofGroup, ofPerson] = [make(bench, { isForGroup: true }), make(bench)];
    expect([openAs(bench, ofGroup, ANN), openAs(bench, ofPerson, ANN, GROUP)]).toEqual(['elsewhere', 'elsewhere']);
    expect(openAs(bench, ofGroup, ANN, GROUP)).toBe('joined');
    expect(bench.store.chats.getChat(GROUP)?.access).toBe('approved');
    expect(bench.store.users.getUser(ANN)?.role).toBe('pending');
    expect(toldTo(bench, OLGA)).toEqual([['came_in', { groupId: GROUP }]]);
  });

  it('stands in the database without what lets anybody in', () => {
    const bench = openedWorld();
    const code = make(bench);
    const row = bench.raw.prepare('SELECT * FROM invitations').get();
    expect(JSON.stringify(row)).not.toContain(code);
    expect(row).toMatchObject({ code_hash: createHash('sha256').update(code).digest('hex') });
    expect(code).toMatch(/^[\w-]{22}$/);
  });

  it('is remembered for a month after its end, so that who opens it then is told', () => {
    const bench = openedWorld();
    const code = make(bench, { hours: 1 });
    bench.clock.move(31 * 24 * HOUR_MS);
    expect(openAs(bench, code, ANN)).toBe('run_out');
    bench.clock.move(2 * HOUR_MS);
    make(bench);
    expect(openAs(bench, code, ANN)).toBe('unknown');
  });
});

const ownerLink = ({ store, clock }: Pick<Bench, 'store' | 'clock'>, isAsked = false): OwnerLink =>
  createOwnerLink({ store, clock, log: silentLog, isAsked });

describe('the link that the machine prints', () => {
  it.each(['SQLITE_FULL', 'SQLITE_BUSY'] as const)(
    'is none while the database says %s, and there again after',
    (code) => {
      const clock = createClock();
      const { store, trouble } = openTroubledStore(join(tempFolder(), 'hubgram.db'), clock);
      onTestFinished(() => store.close());
      const link = ownerLink({ store, clock });
      trouble(code);
      expect(link.code()).toBeUndefined();
      trouble(undefined);
      expect(link.code()).toMatch(/^[\w-]{22}$/);
    },
  );

  it('is there as long as there is no owner, the same until it has run out', () => {
    const bench = openBench();
    const link = ownerLink(bench);
    const first = link.code();
    expect(first).toMatch(/^[\w-]{22}$/);
    expect(link.code()).toBe(first);
    bench.clock.move(HOUR_MS);
    const second = link.code();
    expect(second).not.toBe(first);
    expect([openAs(bench, first ?? '', ANN), openAs(bench, second ?? '', ANN)]).toEqual(['run_out', 'joined']);
    expect(bench.store.users.getUser(ANN)?.role).toBe('owner');
    expect(link.code()).toBeUndefined();
    expect(openAs(bench, second ?? '', BOB)).toBe('used_up');
  });

  it('lets in one owner, however many were printed by starts before', () => {
    const bench = openBench();
    const [first = '', second = '', third = ''] = [1, 2, 3].map(() => ownerLink(bench).code());
    expect([first, second, third].map((code, index) => openAs(bench, code, [BOB, ANN, ANN][index] ?? 0))).toEqual([
      'joined',
      'revoked',
      'revoked',
    ]);
    expect([openAs(bench, first, BOB), openAs(bench, first, ANN)]).toEqual(['joined', 'used_up']);
    expect(bench.store.users.owners().map(({ userId }) => userId)).toEqual([BOB]);
  });

  it('is there once beside an owner if it was asked for, and all owners hear who opened it', () => {
    const bench = openedWorld();
    expect(ownerLink(bench).code()).toBeUndefined();
    const link = ownerLink(bench, true);
    expect(openAs(bench, link.code() ?? '', OLGA)).toBe('in_already');
    expect(openAs(bench, link.code() ?? '', ANN)).toBe('joined');
    expect(link.code()).toBeUndefined();
    expect([toldTo(bench, OLGA), toldTo(bench, ANN)]).toEqual([[['came_in', { userId: ANN }]], []]);
  });

  it('makes an owner of whoever has the machine, kept out or not', () => {
    const bench = openedWorld();
    bench.store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
    bench.store.users.setRole(ANN, 'denied');
    const code = ownerLink(bench, true).code() ?? '';
    expect(openAs(bench, code, ANN)).toBe('joined');
    expect(bench.store.users.getUser(ANN)?.role).toBe('owner');
  });

  it('is nothing that an owner can make', () => {
    const bench = openedWorld();
    expect(() => make(bench, { role: 'owner' })).toThrow(expect.objectContaining({ code: 'constraint' }));
  });
});
