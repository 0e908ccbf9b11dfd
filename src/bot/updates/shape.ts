import type { Update } from 'grammy/types';
import { table } from '../../lib/table.ts';

/** The kinds of updates that the bot asks Telegram for. Others may come all the same, from before it asked. */
export const KINDS = [
  'message',
  'edited_message',
  'callback_query',
  'inline_query',
  'my_chat_member',
  'stopped_message_generation',
] as const;

type Shape = (value: unknown) => boolean;

/** Telegram writes UTF-8, in which there is no half of a surrogate pair, and takes none. */
const isText: Shape = (value) => typeof value === 'string' && value.isWellFormed();
const isFlag: Shape = (value) => typeof value === 'boolean';
const isWhole: Shape = (value) => Number.isSafeInteger(value);
/** The year 2100, in seconds. */
const LATEST = 4_102_444_800;
/** 0 of a message that cannot be shown any more. Whose pace is counted by it could not be slowed down by one that is no time. */
const isDate: Shape = (value) => isWhole(value) && (value as number) >= 0 && (value as number) < LATEST;
const isBelowZero: Shape = (value) => isWhole(value) && (value as number) < 0;

const isOneOf =
  (...words: readonly string[]): Shape =>
  (value) =>
    words.includes(value as string);

const isListOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);

const isAll =
  (...shapes: readonly Shape[]): Shape =>
  (value) =>
    shapes.every((shape) => shape(value));

/** What is there has its shape; of what has none here nothing is said. */
const isObject = (needed: Readonly<Record<string, Shape>>, perhaps: Readonly<Record<string, Shape>> = {}): Shape => {
  // Made once: a crowd's updates are looked at by the thousand.
  const [must, may] = [Object.entries(needed), Object.entries(perhaps)];
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const fields = value as Readonly<Record<string, unknown>>;
    return (
      must.every(([name, shape]) => shape(fields[name])) &&
      may.every(([name, shape]) => fields[name] === undefined || shape(fields[name]))
    );
  };
};

/** Of people, groups and channels: none has the number 0. */
const isId: Shape = (value) => isWhole(value) && value !== 0;

const isUser = isObject(
  { id: isId, is_bot: isFlag, first_name: isText },
  { last_name: isText, username: isText, language_code: isText },
);

const isChatAsSuch = isObject(
  { id: isId, type: isOneOf('private', 'group', 'supergroup', 'channel') },
  { title: isText, first_name: isText, last_name: isText, username: isText },
);

/** Ids of people lie above zero, those of everything else below: whose rows they are is told by that. */
const isChat = isAll(isChatAsSuch, (value) => {
  const { id, type } = value as { readonly id: number; readonly type: string };
  return id > 0 === (type === 'private');
});

/** A link behind words has an address. */
const hasAddress: Shape = (value) => {
  const { type, url } = value as { readonly type: unknown; readonly url?: unknown };
  return type !== 'text_link' || isText(url);
};

/** Where it lies in the text is no matter: whoever cuts there gets less. */
const isEntity = isAll(isObject({ type: isText, offset: isWhole, length: isWhole }, { url: isText }), hasAddress);

const isDocument = isObject({ file_id: isText }, { file_name: isText, mime_type: isText, file_size: isWhole });

const SAID = table<Shape>({
  edit_date: isDate,
  text: isText,
  entities: isListOf(isEntity),
  caption: isText,
  caption_entities: isListOf(isEntity),
  document: isDocument,
  from: isUser,
  sender_chat: isChat,
  message_thread_id: isWhole,
  is_topic_message: isFlag,
  migrate_to_chat_id: isBelowZero,
  pinned_message: isObject({ message_id: isWhole }),
});

const BASICS = { message_id: isWhole, chat: isChat } as const;

/** Entities are of a text. */
const isSaid: Shape = (value) => {
  const { text, entities, caption, caption_entities: ofCaption } = value as Readonly<Record<string, unknown>>;
  return (entities === undefined || text !== undefined) && (ofCaption === undefined || caption !== undefined);
};

/** What is replied to has nothing that it replies to itself (Bot API, Message.reply_to_message). */
const isRepliedTo = isAll(isObject(BASICS, SAID), isSaid);
const isMessage = isAll(isObject({ ...BASICS, date: isDate }, { ...SAID, reply_to_message: isRepliedTo }), isSaid);

interface Written {
  readonly chat: { readonly id: number; readonly type: string };
  readonly from?: { readonly id: number };
}

/** In a private chat its person writes and taps, and nobody else. */
const isOwn = ({ chat, from }: Written): boolean =>
  chat.type !== 'private' || from === undefined || from.id === chat.id;

const isTappedByItsPerson: Shape = (value) => {
  const { from, message } = value as { readonly from: Written['from']; readonly message?: Written };
  return message === undefined || isOwn({ chat: message.chat, ...(from && { from }) });
};

const isWritten = isAll(isMessage, (value) => isOwn(value as Written));

const SHAPES: Readonly<Record<(typeof KINDS)[number], Shape>> = {
  message: isWritten,
  edited_message: isWritten,
  callback_query: isAll(
    isObject({ id: isText, from: isUser }, { data: isText, message: isMessage }),
    isTappedByItsPerson,
  ),
  inline_query: isObject({ id: isText, from: isUser, query: isText }, { offset: isText, chat_type: isText }),
  my_chat_member: isAll(
    isObject({ chat: isChat, from: isUser, new_chat_member: isObject({ status: isText }) }),
    (value) => isOwn(value as Written),
  ),
  stopped_message_generation: isObject({ chat: isChat, draft_id: isWhole }),
};

/** A message in a message is the deepest that Telegram sends. SQLite reads JSON to a depth of 1000. */
const DEEPEST = 100;
/**
 * In characters of its JSON, roughly. A text has at most 4096 of them, a hundred entities and a hundred buttons, and there
 * are two such messages in one. All that an update costs, on the disk and in the event loop, grows with it.
 */
const HEAVIEST = 65_536;
/** Quotation marks, a comma, a number. */
const EACH = 8;

/** Whether it is neither deep nor heavy. It is looked at no further than that. */
const isSlight = (update: object): boolean => {
  let left = HEAVIEST;
  const weigh = (value: unknown, depth: number): boolean => {
    left -= typeof value === 'string' ? value.length + EACH : EACH;
    if (left < 0 || typeof value !== 'object' || value === null) return left >= 0;
    if (depth >= DEEPEST) return false;
    // A list has no names that are written.
    if (Array.isArray(value)) return value.every((item) => weigh(item, depth + 1));
    for (const name in value) {
      left -= name.length;
      if (!weigh(value[name as keyof typeof value], depth + 1)) return false;
    }
    return true;
  };
  return weigh(update, 0);
};

/**
 * Whether an update is of a kind that was asked for, and what the bot reads of it is what Telegram's documentation says. The
 * Bot API server, or what stands in the way to it, is another program: what is of another shape is left out at the door, and
 * nothing behind it has to doubt its types.
 */
export const isReadable = (update: unknown): update is Update => {
  if (!isObject({ update_id: isWhole })(update) || !isSlight(update as object)) return false;
  const kind = KINDS.find((name) => name in (update as object));
  return kind !== undefined && SHAPES[kind]((update as Readonly<Record<string, unknown>>)[kind]);
};
