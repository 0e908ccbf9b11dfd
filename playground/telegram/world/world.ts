import type { WallClock } from '../../../src/lib/clock.ts';
import { type Changes, createChanges } from './changes.ts';
import type { Chat, Person } from './chat.ts';
import type { UserJson } from '../wire.ts';

/** Everything the stand-in knows. Its parts are changed by the files that own the verbs (messages, people, groups). */
export interface World {
  readonly bot: UserJson;
  readonly clock: WallClock;
  readonly changes: Changes;
  readonly people: Map<number, Person>;
  readonly chats: Map<number, Chat>;
  readonly privacyMode: boolean;
  /** Private chats and basic groups count their messages together, per account; supergroups count for themselves. */
  nextMessageId: number;
  readonly firstId: number;
  readonly supergroupMessageIds: Map<number, number>;
}

export const createWorld = (options: {
  bot: UserJson;
  clock: WallClock;
  privacyMode: boolean;
  firstId: number;
}): World => ({
  ...options,
  changes: createChanges(),
  people: new Map(),
  chats: new Map(),
  nextMessageId: 9 + options.firstId,
  supergroupMessageIds: new Map(),
});

/** A person or the bot itself. */
export const userById = (world: World, userId: number): UserJson | undefined =>
  userId === world.bot.id ? world.bot : world.people.get(userId)?.json;

/** @throws Error for a person nobody has added: a mistake in the test or the page, not the bot's */
export const personOf = (world: World, userId: number): Person => {
  const person = world.people.get(userId);
  if (!person)
    throw new Error(`There is no person ${userId}; addUser first. Known: ${[...world.people.keys()].join(', ')}`);
  return person;
};

/** @throws Error for a chat nobody has added */
export const chatOf = (world: World, chatId: number): Chat => {
  const chat = world.chats.get(chatId);
  if (!chat) throw new Error(`There is no chat ${chatId}. Known: ${[...world.chats.keys()].join(', ')}`);
  return chat;
};
