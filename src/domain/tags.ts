import { AppError } from './errors.ts';

/** Of one tag, and of one model. */
const TAG_MOST = 64;
const TAGS_MOST = 30;

/** One tag as it is kept: on one line, without the `#` that people write before it. */
const tidy = (text: string): string =>
  text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .replace(/^#\s*/u, '');

/** Two tags that differ in letter case only are the same. */
export const isSameTag = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/**
 * Tags as they are kept: each once, in the order in which they were written.
 * @throws AppError validation: one is too long, holds a comma, or there are too many
 */
export const readTags = (texts: readonly string[]): string[] => {
  const tags: string[] = [];
  for (const tag of texts.map(tidy)) {
    if (tag.includes(','))
      throw new AppError('validation', `“${tag}” holds a comma, which parts tags: make two of it.`);
    if (Array.from(tag).length > TAG_MOST)
      throw new AppError('validation', `A tag has ${TAG_MOST} characters at most; one of these has more.`);
    if (tag !== '' && !tags.some((known) => isSameTag(known, tag))) tags.push(tag);
  }
  if (tags.length > TAGS_MOST)
    throw new AppError('validation', `A model has ${TAGS_MOST} tags at most; these would be ${tags.length}.`);
  return tags;
};
