import { findLinks } from './links.ts';
import type { EntityJson } from '../wire.ts';

/** The patterns of tdlib (MessageEntity.cpp), a word character being a letter, a digit or `_`. */
const MENTION = /(?<![\p{L}\p{N}_])@[a-zA-Z0-9_]{2,32}(?![\p{L}\p{N}_])/gu;
const COMMAND = /(?<![\p{L}\p{N}_/<>])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\p{L}\p{N}_/<>])/gu;
const HASHTAG = /(?<![\p{L}\p{N}_\u200c])#(?=[\p{N}_\u200c]*\p{L})[\p{L}\p{N}_\u200c]{1,256}(?![\p{L}\p{N}_\u200c#])/gu;
const CASHTAG = /(?<![\p{L}\p{N}_$])\$[A-Z]{1,8}(?![\p{L}\p{N}_$])/gu;
const EMAIL =
  /(?<![\p{L}\p{N}_.+@-])[a-z\d_-]+(?:[.+][a-z\d_-]+)*@(?:[a-z\d](?:[a-z\d_-]*[a-z\d])?\.)+[a-z]{2,8}(?![\p{L}\p{N}_@-])/giu;

const matches = (text: string, pattern: RegExp, type: string): EntityJson[] =>
  [...text.matchAll(pattern)].map((match) => ({ offset: match.index, length: match[0].length, type }));

/**
 * What Telegram finds in a text by itself: commands, mentions, links, hashtags, addresses. They never overlap: a command
 * inside a link is no command, a mention inside a command is part of it.
 */
export const findEntities = (text: string): readonly EntityJson[] => {
  // Most texts hold none of these signs; a board that edits ten cards a second should not pay for six patterns.
  if (!/[@/#$.]/.test(text)) return [];
  const found = [
    ...matches(text, EMAIL, 'email'),
    ...findLinks(text).map((link) => ({ ...link, type: 'url' })),
    ...matches(text, COMMAND, 'bot_command'),
    ...matches(text, MENTION, 'mention'),
    ...matches(text, HASHTAG, 'hashtag'),
    ...matches(text, CASHTAG, 'cashtag'),
  ];
  // Sorting is stable: at one place the earlier kind wins, and of two that overlap the one that begins first.
  found.sort((a, b) => a.offset - b.offset);
  let end = 0;
  return found.filter((entity) => {
    if (entity.offset < end) return false;
    end = entity.offset + entity.length;
    return true;
  });
};
