import { badRequest } from '../api-error.ts';
import { codePoints } from '../text/code-points.ts';
import { createArgs } from '../http/arguments.ts';
import { readText } from '../text/texts.ts';
import { userById, type World } from '../world/world.ts';
import { readInlineMarkup } from './keyboards.ts';
import type { Call, Methods } from './method.ts';

const MAX_TEXT = 200;

interface Posted {
  readonly message_text?: unknown;
  readonly entities?: unknown;
  readonly parse_mode?: unknown;
}

const answerCallbackQuery = ({ world, args, callbacks }: Call): unknown => {
  const text = args.text('text') || undefined;
  if (text !== undefined && codePoints(text) > MAX_TEXT) throw badRequest('MESSAGE_TOO_LONG');
  const url = args.text('url') || undefined;
  // Bot API, answerCallbackQuery: a link that opens this bot, or a game's.
  const own = new RegExp(`^(https?://)?(t|telegram)\\.me/${world.bot.username}\\?`, 'i');
  if (url !== undefined && !own.test(url)) throw badRequest('URL_INVALID');
  callbacks.answer(args.text('callback_query_id') ?? '', {
    text,
    showAlert: args.flag('show_alert'),
    url,
  });
  return true;
};

/** What a picked result posts, and its buttons, have the limits of any message. @throws ApiError 400 */
const checkPosted = (world: World, result: Readonly<Record<string, unknown>>): void => {
  const { message_text: text, entities, parse_mode: mode } = Object(result['input_message_content']) as Posted;
  if (text) readText(createArgs({ text, entities, parse_mode: mode }), (id) => userById(world, id));
  readInlineMarkup(createArgs({ reply_markup: result['reply_markup'] }));
};

const answerInlineQuery = ({ world, args, inline }: Call): unknown => {
  const results = args.json('results');
  if (!Array.isArray(results)) throw badRequest("can't parse inline query results JSON object");
  for (const result of results as Record<string, unknown>[]) checkPosted(world, result);
  inline.answer(args.text('inline_query_id') ?? '', {
    results: results as Record<string, unknown>[],
    cacheTime: args.int('cache_time') ?? 300,
    isPersonal: args.flag('is_personal'),
    nextOffset: args.text('next_offset') ?? '',
    button: args.json('button') as object | undefined,
  });
  return true;
};

export const callbackMethods: Methods = { answerCallbackQuery, answerInlineQuery };
