/** Updates of every kind, of one person in one place. */
import type { Dice } from '../../tests/helpers/dice.ts';
import { bend, often, pick } from './bend.ts';
import { ANONYMOUS_ADMIN, type Button, KNOWN, type Place, STRANGERS } from './scene.ts';
import { typed } from './words.ts';

export interface Made {
  readonly kind: string;
  readonly body: object;
}

/** What has been seen so far. */
export interface Seen {
  readonly serial: () => number;
  /** Messages of the bot with buttons. */
  readonly buttons: readonly Button[];
}

const DATE = 1_800_000_000;

const person = (id: number): object =>
  id === ANONYMOUS_ADMIN
    ? { id, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
    : { id, is_bot: false, first_name: `Person ${id}`, language_code: 'en' };

const typeOf = (chatId: number): string => {
  if (chatId > 0) return 'private';
  if (chatId === -1_001_000_000_009) return 'channel';
  return chatId > -1_000_000_000_000 ? 'group' : 'supergroup';
};

export const chatOf = (id: number): object => ({
  id,
  type: typeOf(id),
  title: `Group ${id}`,
  first_name: `Person ${id}`,
});

const ENTITIES = [
  'bot_command',
  'url',
  'text_link',
  'mention',
  'text_mention',
  'custom_emoji',
  'pre',
  'spoiler',
  'unknown',
];

/** Many lie outside of the text, or over each other. */
const entities = (dice: Dice, text: string): object[] => {
  const command = /^\/\S+/.exec(text)?.[0];
  const right = command ? [{ type: 'bot_command', offset: 0, length: command.length }] : [];
  if (!often(dice, 4)) return right;
  const odd = Array.from({ length: dice(6) }, () => ({
    type: pick(dice, ENTITIES),
    offset: dice(text.length + 20) - 5,
    length: dice(text.length + 5000) - 2,
    url: pick(dice, ['https://huggingface.co/gpt2', 'javascript:alert(1)', 'tg://user?id=1', 'https://', '']),
    user: person(3001),
  }));
  return often(dice, 2) ? [...right, ...odd] : [...odd, ...right];
};

const SERVICES: readonly object[] = [
  { new_chat_members: [{ id: 5, is_bot: false, first_name: 'x' }] },
  { left_chat_member: { id: 5, is_bot: false, first_name: 'x' } },
  { group_chat_created: true },
  { forum_topic_created: { name: 'x', icon_color: 1 } },
  { forum_topic_reopened: {} },
  { general_forum_topic_unhidden: {} },
  { pinned_message: { message_id: 1, date: 0, chat: { id: 1, type: 'private' } } },
  { users_shared: { request_id: 1, users: [{ user_id: 1001 }] } },
  { write_access_allowed: {} },
  { video_chat_ended: { duration: 1 } },
  { migrate_from_chat_id: -4005 },
  { successful_payment: { currency: 'XTR', total_amount: 1, invoice_payload: 'x' } },
  { web_app_data: { data: '/add gpt2', button_text: 'x' } },
];

const content = (dice: Dice): object => {
  const kind = dice(12);
  const text = typed(dice);
  if (kind < 9) return { text, entities: entities(dice, text) };
  if (kind === 9) return pick(dice, SERVICES);
  const said = often(dice, 3) ? `/keep ${text}` : text;
  const caption = { caption: said.slice(0, 1024), caption_entities: entities(dice, said) };
  const uniqueId = pick(dice, ['x', 'AgADx', '../x', 'x'.repeat(300), '']);
  const file = { file_id: 'x', file_unique_id: uniqueId, file_size: pick(dice, [1, 2 ** 40, -1, 0.5]) };
  const album = often(dice, 3) ? { media_group_id: String(dice(5)) } : {};
  const played = {
    ...file,
    duration: pick(dice, [0, 61, -1, 1e300]),
    mime_type: 'x/y',
    file_name: pick(dice, ['', 'CON', 'a/b']),
  };
  if (kind === 10)
    return {
      ...caption,
      ...album,
      document: { ...file, file_name: '../../x\u{202E}gpj.exe', mime_type: 'text/plain' },
    };
  return pick(dice, [
    { ...caption, ...album, photo: [{ ...file, width: 1, height: 1 }] },
    { ...caption, ...album, video: { ...played, width: 1, height: 1 } },
    { ...caption, audio: { ...played, title: 'x\u{202E}'.repeat(999), performer: '\u{D800}' } },
    { ...caption, voice: played },
    { ...caption, animation: played, document: file },
    { video_note: { ...played, length: 1 } },
    { sticker: { ...file, type: 'regular', width: 1, height: 1, is_animated: false, is_video: false } },
    { poll: { id: '1', question: 'x', options: [] } },
    { location: { latitude: 0, longitude: 0 } },
    { contact: { phone_number: '1', first_name: 'x', user_id: 1001 } },
    { dice: { emoji: '🎲', value: 1 } },
    { story: { id: 1, chat: { id: 1, type: 'private' } } },
    {},
  ]);
};

const surroundings = (dice: Dice, { chatId }: Place, seen: Seen): object => {
  if (often(dice, 2)) return {};
  const button = seen.buttons.length > 0 ? pick(dice, seen.buttons) : undefined;
  return pick(dice, [
    { reply_to_message: { message_id: dice(200), date: DATE, chat: chatOf(chatId), text: 'x' } },
    { reply_to_message: { message_id: button?.messageId ?? 1, date: DATE, chat: chatOf(chatId), text: 'x' } },
    { message_thread_id: dice(300), is_topic_message: true },
    { forward_origin: { type: 'hidden_user', sender_user_name: 'Person 1001', date: DATE } },
    { forward_origin: { type: 'user', sender_user: person(1001), date: DATE }, forward_from: person(1001) },
    { via_bot: { id: 7, is_bot: true, first_name: 'x', username: 'x_bot' } },
    {
      external_reply: { origin: { type: 'user', sender_user: person(1001), date: DATE } },
      quote: { text: 'x', position: 0 },
    },
    { sender_chat: chatOf(-1_001_000_000_009), author_signature: 'Person 1001' },
    { is_automatic_forward: true, has_protected_content: true, media_group_id: '1', edit_date: DATE },
    { business_connection_id: 'x', sender_business_bot: { id: 7, is_bot: true, first_name: 'x' } },
  ]);
};

const message = (dice: Dice, place: Place, seen: Seen): object => ({
  message_id: often(dice, 20) ? dice(100) : 1_000_000 + seen.serial(),
  from: person(place.userId),
  chat: chatOf(place.chatId),
  date: DATE,
  ...(place.userId === ANONYMOUS_ADMIN ? { sender_chat: chatOf(place.chatId) } : {}),
  ...content(dice),
  ...surroundings(dice, place, seen),
});

/** A command line, as it is. */
export const say = (dice: Dice, place: Place, serial: () => number): Made => {
  const text = typed(dice);
  const command = /^\/\S+/.exec(text)?.[0];
  return {
    kind: 'message',
    body: {
      message_id: 1_000_000 + serial(),
      from: person(place.userId),
      chat: chatOf(place.chatId),
      date: DATE,
      ...(place.userId === ANONYMOUS_ADMIN ? { sender_chat: chatOf(place.chatId) } : {}),
      text,
      entities: command ? [{ type: 'bot_command', offset: 0, length: command.length }] : [],
    },
  };
};

const member = (dice: Dice, { userId, chatId }: Place): object => ({
  chat: chatOf(chatId),
  from: person(userId),
  date: DATE,
  old_chat_member: { user: person(4_200_000_001), status: 'member' },
  new_chat_member: {
    user: person(4_200_000_001),
    status: pick(dice, ['member', 'member', 'administrator', 'kicked', 'left', 'restricted', 'x']),
  },
});

const NEWCOMERS = [1, 999_999_999_999, 2 ** 52, -1, -(2 ** 52), -1_009_999_999_999, 777_000];

/** Somebody who was never seen before, at the edges of what ids may be. */
const newcomer = (dice: Dice): Place => {
  const chatId = pick(dice, [...NEWCOMERS, 6000 + dice(5000), -6000 - dice(5000)]);
  return { userId: Math.abs(KNOWN.has(chatId) ? 6000 : chatId) || 1, chatId };
};

/** What Telegram tells when a group becomes a supergroup; never of a private chat, which people might try all the same. */
const migration = (dice: Dice, place: Place, seen: Seen): object => ({
  message_id: seen.serial(),
  from: person(place.userId),
  chat: chatOf(place.chatId),
  date: DATE,
  migrate_to_chat_id: pick(dice, [...KNOWN, -1_001_000_009_999]),
});

type Make = (dice: Dice, place: Place, seen: Seen) => object;

const query: Make = (dice, { userId }) => ({
  id: '1',
  from: person(userId),
  query: typed(dice).slice(0, 256),
  offset: '',
  result_id: '1',
  inline_message_id: 'x',
});

const OTHERS: Readonly<Record<string, Make>> = {
  edited_message: message,
  channel_post: message,
  edited_channel_post: message,
  business_message: message,
  inline_query: query,
  chosen_inline_result: query,
  chat_member: member,
  chat_join_request: (_dice, { userId, chatId }) => ({
    chat: chatOf(chatId),
    from: person(userId),
    user_chat_id: userId,
    date: DATE,
  }),
  message_reaction: (dice, { userId, chatId }) => ({
    chat: chatOf(chatId),
    user: person(userId),
    message_id: dice(100),
    date: DATE,
    old_reaction: [],
    new_reaction: [],
  }),
  poll: () => ({ id: '1', question: 'x', options: [] }),
  poll_answer: (_dice, { userId }) => ({ poll_id: '1', user: person(userId), option_ids: [0] }),
  pre_checkout_query: query,
  deleted_business_messages: (_dice, { chatId }) => ({
    business_connection_id: 'x',
    chat: chatOf(chatId),
    message_ids: [1],
  }),
  managed_bot_created_2030: () => ({ x: 1 }),
  __proto__x: () => ({}),
};

/** One that comes as a message, or as something that the bot has not asked for. */
export const makeOther = (dice: Dice, place: Place, seen: Seen): Made => {
  const who = STRANGERS.includes(place.userId as 3001) && often(dice, 10) ? newcomer(dice) : place;
  const isBent = often(dice, 3);
  const done = (kind: string, body: object): Made => ({ kind, body: isBent ? bend(dice, body) : body });
  const kind = dice(20);
  if (kind === 0) {
    const other = pick(dice, Object.keys(OTHERS));
    return done(other, (OTHERS[other] ?? query)(dice, who, seen));
  }
  // Of a group's membership an administrator decides: whoever may do nothing there sends no such thing.
  if (kind === 1 && who.chatId > 0) return done('my_chat_member', member(dice, who));
  if (kind === 2 && who.chatId > 0) return done('message', migration(dice, who, seen));
  return done('message', message(dice, who, seen));
};
