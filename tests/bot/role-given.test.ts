import { expect, it } from 'vitest';
import { renderNotice } from '../../src/bot/outbox/notice.ts';
import { changeRole } from '../../src/people/changes.ts';
import type { Role } from '../../src/store/people/users.ts';
import { openBench } from '../store/setup.ts';

const OLGA = 1;
const ANN = 2;
const GROUP = -3;

/** What somebody hears whose role was changed so, one change after the other, before anything was sent. */
const heard = (id: number, ...roles: readonly [Role, ...Role[]]): string[] => {
  const { store } = openBench();
  for (const userId of [OLGA, ANN]) store.users.upsertUser({ userId, firstName: 'P', username: null });
  store.users.setRole(OLGA, 'owner');
  store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
  roles.reduce<Role>((seen, to) => {
    expect(changeRole(store, { userId: OLGA, chatId: OLGA }, id, { seen, to })).toBe('changed');
    return to;
  }, 'pending');
  return store.outbox
    .dueNotices('9999-12-31T00:00:00.000Z', 100)
    .flatMap((notice) => renderNotice(store, notice)?.text.text ?? []);
};

it.each([
  [ANN, ['viewer'], /^The owner of this bot let you in to look: .* In this chat of your own you can add nothing until/],
  [ANN, ['member'], /^The owner of this bot let you in\. Try/],
  [ANN, ['denied'], /^The owner of this bot has not let you in/],
  [ANN, ['member', 'owner'], /^You own this bot now/],
  [ANN, ['member', 'viewer'], /^You can look at all that is here from now on/],
  [ANN, ['viewer', 'pending'], /^The owner of this bot has removed you; \/start/],
  [ANN, ['member', 'denied'], /^The owner of this bot keeps you out/],
  [GROUP, ['viewer', 'member'], /^Everybody in this group can add and change/],
  [GROUP, ['member', 'pending'], /^The owner of this bot has removed this group/],
] as const)('somebody hears in one sentence what they may do now: %s %s', (id, roles, sentence) => {
  expect(heard(id, ...(roles as readonly [Role, ...Role[]]))).toEqual([expect.stringMatching(sentence)]);
});

it('what holds no more when it could be told is not told', () => {
  expect(heard(ANN, 'member', 'owner', 'viewer')).toEqual([expect.stringMatching(/^You can look at all that is here/)]);
});
