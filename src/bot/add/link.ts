import type { MessageEntity } from 'grammy/types';
import { findHubLinks, findHubPage, findSpace, formatRepoRef, parseRepoRef } from '../../domain/repo/repo.ts';
import { distinctRefs } from '../../domain/repo/repo-list.ts';
import { findWebAddresses } from '../../domain/repo/web-file.ts';
import type { Ctx } from '../context.ts';
import { linkOffer, readChoice } from '../ui/link-offer.ts';
import { answer } from '../ui/reply.ts';
import { messageParameters, plain } from '../ui/text.ts';
import { type AddDeps, MODELS_MOST } from './request.ts';
import { text } from './text.ts';

/** Telegram allows letters, digits, `_` and `-` only: the reference comes as base64url. */
const DEEP_LINK = /^\/start(?:@\w+)?\s+add_([\w-]+)$/i;

/** The parts of a message in which links may stand. */
export interface Linking {
  readonly text?: string;
  readonly entities?: readonly MessageEntity[];
  readonly caption?: string;
  readonly caption_entities?: readonly MessageEntity[];
}

/** A link may hide behind words. */
const hidden = (entities: readonly MessageEntity[] = []): string[] =>
  entities.flatMap((entity) => (entity.type === 'text_link' ? [entity.url] : []));

/** All of a message in which addresses may stand. */
export const textWithLinks = (message: Linking): string =>
  [message.text ?? message.caption ?? '', ...hidden(message.entities), ...hidden(message.caption_entities)].join('\n');

/** What a message links to, pasted addresses or a link that opens this chat (`t.me/<bot>?start=add_…`). */
export const linksIn = (message: Linking, { hubHosts }: Pick<AddDeps, 'hubHosts'>): string[] => {
  const shown = message.text ?? message.caption ?? '';
  const deepLink = DEEP_LINK.exec(shown.trim())?.[1];
  if (deepLink !== undefined) return [Buffer.from(deepLink, 'base64url').toString('utf8')];
  if (shown.startsWith('/')) return [];
  return distinctRefs(findHubLinks(textWithLinks(message), hubHosts), hubHosts);
};

/**
 * All that a message links to and that is offered: repositories, then files on the web and torrents, which people also talk of
 * without meaning the bot.
 */
export const offeredIn = (message: Linking, deps: Pick<AddDeps, 'hubHosts'>, isMeant: boolean): string[] => {
  const shown = message.text ?? message.caption ?? '';
  const refs = linksIn(message, deps).map((link) => formatRepoRef(parseRepoRef(link, deps.hubHosts)));
  if (!isMeant || shown.startsWith('/')) return refs;
  return [...refs, ...findWebAddresses(textWithLinks(message), deps.hubHosts).addresses];
};

/** Why an address in a message is not that of a file, in a sentence. */
export const webRefusalIn = (message: Linking, { hubHosts }: Pick<AddDeps, 'hubHosts'>): string | undefined =>
  findWebAddresses(textWithLinks(message), hubHosts).refusal;

/** The Space that a message links to, as it stands there. */
export const spaceLinkIn = (message: Linking, { hubHosts }: Pick<AddDeps, 'hubHosts'>): string | undefined =>
  findSpace([message.text ?? message.caption ?? '', ...hidden(message.entities)].join('\n'), hubHosts);

/** What a message links to, if that is a page of the Hub and no repository, in a sentence. */
export const pageIn = (message: Linking, { hubHosts }: Pick<AddDeps, 'hubHosts'>): string | undefined =>
  findHubPage([message.text ?? message.caption ?? '', ...hidden(message.entities)].join('\n'), hubHosts);

const offerOne = async (ctx: Ctx, { store }: AddDeps, messageId: number, ref: string): Promise<void> => {
  const { text, look } = messageParameters(linkOffer(store, ctx.chat?.id ?? 0, { messageId, index: 0, ref }));
  await ctx.reply(text, { ...look, reply_parameters: { message_id: messageId } });
};

/**
 * Offers to add what links name, one by one. Several are sent as notices are: so many at once are more than a chat may get
 * in a second, and none of them may be lost.
 */
export const offerLinks = async (ctx: Ctx, deps: AddDeps, refs: readonly string[]): Promise<void> => {
  const { msg: message, chat } = ctx;
  if (!message || !chat) return;
  const [first] = refs;
  const messageId = message.message_id;
  if (first !== undefined && refs.length === 1) {
    await offerOne(ctx, deps, messageId, first);
    return;
  }
  const threadId = message.is_topic_message ? message.message_thread_id : undefined;
  for (const [index, ref] of refs.slice(0, MODELS_MOST).entries()) {
    const payload = { messageId, index, ref, ...(threadId === undefined ? {} : { threadId }) };
    deps.store.outbox.addNotice({ chatId: chat.id, kind: 'link_offer', payload });
  }
  if (refs.length > MODELS_MOST) await answer(ctx, { text: plain(text.tooManyLinks(MODELS_MOST, refs.length)) });
};

/** A tap on an offer: its message becomes the card. */
export const takeLink = async (ctx: Ctx, deps: AddDeps, choice: number): Promise<void> => {
  const { chat, from: person } = ctx;
  const offer = ctx.callbackQuery?.message;
  const original = offer && 'reply_to_message' in offer ? offer.reply_to_message : undefined;
  const { index, when } = readChoice(choice);
  // What was offered is meant, whoever else read it.
  const link = original && offeredIn(original, deps, true)[index];
  if (!chat || !person || !offer || !original || link === undefined) {
    await ctx.answerCallbackQuery({ text: text.linkGone });
    return;
  }
  const request = deps.adding.request({
    chatId: chat.id,
    userId: person.id,
    threadId: original.is_topic_message ? (original.message_thread_id ?? null) : null,
    // One message asks for one model; of several links in it, each further one is asked for by its offer.
    messageId: index === 0 ? original.message_id : offer.message_id,
    ref: link,
    options: { when },
  });
  if (request.cardMessageId === null) deps.store.addRequests.setAddRequestCard(request.id, offer.message_id);
  await ctx.answerCallbackQuery();
};
