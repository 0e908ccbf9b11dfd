import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  askToBeLetIn,
  decide,
  type Decision,
  makeOwner,
  newcomerOf,
  tellOfAllWhoWait,
} from '../../src/people/newcomers.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestClock } from '../helpers/clock.ts';
import { lendTestStore } from '../helpers/database.ts';

const OWNER = 1;
const ANN = 2;
const GROUP = -3;
const BY = { userId: OWNER, chatId: OWNER };

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubgram-newcomers-'));
  store = lendTestStore(join(folder, 'hubgram.db'), createTestClock());
  const owner = { userId: OWNER, firstName: 'Olga', username: null };
  makeOwner(store, owner, { chatId: OWNER, kind: 'private', title: 'Olga' });
  store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
  store.chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
  store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'The lab' });
  askToBeLetIn(store, { userId: ANN, chatId: ANN, isPrivate: true });
  askToBeLetIn(store, { userId: ANN, chatId: GROUP, isPrivate: false });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const told = (chatId: number): string[] =>
  store.outbox
    .dueNotices('9999-12-31T00:00:00.000Z', 100)
    .filter((notice) => notice.chatId === chatId)
    .map(({ kind }) => kind);

describe.each([
  { who: 'a person', id: ANN },
  { who: 'a group', id: GROUP },
])('what an owner says of $who', ({ id }) => {
  const standing = (): string | undefined => newcomerOf(store, id)?.standing;
  const say = (...decisions: readonly Decision[]): boolean[] =>
    decisions.map((decision) => decide(store, BY, id, decision));

  it.each([
    { says: ['approve'], counts: [true], ends: 'in', hears: ['access_granted'] },
    { says: ['refuse'], counts: [true], ends: 'out', hears: ['access_denied'] },
    { says: ['refuse', 'admit'], counts: [true, true], ends: 'in', hears: ['access_denied', 'access_granted'] },
    { says: ['approve', 'refuse', 'approve'], counts: [true, false, false], ends: 'in', hears: ['access_granted'] },
    { says: ['refuse', 'approve', 'refuse'], counts: [true, false, false], ends: 'out', hears: ['access_denied'] },
    { says: ['admit'], counts: [false], ends: 'waits', hears: [] },
  ] as const)('$says counts as $counts', ({ says, counts, ends, hears }) => {
    expect(say(...says)).toEqual(counts);
    expect([standing(), told(id)]).toEqual([ends, hears]);
  });
});

it('nothing is decided about somebody nobody knows', () => {
  expect([decide(store, BY, 99, 'approve'), told(99)]).toEqual([false, []]);
});

it('a new owner is told of some of a crowd that has asked, and all of it waits', () => {
  for (let id = 100; id < 300; id += 1) store.accessRequests.ask(id);
  tellOfAllWhoWait(store, 9);
  expect(told(9)).toEqual(Array.from({ length: 50 }, () => 'access_request'));
  expect(store.accessRequests.waiting()).toHaveLength(202);
});
