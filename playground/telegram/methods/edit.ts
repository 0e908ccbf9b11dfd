import { isDeepStrictEqual } from 'node:util';
import { findMessage, readChatFor } from './access.ts';
import { badRequest } from '../api-error.ts';
import { readInlineMarkup } from './keyboards.ts';
import { changeMessage, messageJson } from '../world/messages.ts';
import type { Call, Methods } from './method.ts';
import { readLinkPreview, readPhoto } from './send.ts';
import { createArgs } from '../http/arguments.ts';
import { readCaption, readText } from '../text/texts.ts';
import type { InlineKeyboardJson } from '../wire.ts';
import type { Content, Message } from '../world/chat.ts';
import { userById } from '../world/world.ts';

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content ' +
  'and reply markup of the message';

/**
 * The message to edit. Bots may edit their own ones for ever, unless a keyboard below the input field came with them.
 * @throws ApiError 400, 403
 */
const readOwn = ({ world, args }: Call): Message => {
  if (!args.text('chat_id') && !args.int('message_id')) {
    if (!args.text('inline_message_id')) throw badRequest('message identifier is not specified');
    throw badRequest('MESSAGE_ID_INVALID');
  }
  const chat = readChatFor(world, args, 'edit');
  const message = findMessage(chat, args.int('message_id'));
  if (!message) throw badRequest('message to edit not found');
  if (message.from.id !== world.bot.id || message.inputMarkup || message.content.service)
    throw badRequest("message can't be edited");
  return message;
};

const edit = (call: Call, message: Message, content: Content, markup: InlineKeyboardJson | undefined): unknown => {
  if (isDeepStrictEqual(content, message.content) && isDeepStrictEqual(markup, message.markup))
    throw badRequest(NOT_MODIFIED);
  changeMessage(call.world, message, { content, markup });
  return messageJson(message);
};

const isText = (message: Message): boolean => !message.content.document && !message.content.photo;

const editMessageText = (call: Call): unknown => {
  const { world, args } = call;
  const text = readText(args, (id) => userById(world, id));
  const linkPreview = readLinkPreview(args);
  const markup = readInlineMarkup(args);
  const message = readOwn(call);
  if (!isText(message)) throw badRequest('there is no text in the message to edit');
  return edit(call, message, { ...text, ...(linkPreview && { linkPreview }) }, markup);
};

const editMessageCaption = (call: Call): unknown => {
  const { world, args } = call;
  const caption = readCaption(args, (id) => userById(world, id));
  const markup = readInlineMarkup(args);
  const message = readOwn(call);
  if (isText(message)) throw badRequest('there is no caption in the message to edit');
  return edit(call, message, { ...message.content, ...caption }, markup);
};

/** Another photo, or one in place of a text; other kinds of media nobody here sends. */
const editMessageMedia = (call: Call): unknown => {
  const media = call.args.json('media');
  if (typeof media !== 'object' || media === null) throw badRequest('there is no media in the request');
  const args = createArgs({ ...media }, call.args.files);
  if (args.text('type') !== 'photo') throw badRequest('the stand-in takes photos only');
  const content = readPhoto(call, args, 'media');
  const markup = readInlineMarkup(call.args);
  const message = readOwn(call);
  if (message.content.document) throw badRequest("message can't be edited");
  return edit(call, message, content, markup);
};

const editMessageReplyMarkup = (call: Call): unknown => {
  const markup = readInlineMarkup(call.args);
  const message = readOwn(call);
  return edit(call, message, message.content, markup);
};

export const editMethods: Methods = { editMessageText, editMessageCaption, editMessageMedia, editMessageReplyMarkup };
