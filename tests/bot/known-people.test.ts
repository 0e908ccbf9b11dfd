import { expect, it } from 'vitest';
import { createKnownPeople } from '../../src/bot/known-people.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createTestClock } from '../helpers/clock.ts';
import { openLibrary } from '../library/setup.ts';

const ANN = { id: 1001, is_bot: false, first_name: 'Ann' };
const CHAT = { id: ANN.id, type: 'private', first_name: 'Ann' } as const;

const open = () => {
  const clock = createTestClock();
  const store = openLibrary(clock);
  return { clock, store, people: createKnownPeople({ store, clock, log: silentLog }) };
};

it('who writes many messages at once is written down once, and each message counts', () => {
  const { clock, store, people } = open();
  people.keep(ANN, CHAT);
  expect(store.chats.getChat(CHAT.id)).toMatchObject({ messageCount: 1, title: 'Ann' });
  for (let more = 0; more < 10; more += 1) people.keep(ANN, CHAT);
  expect(store.chats.getChat(CHAT.id)?.messageCount).toBe(1);
  clock.pass(999);
  people.keep(ANN, CHAT);
  expect(store.chats.getChat(CHAT.id)?.messageCount).toBe(1);
  clock.pass(1);
  people.keep(ANN, CHAT);
  expect(store.chats.getChat(CHAT.id)?.messageCount).toBe(13);
});

it('who changes their name is known by it at once', () => {
  const { store, people } = open();
  people.keep(ANN, CHAT);
  people.keep({ ...ANN, first_name: 'Anna' }, { ...CHAT, first_name: 'Anna' });
  expect(store.users.getUser(ANN.id)?.firstName).toBe('Anna');
  expect(store.chats.getChat(CHAT.id)?.title).toBe('Anna');
});

it('a chat that nothing could be sent to can be reached again with the first word from there', () => {
  const { store, people } = open();
  people.keep(ANN, CHAT);
  store.chats.setReachable(CHAT.id, false);
  people.keep(ANN, CHAT);
  expect(store.chats.getChat(CHAT.id)?.reachable).toBe(true);
});

it.each([
  ['de', 'de'],
  ['pt-BR', 'pt-BR'],
  ['zh-hans-TW', 'zh-hans-TW'],
  ['', null],
  ['de<b>', null],
  ['x'.repeat(300), null],
])('the language of a person is kept if it is one: %s', (said, kept) => {
  const { store, people } = open();
  people.keep({ ...ANN, language_code: said }, CHAT);
  expect(store.users.getUser(ANN.id)?.languageCode).toBe(kept);
});

it('who changes their language is known by it, and a message that says none takes none away', () => {
  const { store, people } = open();
  people.keep({ ...ANN, language_code: 'de' }, CHAT);
  people.keep({ ...ANN, language_code: 'fr' }, CHAT);
  people.keep({ ...ANN, first_name: 'Anna' }, CHAT);
  expect(store.users.getUser(ANN.id)).toMatchObject({ firstName: 'Anna', languageCode: 'fr' });
});
