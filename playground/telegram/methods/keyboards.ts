import { badRequest } from '../api-error.ts';
import type { Args } from '../http/arguments.ts';
import { codePoints } from '../text/code-points.ts';
import { checkLink } from '../text/links.ts';
import type { ButtonJson, InlineKeyboardJson } from '../wire.ts';

/** tginfo/Telegram-Limits: Telegram itself gives no numbers. Refused rather than cut, so that a test sees it. */
const MAX_BUTTONS = 100;
const MAX_PER_ROW = 8;
const MAX_BYTES = 10_000;
const DATA_BYTES = 64;
const COPY_CHARACTERS = 256;
const STYLES = ['danger', 'success', 'primary'];

export interface Markup {
  readonly inline: InlineKeyboardJson | undefined;
  /** A keyboard below the input field, a forced reply, or the order to remove one. */
  readonly input: object | undefined;
}

const failButton = (what: string): never => {
  throw badRequest(`can't parse inline keyboard button: ${what}`);
};

const checkCopyText = (value: unknown): { copy_text: { text: string } } => {
  const text = (value as { text?: unknown } | null)?.text;
  if (typeof text !== 'string') return failButton('Can\'t find field "text"');
  const length = codePoints(text);
  if (length < 1 || length > COPY_CHARACTERS) throw badRequest('BUTTON_COPY_TEXT_INVALID');
  return { copy_text: { text } };
};

/** What a button does: the first of these that it has, in the order in which Client.cpp looks. */
const actionOf = (button: Readonly<Record<string, unknown>>): Partial<ButtonJson> => {
  const { url, callback_data: data } = button;
  if (typeof url === 'string' && url !== '') {
    const checked = checkLink(url);
    if (checked === undefined) throw badRequest(`inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`);
    return { url: checked };
  }
  if (typeof data === 'string' && data !== '') {
    if (Buffer.byteLength(data) > DATA_BYTES) throw badRequest('BUTTON_DATA_INVALID');
    return { callback_data: data };
  }
  if (button.copy_text !== undefined) return checkCopyText(button.copy_text);
  for (const name of ['switch_inline_query', 'switch_inline_query_current_chat'] as const)
    if (typeof button[name] === 'string') return { [name]: button[name] };
  if (typeof button.disabled === 'object' && button.disabled !== null) return { disabled: button.disabled };
  return failButton('Text buttons are unallowed in the inline keyboard');
};

const parseButton = (value: unknown): ButtonJson => {
  if (typeof value !== 'object' || value === null) return failButton('InlineKeyboardButton must be an Object');
  const button = value as Readonly<Record<string, unknown>>;
  if (typeof button.text !== 'string') return failButton('Can\'t find field "text"');
  if (button.text === '') throw badRequest('inline keyboard button text must be non-empty');
  const { style } = button;
  if (style !== undefined && !(typeof style === 'string' && STYLES.includes(style)))
    throw badRequest('BUTTON_STYLE_INVALID');
  return { text: button.text, ...actionOf(button), ...(typeof style === 'string' && { style }) };
};

const parseInline = (rows: unknown): InlineKeyboardJson | undefined => {
  const wrong = 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays';
  if (!Array.isArray(rows)) throw badRequest(wrong);
  const keyboard = rows.map((row: unknown) => {
    if (!Array.isArray(row)) throw badRequest(wrong);
    return row.map(parseButton);
  });
  const filled = keyboard.filter((row) => row.length > 0);
  if (filled.length === 0) return undefined;
  const markup = { inline_keyboard: filled };
  const tooLong =
    filled.flat().length > MAX_BUTTONS ||
    filled.some((row) => row.length > MAX_PER_ROW) ||
    Buffer.byteLength(JSON.stringify(markup)) > MAX_BYTES;
  if (tooLong) throw badRequest('reply markup is too long');
  return markup;
};

/**
 * The `reply_markup` of a call.
 * @throws ApiError 400 with Telegram's sentence about what is wrong
 */
export const readMarkup = (args: Args): Markup => {
  let value: unknown;
  try {
    value = args.json('reply_markup');
  } catch {
    throw badRequest("can't parse reply keyboard markup JSON object");
  }
  if (value === undefined) return { inline: undefined, input: undefined };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('object expected as reply markup');
  const inline = 'inline_keyboard' in value ? parseInline(value.inline_keyboard) : undefined;
  const input =
    ['keyboard', 'remove_keyboard', 'force_reply'].some((name) => name in value) && !inline ? value : undefined;
  return { inline, input };
};

/** The keyboard for an edit. @throws ApiError 400 for one that cannot be attached later */
export const readInlineMarkup = (args: Args): InlineKeyboardJson | undefined => {
  const { inline, input } = readMarkup(args);
  if (input) throw badRequest('inline keyboard expected');
  return inline;
};
