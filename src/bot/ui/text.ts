import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types';
import { thousands } from '../../lib/text/numbers.ts';
import { isolated } from '../../lib/text/isolated.ts';
import { cutBefore, shorten } from '../../lib/text/shorten.ts';

export { shorten };

/** Takes no room, and is no part of a word (U+2060, word joiner). */
const JOINER = '\u2060';
/** What Telegram makes a command, a mention, a tag or a link into itself of (tdlib, MessageEntity.cpp: before a command alone, / < > keep it from that). */
const TAPPED =
  /(?<![\p{L}\p{N}_/<>])\/(?=\w)|(?<![\p{L}\p{N}_])[@#$](?=[\p{L}\p{N}_])|\b(?:tg|ton|tonsite):(?=\/\/)/giu;

/**
 * Text of somebody else, in which nothing calls anybody, and nothing is a command when it is tapped: Telegram makes mentions, commands and
 * tags of what looks like one, in any message. A sign without width behind the first one keeps it from that.
 */
export const untapped = (text: string): string => text.replace(TAPPED, `$&${JOINER}`);

/**
 * A foreign name, cut for a place where little room is, on one line and leaving its direction as it is; it calls nobody, and is no command.
 * One of which nothing can be seen is `…`: Telegram takes no button without a text.
 * @param limit as in `shorten`
 */
export const foreign = (name: string, limit: number): string => {
  const shown = untapped(isolated(shorten(name.replace(/\s+/gu, ' '), limit)));
  return shown.trim() === '' ? '…' : shown;
};

/** What a message shows: text with entities, and the buttons under it. */
export interface Rendering {
  readonly text: FormattedString;
  readonly keyboard?: InlineKeyboardMarkup;
  /** A file of this machine that the message brings along; then the text is as short as a caption has to be. */
  readonly document?: { readonly path: string; readonly name: string };
}

type Piece = FormattedString | string;

/** Telegram's limit for a message, in characters after parsing (Bot API, sendMessage). */
const MESSAGE_LIMIT = 4096;
const LINE_MOST = 200;

/** Joins the lines that are there; `undefined`, `false` and '' leave no gap. */
export const lines = (...pieces: readonly (Piece | undefined | false)[]): FormattedString =>
  FormattedString.join(
    pieces.filter((piece) => piece !== undefined && piece !== false && String(piece) !== '') as Piece[],
    '\n',
  );

/** Plain text as a FormattedString. */
export const plain = (text: string): FormattedString => new FormattedString(text);

/** A count with its noun: `1 file`, `2 files`. */
export const count = (amount: number, noun: string): string => `${thousands(amount)} ${noun}${amount === 1 ? '' : 's'}`;

/** A progress bar of `width` cells; full only when everything is there. */
export const bar = (fraction: number, width = 14): string => {
  const share = Math.min(1, Math.max(0, fraction));
  const filled = share >= 1 ? width : Math.min(width - 1, Math.floor(share * width));
  return '█'.repeat(filled) + '░'.repeat(width - filled);
};

/** Whole percent, 100 only when everything is there. */
export const percent = (ready: number, total: number): number => {
  if (total <= 0) return 100;
  return ready >= total ? 100 : Math.min(99, Math.floor((ready / total) * 100));
};

/** Of what says the same in fewer and fewer words the first that a message has room for, with a line beside it; if none has, the last. */
export const firstThatFits = (
  ...forms: readonly [() => FormattedString, ...(() => FormattedString)[]]
): FormattedString => {
  const [form, ...shorter] = forms;
  const said = form();
  const [next, ...others] = shorter;
  return next === undefined || said.text.length <= MESSAGE_LIMIT - LINE_MOST ? said : firstThatFits(next, ...others);
};

/** Cuts what Telegram would refuse, at the end. */
const cut = (text: FormattedString): FormattedString =>
  text.text.length <= MESSAGE_LIMIT
    ? text
    : FormattedString.join([text.slice(0, cutBefore(text.text, MESSAGE_LIMIT - 1)), '…']);

interface Look {
  readonly entities: FormattedString['entities'];
  readonly link_preview_options: { readonly is_disabled: boolean };
  readonly reply_markup?: InlineKeyboardMarkup;
}

/**
 * The parameters of sendMessage and editMessageText for a rendering: its text, cut to what Telegram takes, and how it looks:
 * entities instead of markup, its buttons, no link previews.
 */
export const messageParameters = (rendering: Rendering): { readonly text: string; readonly look: Look } => {
  const { text, entities } = cut(rendering.text);
  const { keyboard } = rendering;
  const look = { entities, link_preview_options: { is_disabled: true } };
  return { text, look: { ...look, ...(keyboard ? { reply_markup: keyboard } : {}) } };
};

/** Telegram's limit for the text behind a copy button (Bot API, CopyTextButton). */
const COPY_LIMIT = 256;

/** A button that copies a text; none if Telegram would refuse it, being empty or too long. */
export const copyButton = (label: string, text: string): InlineKeyboardButton[] =>
  text !== '' && Array.from(text).length <= COPY_LIMIT ? [{ text: label, copy_text: { text } }] : [];
