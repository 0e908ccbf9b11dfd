import { extname } from 'node:path';
import { findMessage, readChatFor } from './access.ts';
import { badRequest } from '../api-error.ts';
import type { Args } from '../http/arguments.ts';
import { isTopicClosed } from '../world/groups.ts';
import { readMarkup } from './keyboards.ts';
import { messageJson, type NewMessage, postMessage } from '../world/messages.ts';
import type { Call, Methods } from './method.ts';
import { readCaption, readText } from '../text/texts.ts';
import { putDraft } from '../world/drafts.ts';
import type { MediaKind, PhotoSizeJson } from '../wire.ts';
import type { Chat, Content, Message } from '../world/chat.ts';
import { userById } from '../world/world.ts';

const PHOTO_LIMIT = 10 * 1024 * 1024;
const ACTIONS = new Set(
  (
    'typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker ' +
    'find_location record_video_note upload_video_note cancel'
  ).split(' '),
);

/** The topic a message goes to. The general one has no id: naming it by 1 is an error (Client.cpp, `GENERAL_MESSAGE_THREAD_ID`). */
export const readThread = (args: Args, chat: Chat): number | undefined => {
  const threadId = args.int('message_thread_id');
  if (!threadId) return undefined;
  if (!chat.topics.has(threadId)) throw badRequest('message thread not found');
  return threadId;
};

/** A reply goes to the topic of what it replies to. */
const checkOpen = (chat: Chat, threadId: number | undefined): void => {
  if (isTopicClosed(chat, threadId) && chat.bot !== 'administrator') throw badRequest('TOPIC_CLOSED');
};

const readReply = (args: Args, chat: Chat): Message | undefined => {
  const parameters = args.json('reply_parameters') as
    | { message_id?: number | string; allow_sending_without_reply?: boolean | string }
    | undefined;
  const id = Number(parameters?.message_id ?? args.int('reply_to_message_id') ?? 0);
  if (id === 0) return undefined;
  const message = findMessage(chat, id);
  const mayBeMissing =
    String(parameters?.allow_sending_without_reply ?? args.flag('allow_sending_without_reply')) === 'true';
  if (!message && !mayBeMissing) throw badRequest('message to be replied not found');
  return message;
};

/** All that the sending methods have in common. */
const readPost = ({ world, args }: Call, content: NewMessage['content'], chat: Chat): NewMessage => {
  const markup = readMarkup(args);
  const replyTo = readReply(args, chat);
  const threadId = readThread(args, chat) ?? replyTo?.threadId;
  checkOpen(chat, threadId);
  return {
    chat,
    from: world.bot,
    content,
    threadId,
    replyTo,
    markup: markup.inline,
    inputMarkup: markup.input,
    silent: args.flag('disable_notification'),
  };
};

/** @throws ApiError 400 */
export const readLinkPreview = (args: Args): object | undefined => {
  const options = args.json('link_preview_options');
  if (options === undefined) return args.flag('disable_web_page_preview') ? { is_disabled: true } : undefined;
  if (typeof options !== 'object' || options === null) throw badRequest('object expected as link preview options');
  return options;
};

const sendMessage = (call: Call): unknown => {
  const { world, args } = call;
  const text = readText(args, (id) => userById(world, id));
  const linkPreview = readLinkPreview(args);
  const chat = readChatFor(world, args, 'send');
  const content = { ...text, ...(linkPreview && { linkPreview }) };
  const message = postMessage(world, readPost(call, content, chat));
  // What was being written has been.
  putDraft(world, chat, undefined);
  return messageJson(message);
};

/** What Telegram makes of a document unless it is told not to look (Bot API, sendDocument, `disable_content_type_detection`). */
const FOUND_KINDS: Readonly<Record<string, MediaKind>> = {
  '.gif': 'animation',
  '.mp3': 'audio',
  '.mp4': 'video',
  '.ogg': 'voice',
  '.webp': 'sticker',
};

const sendDocument = (call: Call): unknown => {
  const { world, args, files } = call;
  const caption = readCaption(args, (id) => userById(world, id));
  const chat = readChatFor(world, args, 'send');
  const file = files.fromCall(args, 'document');
  const kind = args.flag('disable_content_type_detection') ? undefined : FOUND_KINDS[extname(file.name).toLowerCase()];
  const content = kind ? { media: { kind, json: files.mediaJson(file, {}) } } : { document: files.documentJson(file) };
  return messageJson(postMessage(world, readPost(call, { ...caption, ...content }, chat)));
};

/** Width and height of a PNG; other formats count as square, nobody here looks at their pixels. */
const sizeOf = (data: Buffer): Pick<PhotoSizeJson, 'width' | 'height'> =>
  data.length > 24 && data.toString('latin1', 1, 4) === 'PNG'
    ? { width: data.readUInt32BE(16), height: data.readUInt32BE(20) }
    : { width: 320, height: 320 };

/** Bot API, sendPhoto: of both sides together, and of one to the other. */
const SIDES_MOST = 10_000;
const RATIO_MOST = 20;

const checkSides = ({ width, height }: Pick<PhotoSizeJson, 'width' | 'height'>): void => {
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (width + height > SIDES_MOST || !(ratio <= RATIO_MOST)) throw badRequest('PHOTO_INVALID_DIMENSIONS');
};

/** The photo in `field`, with its caption. @throws ApiError 400 */
export const readPhoto = ({ world, files }: Call, args: Args, field: string): Content => {
  const caption = readCaption(args, (id) => userById(world, id));
  const { data, file_id, file_unique_id, file_size } = files.fromCall(args, field);
  if (file_size > PHOTO_LIMIT) throw badRequest('file is too big');
  const sides = sizeOf(data);
  checkSides(sides);
  const photo: readonly PhotoSizeJson[] = [{ file_id, file_unique_id, file_size, ...sides }];
  return { ...caption, photo, ...(args.flag('show_caption_above_media') && { captionAbove: true }) };
};

const sendPhoto = (call: Call): unknown => {
  const { world, args } = call;
  const chat = readChatFor(world, args, 'send');
  return messageJson(postMessage(world, readPost(call, readPhoto(call, args, 'photo'), chat)));
};

const sendChatAction = ({ world, args }: Call): unknown => {
  const action = args.text('action') ?? '';
  if (!ACTIONS.has(action)) throw badRequest('wrong parameter action in request');
  const chat = readChatFor(world, args, 'send');
  checkOpen(chat, readThread(args, chat));
  world.changes.emit({ kind: 'action', chat, action });
  return true;
};

export const sendMethods: Methods = { sendMessage, sendDocument, sendPhoto, sendChatAction };
