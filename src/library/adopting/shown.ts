import { createHash } from 'node:crypto';
import type { Find } from './finds.ts';

/** What lists have shown, so that what is taken by their buttons is what they have said, whatever has come there since. */
export interface Shown {
  /** @returns a word for all of these together, short enough for a button */
  readonly note: (finds: readonly Pick<Find, 'key'>[]) => string;
  /** Of what lies there now, what such a list has shown; undefined: nobody knows any more what that was. */
  readonly stillOf: <F extends Pick<Find, 'key'>>(as: string, there: readonly F[]) => readonly F[] | undefined;
}

/** In all lists together: of disks with tens of thousands of repositories that is one list. */
const KEYS_MOST = 50_000;
const WORD_LENGTH = 16;

const wordFor = (finds: readonly Pick<Find, 'key'>[]): string => {
  const hash = createHash('sha256');
  for (const { key } of finds) hash.update(`${key} `);
  return hash.digest('hex').slice(0, WORD_LENGTH);
};

/** What is not remembered, as after a restart, is known by its word as long as nothing has changed. */
export const createShown = (): Shown => {
  const lists = new Map<string, ReadonlySet<string>>();
  let keys = 0;
  const forgetOldest = (): void => {
    const [oldest] = lists;
    if (oldest === undefined) return;
    lists.delete(oldest[0]);
    keys -= oldest[1].size;
  };
  return {
    note: (finds) => {
      const word = wordFor(finds);
      const known = lists.get(word) ?? new Set(finds.map(({ key }) => key));
      if (!lists.delete(word)) keys += known.size;
      lists.set(word, known);
      while (keys > KEYS_MOST && lists.size > 1) forgetOldest();
      return word;
    },
    stillOf: (word, there) => {
      const shown = lists.get(word);
      if (shown) return there.filter(({ key }) => shown.has(key));
      return wordFor(there) === word ? there : undefined;
    },
  };
};
