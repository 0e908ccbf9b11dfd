import type { InlineQueryResultArticle } from 'grammy/types';
import { AppError } from '../../domain/errors.ts';
import type { Hit } from '../../domain/search/hit.ts';
import type { SearchTerms } from '../../domain/search/terms.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { hitWords } from '../ui/hit-words.ts';
import { parseSearch } from './parse.ts';
import { text } from './text.ts';

/** Telegram keeps an answer for so long, for the same person only. */
const CACHE_SECONDS = 60;
/** Of the parameter of a link that opens a chat with a bot (core.telegram.org/bots/features, deep linking). */
const PARAMETER_MOST = 64;

/** A link that offers, in the chat of whoever opens it, to add this. */
const addLink = (username: string, { id }: Hit): string | undefined => {
  const parameter = `add_${Buffer.from(id).toString('base64url')}`;
  return parameter.length > PARAMETER_MOST ? undefined : `https://t.me/${username}?start=${parameter}`;
};

/** Posted, it is a link to the model: where the bot is, it offers to add that; elsewhere a button leads to it. */
const article = (hit: Hit, index: number, username: string, page: string): InlineQueryResultArticle => {
  const link = addLink(username, hit);
  return {
    type: 'article',
    id: String(index),
    title: hit.id,
    description: hitWords(hit).join('\n'),
    input_message_content: { message_text: page, link_preview_options: { is_disabled: true } },
    ...(link === undefined ? {} : { reply_markup: { inline_keyboard: [[{ text: text.addHere, url: link }]] } }),
  };
};

const termsIn = (query: string): SearchTerms | undefined => {
  try {
    return parseSearch(query);
  } catch (error) {
    // An option that is still being typed.
    if (error instanceof AppError) return undefined;
    throw error;
  }
};

/** Answers `@bot llama` in any chat, in the background: whoever types has gone on by then, or has not. */
export const answerInline = async (ctx: Ctx, { finding, log }: Pick<BotDeps, 'finding' | 'log'>): Promise<void> => {
  const { inlineQuery: query, from: person } = ctx;
  const terms = query && termsIn(query.query);
  if (!terms || !person) return;
  const { username } = ctx.me;
  try {
    finding.quick(person.id, terms, async (hits) => {
      const results = hits.map((hit, index) => article(hit, index, username, finding.pageOf(hit)));
      try {
        await ctx.answerInlineQuery(results, { is_personal: true, cache_time: CACHE_SECONDS });
      } catch (error) {
        // Too late: the next letter was typed, or the chat was left.
        log.debug({ err: error }, 'Telegram did not take the answer to an inline query');
      }
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await ctx.answerInlineQuery([], {
      is_personal: true,
      cache_time: 0,
      button: { text: text.tooMany, start_parameter: 'search' },
    });
  }
};
