import { formatRepoRef, findHubLink, parseRepoRef } from '../../domain/repo.ts';
import type { Ctx } from '../context.ts';
import { actionButton } from '../ui/buttons.ts';
import { messageParameters, plain } from '../ui/text.ts';
import type { AddDeps } from './request.ts';
import { text } from './text.ts';

const NOW = 0;
const LATER = 1;

/** Telegram allows letters, digits, `_` and `-` only: the reference comes as base64url. */
const DEEP_LINK = /^\/start(?:@\w+)?\s+add_([\w-]+)$/i;

/** What a message links to, a pasted address or a link that opens this chat (`t.me/<bot>?start=add_…`). */
export const linkIn = (message: string, deps: Pick<AddDeps, 'hubHosts'>): string | undefined => {
  const deepLink = DEEP_LINK.exec(message.trim())?.[1];
  if (deepLink !== undefined) return Buffer.from(deepLink, 'base64url').toString('utf8');
  return message.startsWith('/') ? undefined : findHubLink(message, deps.hubHosts);
};

/**
 * Offers to add what a link names: whoever opens one did not write it. The offer replies to the link: a tap reads it
 * there again.
 * @throws AppError validation: it names no repository
 */
export const offerLink = async (ctx: Ctx, deps: AddDeps, link: string): Promise<void> => {
  const message = ctx.msg;
  if (!message) return;
  const ref = formatRepoRef(parseRepoRef(link, deps.hubHosts));
  const offer = messageParameters({
    text: plain(text.offer(ref)),
    keyboard: {
      inline_keyboard: [
        [
          actionButton('Add now', 'link', `${message.message_id}:${NOW}`, 'primary'),
          actionButton('Add for later', 'link', `${message.message_id}:${LATER}`),
        ],
      ],
    },
  });
  await ctx.reply(offer.text, {
    entities: offer.entities,
    ...offer.options,
    reply_parameters: { message_id: message.message_id },
  });
};

/** A tap on an offer: its message becomes the card. */
export const takeLink = async (ctx: Ctx, deps: AddDeps, choice: number): Promise<void> => {
  const { chat, from: person } = ctx;
  const offer = ctx.callbackQuery?.message;
  const original = offer && 'reply_to_message' in offer ? offer.reply_to_message : undefined;
  const link = original?.text === undefined ? undefined : linkIn(original.text, deps);
  if (!chat || !person || !offer || !original || link === undefined) {
    await ctx.answerCallbackQuery({ text: text.linkGone });
    return;
  }
  const request = deps.adding.request({
    chatId: chat.id,
    userId: person.id,
    threadId: original.is_topic_message ? (original.message_thread_id ?? null) : null,
    messageId: original.message_id,
    ref: link,
    options: { when: choice === LATER ? 'later' : 'now' },
  });
  if (request.cardMessageId === null) deps.store.addRequests.setAddRequestCard(request.id, offer.message_id);
  deps.board.poke();
  await ctx.answerCallbackQuery();
};
