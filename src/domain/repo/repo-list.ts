import { maskSecrets } from '../../lib/text/mask-secrets.ts';
import { hideKeys } from './address-keys.ts';
import { formatRepoRef, isRepoRef, parseRepoRef } from './repo.ts';
import { isWebAddress } from './web-file.ts';

/** What could not be read of a list. */
interface UnreadLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

/** References written below or behind each other. */
export interface RepoList {
  /** As typed: repositories first, then files on the web and torrents; of those that mean the same, the first. */
  readonly refs: readonly string[];
  readonly unread: readonly UnreadLine[];
  /** Each stands on a line of its own. */
  readonly isColumn: boolean;
}

const BULLET = /^\s*(?:[-*•]|\d{1,3}[.)])\s+/;
const COMMENT = /(?:^|\s)#/;
/** A word of markup, which is no name, though one stands in it. */
const TAG = /^<\w+>$/;
/** What stands around and between references. */
const BEFORE = new Set('`"\'“”‘’<([');
const BEHIND = new Set('`"\'“”‘’>)],;');

/**
 * A word among others means a repository if it looks like one: people also write “please”. Names of one word have a digit or
 * a dash, as `gpt2` and `bert-base-uncased`.
 */
export const looksLikeRepo = (word: string): boolean => /[/\d-]/.test(word);

/** Letter by letter: an expression that looks for an end anew at each of them takes minutes of a long word that somebody has made for it. */
const withoutAround = (word: string): string => {
  let [start, end] = [0, word.length];
  while (start < end && BEFORE.has(word.charAt(start))) start += 1;
  while (end > start && BEHIND.has(word.charAt(end - 1))) end -= 1;
  return word.slice(start, end);
};

const withoutComment = (line: string): string => {
  const at = line.search(COMMENT);
  return at < 0 ? line : line.slice(0, at);
};

const wordsIn = (line: string): string[] =>
  withoutComment(line.replace(BULLET, ''))
    .split(/[\s,;]+/)
    .map((word) => (TAG.test(word) ? word : withoutAround(word)))
    .filter((word) => word !== '');

/** Of references that mean the same, the first. @param refs such that `parseRepoRef` reads */
export const distinctRefs = (refs: readonly string[], hosts: readonly string[]): string[] => {
  const distinct = new Map<string, string>();
  for (const ref of refs) {
    const meaning = formatRepoRef(parseRepoRef(ref, hosts));
    if (!distinct.has(meaning)) distinct.set(meaning, ref);
  }
  return [...distinct.values()];
};

/**
 * Reads a list as people keep them in a file or a message: one reference a line, or several with spaces or commas between;
 * bullets and numbers before them, and what stands behind ` #`, are left out. What is secret in it is hidden: an address with a key is none then.
 * @param hosts as `parseRepoRef`
 */
export const readRepoList = (text: string, hosts: readonly string[] = []): RepoList => {
  const refs: string[] = [];
  const addresses = new Set<string>();
  const unread: UnreadLine[] = [];
  let isColumn = true;
  for (const [index, line] of maskSecrets(text)
    .split(/\r\n|\r|\n/)
    .entries()) {
    const words = wordsIn(line);
    const onWeb = new Set(words.filter((word) => isWebAddress(word, hosts)));
    const others = words.filter((word) => !onWeb.has(word));
    const isRead = others.every((word) => isRepoRef(word, hosts) && (words.length === 1 || looksLikeRepo(word)));
    if (words.length > 1) isColumn = false;
    if (isRead) {
      for (const ref of others) refs.push(ref);
      for (const address of onWeb) addresses.add(address);
    } else unread.push({ number: index + 1, text: hideKeys(line.trim()) });
  }
  return { refs: [...distinctRefs(refs, hosts), ...addresses], unread, isColumn };
};
