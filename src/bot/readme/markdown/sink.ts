import type { MessageEntity } from 'grammy/types';

type EntityType = 'bold' | 'italic' | 'underline' | 'strikethrough' | 'blockquote' | 'code';

/** Text with what stands in it, and where it may be divided. */
export interface Laid {
  readonly text: string;
  /** In order; of those that begin at one place the longest first. */
  readonly entities: readonly MessageEntity[];
  /** Where blocks begin: better than elsewhere, best before a heading. */
  readonly breaks: readonly { readonly at: number; readonly isHeading: boolean }[];
}

type Style = { readonly type: EntityType } | { readonly type: 'text_link'; readonly url: string };

/** Takes what stands in a page one after the other, and knows what lies between blocks. */
export interface Sink {
  /** Text as HTML has it: any white space is one space. */
  readonly put: (text: string) => void;
  /** As it is, in a block of its own. */
  readonly putPre: (text: string, language: string | undefined) => void;
  /** What begins a line: a bullet, a box. */
  readonly putMark: (mark: string) => void;
  /** What comes next begins a line of its own (1), or stands after an empty one (2). */
  readonly block: (lines: 1 | 2, isHeading?: boolean) => void;
  readonly lineBreak: () => void;
  readonly open: (tag: string, style: Style | undefined) => void;
  readonly close: (tag: string) => void;
  /** Takes over what another one has taken. */
  readonly putLaid: (laid: Laid) => void;
  readonly end: () => Laid;
}

interface OpenStyle {
  readonly tag: string;
  /** Undefined: it changes nothing. */
  readonly style: Style | undefined;
  /** Where its text begins; -1 before there is some. */
  start: number;
}

/** What a person must not see and cannot: characters that turn the writing around or take no room; controls. */
const UNSEEN = /[\u200b\ufeff\u202a-\u202e\u2066-\u2069]|(?![\n\t])\p{Cc}/gu;
/** Behind these Telegram would find a command of the bot, somebody who is called, or a link into itself: none that others may put here. */
const COMMAND = /(?<![\p{L}\p{N}_/])\/(?=\w)/gu;
const MENTION = /(?<![\p{L}\p{N}_])@(?=\w)/gu;
const INWARD = /\b(tg|ton|tonsite):(?=\/\/)/giu;
/** Takes no room, and is no part of a word (U+2060, word joiner). */
const JOINER = '\u2060';

/** Text that may be shown, on as many lines as it has. */
export const seen = (text: string): string => text.toWellFormed().replace(/\r\n?/g, '\n').replace(UNSEEN, '');

/** The same with nothing in it that a tap would send to a bot, and that calls nobody. */
export const harmless = (text: string): string =>
  seen(text).replace(COMMAND, `/${JOINER}`).replace(MENTION, `@${JOINER}`).replace(INWARD, `$1:${JOINER}`);

/** What has been taken. */
interface Taken {
  readonly parts: string[];
  readonly entities: MessageEntity[];
  readonly breaks: { at: number; isHeading: boolean }[];
  readonly styles: OpenStyle[];
  length: number;
  /** What is to come before the next text. */
  newLines: number;
  isBeforeHeading: boolean;
  hasSpace: boolean;
  /** A bullet stands there: what follows stands behind it, whatever block it is. */
  isBehindMark: boolean;
}

const add = (taken: Taken, text: string): void => {
  taken.parts.push(text);
  taken.length += text.length;
};

/** Ends what a style has so far; it begins anew with the next text. */
const note = (taken: Taken, open: OpenStyle): void => {
  const { start, style } = open;
  if (style && start >= 0 && taken.length > start)
    taken.entities.push({ ...style, offset: start, length: taken.length - start } as MessageEntity);
  open.start = -1;
};

/** Code holds nothing else, and lies in nothing but quotes (Bot API, formatting options). */
const pauseStyles = (taken: Taken, but?: string): void => {
  for (const open of taken.styles) if (open.style?.type !== but) note(taken, open);
};

const beginText = (taken: Taken): void => {
  if (taken.newLines > 0 && taken.length > 0) {
    add(taken, '\n'.repeat(taken.newLines));
    if (taken.newLines > 1) taken.breaks.push({ at: taken.length, isHeading: taken.isBeforeHeading });
  } else if (taken.hasSpace && taken.length > 0 && !taken.isBehindMark) add(taken, ' ');
  Object.assign(taken, { newLines: 0, hasSpace: false, isBeforeHeading: false, isBehindMark: false });
};

const beginBlock = (taken: Taken, lines: 1 | 2, isHeading = false): void => {
  if (taken.isBehindMark) return;
  taken.newLines = Math.max(taken.newLines, lines);
  taken.isBeforeHeading ||= isHeading;
  taken.hasSpace = false;
};

const putText = (taken: Taken, text: string): void => {
  const isAtStart = taken.length === 0 || taken.newLines > 0 || taken.isBehindMark;
  const code = taken.styles.find(({ style }) => style?.type === 'code');
  // In code Telegram finds nothing, and it is copied as it stands there.
  const body = (code ? seen(text) : harmless(text)).replace(/\s+/gu, ' ').trim();
  taken.hasSpace = !isAtStart && (taken.hasSpace || /^\s/u.test(text));
  if (body === '') return;
  beginText(taken);
  for (const open of code ? [code] : taken.styles) if (open.start < 0) open.start = taken.length;
  add(taken, body);
  taken.hasSpace = /\s$/u.test(text);
};

const putPre = (taken: Taken, text: string, language: string | undefined): void => {
  const body = seen(text).replace(/^\n+/u, '').trimEnd();
  if (body === '') return;
  beginBlock(taken, 2);
  beginText(taken);
  pauseStyles(taken);
  const at = { type: 'pre', offset: taken.length, length: body.length } as const;
  taken.entities.push(language === undefined ? at : { ...at, language });
  add(taken, body);
  beginBlock(taken, 2);
};

const openStyle = (taken: Taken, tag: string, style: Style | undefined): void => {
  const { styles } = taken;
  const isInside = (type: Style['type'] | undefined): boolean => styles.some((open) => open.style?.type === type);
  const isCode = style?.type === 'code';
  const isShown = style && !isInside(style.type) && !isInside('code') && !(isCode && isInside('text_link'));
  if (isShown && isCode) pauseStyles(taken, 'blockquote');
  styles.push({ tag, style: isShown ? style : undefined, start: -1 });
};

const closeStyle = (taken: Taken, tag: string): void => {
  const at = taken.styles.findLastIndex((open) => open.tag === tag);
  const [open] = at < 0 ? [] : taken.styles.splice(at, 1);
  if (open) note(taken, open);
};

const putLaid = (taken: Taken, laid: Laid): void => {
  if (laid.text === '') return;
  beginText(taken);
  pauseStyles(taken);
  for (const entity of laid.entities) taken.entities.push({ ...entity, offset: entity.offset + taken.length });
  add(taken, laid.text);
};

/** Has taken nothing yet. */
export const createSink = (): Sink => {
  const taken: Taken = {
    parts: [],
    entities: [],
    breaks: [],
    styles: [],
    length: 0,
    newLines: 0,
    isBeforeHeading: false,
    hasSpace: false,
    isBehindMark: false,
  };
  return {
    put: (text) => putText(taken, text),
    putPre: (text, language) => putPre(taken, text, language),
    putMark: (mark) => {
      beginText(taken);
      add(taken, mark);
      taken.isBehindMark = true;
    },
    block: (lines, isHeading) => beginBlock(taken, lines, isHeading),
    lineBreak: () => {
      if (!taken.isBehindMark && taken.length > 0) taken.newLines = Math.min(taken.newLines + 1, 2);
      taken.hasSpace = false;
    },
    open: (tag, style) => openStyle(taken, tag, style),
    close: (tag) => closeStyle(taken, tag),
    putLaid: (laid) => putLaid(taken, laid),
    end: () => {
      pauseStyles(taken);
      const { parts, entities, breaks } = taken;
      const inOrder = entities.toSorted((left, right) => left.offset - right.offset || right.length - left.length);
      return { text: parts.join(''), entities: inOrder, breaks };
    },
  };
};
