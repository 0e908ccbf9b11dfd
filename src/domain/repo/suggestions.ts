import { lettersApart } from '../../lib/text/nearest.ts';

/** More than this make a menu. */
const SUGGESTIONS_MOST = 4;

const split = (id: string): { readonly owner: string | undefined; readonly name: string } => {
  const [first = '', second] = id.toLowerCase().split('/');
  return second === undefined ? { owner: undefined, name: first } : { owner: first, name: second };
};

/** A mistyped id is near another one as a whole, or by its name alone, if it has no owner or the owner is the mistake. */
const apart = (id: string, candidate: string): number => {
  const typed = split(id);
  const other = split(candidate);
  const name = lettersApart(typed.name, other.name);
  if (typed.owner === undefined || typed.owner === other.owner) return name;
  return Math.min(lettersApart(id.toLowerCase(), candidate.toLowerCase()), name + 1);
};

/** One letter of a short name, up to four of a long one. */
const near = (id: string): number => Math.max(1, Math.min(4, Math.floor(split(id).name.length / 4)));

/**
 * Which repositories a person most likely meant by an id that the Hub does not know, the nearest first.
 * @param candidates the more usual ones first
 */
export const likelyRepos = (id: string, candidates: readonly string[]): string[] =>
  [...new Set(candidates)]
    .map((candidate) => ({ candidate, letters: apart(id, candidate) }))
    .filter(({ letters }) => letters <= near(id))
    .toSorted((left, right) => left.letters - right.letters)
    .slice(0, SUGGESTIONS_MOST)
    .map(({ candidate }) => candidate);
