import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createKnownPeople } from '../../src/bot/known-people.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createTestClock } from '../helpers/clock.ts';
import { libraryFolder, openLibrary } from '../library/setup.ts';
import { openTroubledStore } from '../store/full-disk.ts';

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

const openTroubled = () => {
  const clock = createTestClock();
  const { store, trouble } = openTroubledStore(join(libraryFolder(), 'hubgram.db'), clock);
  onTestFinished(store.close);
  return { store, trouble, people: createKnownPeople({ store, clock, log: silentLog }) };
};

it('what is said first in a chat is not gone on with before the chat is a row', () => {
  const { store, trouble, people } = openTroubled();
  trouble('SQLITE_BUSY');
  expect(() => people.keep(ANN, CHAT)).toThrow(expect.objectContaining({ code: 'busy' }));
  trouble(undefined);
  people.keep(ANN, CHAT);
  expect(store.chats.getChat(CHAT.id)).toMatchObject({ title: 'Ann' });
});

it('who is new in a chat that is known goes on while the database is busy, and is written down with the next word', () => {
  const { store, trouble, people } = openTroubled();
  store.chats.upsertChat({ chatId: CHAT.id, kind: 'private', title: 'Ann' });
  trouble('SQLITE_BUSY');
  people.keep(ANN, CHAT);
  trouble(undefined);
  people.keep(ANN, CHAT);
  expect(store.users.getUser(ANN.id)).toMatchObject({ firstName: 'Ann' });
});
