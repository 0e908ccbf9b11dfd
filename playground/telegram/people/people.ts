import type { Callbacks } from '../world/callbacks.ts';
import { describeKeyboard } from '../world/changes.ts';
import type { Files } from '../world/files.ts';
import { changeMessage, chatJson, messageJson, postMessage } from '../world/messages.ts';
import { isTopicClosed } from '../world/groups.ts';
import { draftIn, putDraft } from '../world/drafts.ts';
import { isSeenByBot } from '../world/privacy.ts';
import { codePoints } from '../text/code-points.ts';
import type { FormattedText } from '../text/entities.ts';
import { typedText } from '../text/texts.ts';
import type { Updates } from '../updates/updates.ts';
import type { ButtonJson, EntityJson, MediaKind, UserJson } from '../wire.ts';
import { type Chat, type Content, createChat, type Message } from '../world/chat.ts';
import { chatOf, personOf, type World } from '../world/world.ts';

export interface NewUser {
  readonly id: number;
  readonly firstName: string;
  readonly lastName?: string;
  readonly username?: string;
  readonly languageCode?: string;
  /** Has already opened the chat with the bot, so that the bot may write first (false). */
  readonly started?: boolean;
}

export interface SayOptions {
  readonly threadId?: number;
  /** A message id of the same chat. */
  readonly replyTo?: number;
  /** Formatting a person chose; commands, mentions and links are found without it. */
  readonly entities?: readonly EntityJson[];
}

export interface SentDocument {
  readonly name: string;
  readonly data: Buffer | string;
  readonly caption?: string;
  /** Guessed from the name if absent. */
  readonly mime?: string;
  readonly threadId?: number;
  readonly replyTo?: number;
  /** As a picture, or as what can be seen or played. */
  readonly as?: MediaKind | 'photo';
  /** Of what can be played, in seconds. */
  readonly duration?: number;
  readonly title?: string;
  readonly performer?: string;
  /** The same for what is sent together. */
  readonly albumId?: string;
}

/** Where somebody does something. */
export interface Place {
  readonly userId: number;
  readonly chatId: number;
}

interface Parts {
  readonly world: World;
  readonly updates: Updates;
}

export const addPerson = (world: World, user: NewUser): UserJson => {
  if (world.chats.has(user.id)) throw new Error(`There is already a person ${user.id}`);
  const json: UserJson = {
    id: user.id,
    is_bot: false,
    first_name: user.firstName,
    ...(user.lastName !== undefined && { last_name: user.lastName }),
    ...(user.username !== undefined && { username: user.username }),
    language_code: user.languageCode ?? 'en',
  };
  const person = { json, started: user.started ?? false, blocked: false, deactivated: false };
  world.people.set(user.id, person);
  const chat = createChat({ id: user.id, type: 'private', person });
  chat.members.add(user.id);
  world.chats.set(user.id, chat);
  world.changes.emit({ kind: 'chat', chat });
  return json;
};

/** The chat a person acts in, checked as their client would. @throws Error with what is wrong */
export const openChat = (world: World, { userId, chatId }: Place): Chat => {
  const person = personOf(world, userId);
  const chat = chatOf(world, chatId);
  if (!chat.members.has(userId)) throw new Error(`Person ${userId} is not in chat ${chatId}`);
  if (chat.migratedTo !== undefined) throw new Error(`Chat ${chatId} has become ${chat.migratedTo}`);
  if (chat.type === 'private') {
    if (person.blocked) throw new Error(`Person ${userId} has blocked the bot; unblock it first`);
    person.started = true;
  }
  return chat;
};

/** A message that is still there. @throws Error */
export const existing = (chat: Chat, messageId: number): Message => {
  const message = chat.messages.get(messageId);
  if (!message || message.deleted) throw new Error(`There is no message ${messageId} in chat ${chat.id}`);
  return message;
};

const post = (
  parts: Parts,
  place: Place,
  content: Content,
  where: { threadId?: number; replyTo?: number },
): Message => {
  const { world, updates } = parts;
  const chat = openChat(world, place);
  const replyTo = where.replyTo === undefined ? undefined : existing(chat, where.replyTo);
  const threadId = where.threadId ?? replyTo?.threadId;
  if (threadId !== undefined && !chat.topics.has(threadId)) throw new Error(`Chat ${chat.id} has no topic ${threadId}`);
  if (isTopicClosed(chat, threadId) && !chat.admins.has(place.userId))
    throw new Error(`The topic ${threadId ?? 1} is closed`);
  const message = postMessage(world, { chat, from: personOf(world, place.userId).json, content, threadId, replyTo });
  message.knownToBot = isSeenByBot(world, message);
  if (message.knownToBot) updates.add('message', messageJson(message));
  return message;
};

/** Of a text, and of a caption, in characters; Telegram's apps send what is longer as several messages, or not at all. */
const TEXT_MOST = 4096;
const CAPTION_MOST = 1024;

export const say = (parts: Parts, place: Place, text: string, options: SayOptions = {}): Message => {
  const content = typedText(text, options.entities);
  if (content.text === '') throw new Error('A message needs a text');
  if (codePoints(content.text) > TEXT_MOST) throw new Error('A message has at most 4,096 characters');
  return post(parts, place, content, options);
};

const shownAs = (files: Files, file: ReturnType<Files['put']>, document: SentDocument): Content => {
  const { as: kind, duration, title, performer } = document;
  if (kind === undefined) return { document: files.documentJson(file) };
  const { file_id, file_unique_id, file_size } = file;
  // Telegram makes a small one of each photo as well.
  const small = { file_id: `${file_id}s`, file_unique_id: `${file_unique_id}s`, file_size: 1, width: 90, height: 90 };
  if (kind === 'photo') return { photo: [small, { file_id, file_unique_id, file_size, width: 800, height: 800 }] };
  const about = {
    ...(duration !== undefined && { duration }),
    ...(title !== undefined && { title }),
    ...(performer !== undefined && { performer }),
  };
  return { media: { kind, json: files.mediaJson(file, about) } };
};

export const sendDocument = (
  parts: Parts & { readonly files: Files },
  place: Place,
  document: SentDocument,
): Message => {
  const caption: Partial<FormattedText> = document.caption ? typedText(document.caption) : {};
  if (codePoints(caption.text ?? '') > CAPTION_MOST) throw new Error('A caption has at most 1,024 characters');
  const file = parts.files.put(Buffer.from(document.data), document.name, document.mime);
  const album = document.albumId === undefined ? {} : { albumId: document.albumId };
  return post(parts, place, { ...caption, ...album, ...shownAs(parts.files, file, document) }, document);
};

export const editOwn = (parts: Parts, place: Place, messageId: number, text: string): Message => {
  const { world, updates } = parts;
  const message = existing(openChat(world, place), messageId);
  if (message.from.id !== place.userId) throw new Error(`Message ${messageId} was not written by ${place.userId}`);
  changeMessage(world, message, { content: { ...message.content, ...typedText(text) } });
  message.knownToBot = isSeenByBot(world, message);
  if (message.knownToBot) updates.add('edited_message', messageJson(message));
  return message;
};

const findButton = (message: Message, wanted: string): ButtonJson => {
  const buttons = message.markup?.inline_keyboard.flat() ?? [];
  const button =
    buttons.find((candidate) => candidate.callback_data === wanted) ??
    buttons.find((candidate) => candidate.text === wanted);
  const which = `"${wanted}" of message ${message.id}`;
  if (!button) throw new Error(`There is no button ${which}. It has: ${describeKeyboard(message.markup) || 'none'}`);
  if (button.disabled) throw new Error(`The button ${which} is disabled`);
  if (button.callback_data === undefined) throw new Error(`The button ${which} sends nothing to the bot`);
  return button;
};

export interface Press extends Place {
  readonly messageId: number;
  /** Callback data or label. */
  readonly button: string;
  /** Sends `button` as data even if no such button is there: an old keyboard, or a forged one. */
  readonly forged?: boolean;
}

/** Presses a button. @returns the callback query's id */
export const press = (parts: Parts & { readonly callbacks: Callbacks }, what: Press): string => {
  const { world, updates, callbacks } = parts;
  const { userId, chatId, messageId } = what;
  const chat = openChat(world, what);
  const message = what.forged ? chat.messages.get(messageId) : existing(chat, messageId);
  if (!message) throw new Error(`There never was a message ${messageId} in chat ${chatId}`);
  const data = what.forged ? what.button : (findButton(message, what.button).callback_data ?? '');
  const id = callbacks.open({ userId, chatId, messageId, data });
  const { message_id, chat: shownChat } = messageJson(message);
  updates.add('callback_query', {
    id,
    from: personOf(world, userId).json,
    message: message.deleted ? { message_id, chat: shownChat, date: 0 } : messageJson(message),
    chat_instance: String(-3518000000000000000n - BigInt(Math.abs(chat.id))),
    data,
  });
  return id;
};

/** A person stops what the bot is writing. @throws Error if it is writing nothing, or nothing that can be stopped */
export const stopDraft = ({ world, updates }: Parts, place: Place, draftId: number): void => {
  const chat = openChat(world, place);
  const draft = draftIn(world, chat);
  if (draft?.id !== draftId || !draft.canStop)
    throw new Error(`There is no draft ${draftId} to stop in chat ${chat.id}`);
  putDraft(world, chat, { ...draft, canStop: false });
  updates.add('stopped_message_generation', { chat: chatJson(chat), draft_id: draftId });
};
