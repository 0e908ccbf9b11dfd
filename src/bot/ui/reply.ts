/* bot/ui: what features and cards have in common to look at: words, buttons, and what was typed, read. */

import { type Context, InputFile } from 'grammy';
import type { Message } from 'grammy/types';
import { apiFailure } from '../telegram/api-failure.ts';
import { messageParameters, type Rendering } from './text.ts';

/**
 * What a message replies to. In a topic of a group what replies to nobody comes as a reply to the message that has opened the topic
 * (core.telegram.org/api/forum), and is none.
 */
export const repliedTo = ({ msg: message }: Pick<Context, 'msg'>): Message['reply_to_message'] => {
  const replied = message?.reply_to_message;
  return replied?.forum_topic_created ? undefined : replied;
};

/** Where an answer stands. */
const replyFields = ({ msg: message, chat }: Context) => ({
  ...(chat?.type !== 'private' && message
    ? { reply_parameters: { message_id: message.message_id, allow_sending_without_reply: true } }
    : {}),
  ...(message?.is_topic_message && message.message_thread_id !== undefined
    ? { message_thread_id: message.message_thread_id }
    : {}),
});

/**
 * Answers a message in its chat and topic, replying to it in groups, where it must be plain who is meant.
 * Answers are silent only if asked: a person who wrote is waiting.
 */
export const answer = async (ctx: Context, rendering: Rendering): Promise<void> => {
  const { text, look } = messageParameters(rendering);
  await ctx.reply(text, { ...look, ...replyFields(ctx) });
};

/** The same for what takes a while. @returns replaces what it says by what has come of it */
export const answerForNow = async (ctx: Context, rendering: Rendering): Promise<(then: Rendering) => Promise<void>> => {
  const { text, look } = messageParameters(rendering);
  const { chat, message_id: id } = await ctx.reply(text, { ...look, ...replyFields(ctx) });
  return (then) => {
    const { text: now, look: likeThis } = messageParameters(then);
    return change(
      () => ctx.api.editMessageText(chat.id, id, now, likeThis),
      () => answer(ctx, then),
    );
  };
};

/** The same with what stays however long the chat is still: it can be said no second time. */
export const answerForGood = async (
  ctx: Context,
  rendering: Rendering,
  { keepMessage }: { readonly keepMessage: (chatId: number, messageId: number) => void },
): Promise<void> => {
  const { text, look } = messageParameters(rendering);
  const message = await ctx.reply(text, { ...look, ...replyFields(ctx) });
  keepMessage(message.chat.id, message.message_id);
};

/** A file that is sent as an answer. */
export interface SentFile {
  readonly name: string;
  readonly caption: string;
  /** What is in it, as often as it is wanted: a try that failed is made again. */
  readonly pieces: () => AsyncIterable<Uint8Array>;
}

/** The same with a document. */
export const answerWithDocument = async (ctx: Context, { name, caption, pieces }: SentFile): Promise<void> => {
  await ctx.replyWithDocument(new InputFile(() => pieces(), name), { caption, ...replyFields(ctx) });
};

/** What a picture says: a caption stands above it, so that its first line is the first that is read. */
const captionOf = (rendering: Rendering) => {
  const { text, look } = messageParameters(rendering);
  const { entities, link_preview_options: _, ...buttons } = look;
  return { caption: { caption: text, caption_entities: entities, show_caption_above_media: true }, buttons };
};

/** The same with a picture; the text, within the 1,024 characters of a caption, says what it shows. */
export const answerWithPhoto = async (ctx: Context, png: Uint8Array, rendering: Rendering): Promise<void> => {
  const { caption, buttons } = captionOf(rendering);
  await ctx.replyWithPhoto(new InputFile(png, 'picture.png'), { ...caption, ...buttons, ...replyFields(ctx) });
};

const change = async (edit: () => Promise<unknown>, anew: () => Promise<void>): Promise<void> => {
  try {
    await edit();
  } catch (error) {
    const { kind } = apiFailure(error);
    // Deleted, or too old to be changed: what was done is told all the same.
    if (kind === 'message_gone') await anew();
    // A second tap on the same button: the message shows what was wanted.
    else if (kind !== 'unchanged') throw error;
  }
};

/** Replaces what a message with buttons shows, as the answer to a tap on it. */
export const replace = async (ctx: Context, rendering: Rendering): Promise<void> => {
  const { text, look } = messageParameters(rendering);
  await change(
    () => ctx.editMessageText(text, look),
    () => answer(ctx, rendering),
  );
};

/** The same with a picture, whether one stood there before or a text. */
export const replaceWithPhoto = async (ctx: Context, png: Uint8Array, rendering: Rendering): Promise<void> => {
  const { caption, buttons } = captionOf(rendering);
  const media = { type: 'photo', media: new InputFile(png, 'picture.png'), ...caption } as const;
  await change(
    () => ctx.editMessageMedia(media, buttons),
    () => answerWithPhoto(ctx, png, rendering),
  );
};

/** The message that names models, and who wants them. */
export interface Asked {
  readonly chatId: number;
  readonly userId: number;
  readonly threadId: number | null;
  readonly messageId: number;
}

/** Who wrote a message, and where. */
export const askedBy = ({
  chat,
  from: person,
  msg: message,
}: Pick<Context, 'chat' | 'from' | 'msg'>): Asked | undefined =>
  chat && person && message
    ? {
        chatId: chat.id,
        userId: person.id,
        threadId: message.is_topic_message ? (message.message_thread_id ?? null) : null,
        messageId: message.message_id,
      }
    : undefined;
