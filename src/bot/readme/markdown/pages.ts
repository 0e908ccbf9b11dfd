/* bot/readme/markdown: Markdown of anybody's making to pages of text with entities, in a process; nothing in it is run or loaded. */

import type { MessageEntity } from 'grammy/types';
import { cutBefore } from '../../../lib/text/shorten.ts';
import { harmless, type Laid } from './sink.ts';

/** What one message shows of a text. */
export interface TextPage {
  readonly text: string;
  readonly entities: readonly MessageEntity[];
}

/** Of 4096 units and 100 entities (Bot API, sendMessage); the rest is for what stands above and below. */
const UNITS_MOST = 3200;
const ENTITIES_MOST = 85;
/** Of some 9,500 that all entities of a message may have, addresses and all (tdlib/telegram-bot-api#165: ENTITIES_TOO_LONG). */
const ENTITY_BYTES_MOST = 7500;
/** Of each, beside its address: what it is, and where. */
const ENTITY_BYTES = 16;
/** A megabyte of plain text. */
const PAGES_MOST = 400;
/** What people see as one character, in units: flags and families have a dozen. */
const CHARACTER_MOST = 100;

const lastBefore = (text: string, what: string, { from, to }: { readonly from: number; readonly to: number }): number =>
  text.slice(from, to).lastIndexOf(what) + from;

/** An address has no letters but those of ASCII. */
const bytesOf = (entity: MessageEntity): number => ENTITY_BYTES + ('url' in entity ? entity.url.length : 0);

/** Text that stands in no markup, or in one that nobody can read in time. */
export const asPlain = (text: string): Laid => ({ text: harmless(text).trim(), entities: [], breaks: [] });

/**
 * Divides a text into pages: before a heading where that leaves no page half empty, before a block, a line or a word, and where there is none of
 * these, anywhere but within a character.
 * @returns isWhole false: there is more than anybody turns
 */
export const pagesOf = (laid: Laid): { readonly pages: readonly TextPage[]; readonly isWhole: boolean } => {
  const { text, entities, breaks } = laid;
  const pages: TextPage[] = [];
  let start = 0;
  let nextEntity = 0;
  let nextBreak = 0;
  let open: readonly MessageEntity[] = [];

  /** So far, and no further: the limit of units, or the entity that would be one too many, or too long with all before it. */
  const farthest = (): number => {
    const most = Math.min(text.length, start + UNITS_MOST);
    let bytes = open.reduce((sum, entity) => sum + bytesOf(entity), 0);
    for (let at = nextEntity; ; at += 1) {
      const entity = entities[at];
      if (!entity || entity.offset >= most) return most;
      bytes += bytesOf(entity);
      const isTooMuch = open.length + at - nextEntity >= ENTITIES_MOST || bytes > ENTITY_BYTES_MOST;
      if (isTooMuch) return Math.max(entity.offset, start + 1);
    }
  };

  const divide = (most: number): number => {
    if (most === text.length) return most;
    const half = start + (most - start) / 2;
    let best: Laid['breaks'][number] | undefined;
    while (nextBreak < breaks.length && (breaks[nextBreak]?.at ?? 0) <= most) {
      const one = breaks[nextBreak];
      if (one && one.at > half && (one.isHeading || best?.isHeading !== true)) best = one;
      nextBreak += 1;
    }
    if (best) return best.at;
    for (const mark of ['\n', ' ']) {
      const at = lastBefore(text, mark, { from: Math.ceil(half), to: most });
      if (at > half) return at + 1;
    }
    // Only what stands right before the cut decides where characters end.
    const near = Math.max(start, most - CHARACTER_MOST);
    return near + cutBefore(text.slice(near, most + 2), most - near);
  };

  const cutOut = (end: number): TextPage => {
    let from = start;
    while (from < end && text[from] === '\n') from += 1;
    let to = end;
    while (to > from && /\s/u.test(text[to - 1] ?? '')) to -= 1;
    while (nextEntity < entities.length && (entities[nextEntity]?.offset ?? 0) < end) {
      const entity = entities[nextEntity];
      if (entity) open = [...open, entity];
      nextEntity += 1;
    }
    const cut = open.flatMap((entity): MessageEntity[] => {
      const offset = Math.max(entity.offset, from);
      const length = Math.min(entity.offset + entity.length, to) - offset;
      return length > 0 ? [{ ...entity, offset: offset - from, length }] : [];
    });
    open = open.filter(({ offset, length }) => offset + length > end);
    return { text: text.slice(from, to), entities: cut };
  };

  while (start < text.length && pages.length < PAGES_MOST) {
    const end = divide(farthest());
    const page = cutOut(end);
    if (page.text !== '') pages.push(page);
    start = end;
    while (nextBreak > 0 && (breaks[nextBreak - 1]?.at ?? 0) > start) nextBreak -= 1;
  }
  return { pages, isWhole: start >= text.length };
};
