import type { ChatView, DraftView, PersonView } from '../page-wire.ts';
import { chatJson, pageMessage } from '../world/messages.ts';
import type { UserJson } from '../wire.ts';
import type { Chat } from '../world/chat.ts';
import { DRAFT_MS, draftIn } from '../world/drafts.ts';
import type { World } from '../world/world.ts';

export const userView = (user: UserJson): PersonView => ({
  id: user.id,
  firstName: user.first_name,
  lastName: user.last_name,
  username: user.username,
  languageCode: user.language_code,
});

/** A chat as a member sees it: a private one bears the bot's name, not one's own. */
export const chatView = (world: World, chat: Chat, userId: number): ChatView => ({
  id: chat.id,
  type: chat.type,
  title: chat.person ? world.bot.first_name : (chatJson(chat).title ?? ''),
  unread: chat.unread.get(userId) ?? 0,
  lastMessage: chat.lastMessage && pageMessage(chat.lastMessage),
  memberIds: [...chat.members],
  isForum: chat.isForum,
  topics: [...chat.topics.values()].map(({ id, name }) => ({ id, name })),
  blocked: chat.person?.blocked ?? false,
  botStatus: chat.bot,
  migratedTo: chat.migratedTo,
  pinned: [...chat.pinned],
});

/** The chats a person sees, those with the newest message first. */
export const chatsOf = (world: World, userId: number): readonly ChatView[] =>
  [...world.chats.values()]
    .filter((chat) => chat.members.has(userId))
    .toSorted((a, b) => (b.lastMessage?.at ?? 0) - (a.lastMessage?.at ?? 0))
    .map((chat) => chatView(world, chat, userId));

/** What the bot is writing in a chat. */
export const draftView = (world: World, chat: Chat): DraftView | null => {
  const draft = draftIn(world, chat);
  if (!draft) return null;
  const { id, text, canStop, at } = draft;
  return { id, text, canStop, leftMs: at + DRAFT_MS - world.clock.now() };
};
