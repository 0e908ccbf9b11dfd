import type { Kept } from './kept.ts';

const begin = (name: string): string => `<!-- bench:${name} -->`;
const end = (name: string): string => `<!-- /bench:${name} -->`;

/** The names of all places of a page that are written by the bench, in their order. */
export const placesIn = (page: string): string[] =>
  [...page.matchAll(/^<!-- bench:([\w-]+) -->$/gm)].map(([, name = '']) => name);

/**
 * A page with another text in a place of it.
 * @throws Error: the page has no such place, or more than one
 */
export const putInto = (page: string, name: string, text: string): string => {
  const [before, ...rest] = page.split(begin(name));
  const [, ...after] = rest[0]?.split(end(name)) ?? [];
  if (before === undefined || rest.length !== 1 || after.length !== 1)
    throw new Error(`There is not one place for ${name}: a line ${begin(name)} and a line ${end(name)} would make it.`);
  return `${before}${begin(name)}\n\n${text.trim()}\n\n${end(name)}${after[0] ?? ''}`;
};

/** What a bench has printed, as a part of a page: tables are Markdown already, all else is shown as it is. */
export const shown = (output: string): string =>
  output.includes('|---') ? output.trim() : `\`\`\`text\n${output.trimEnd()}\n\`\`\``;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A machine at rest takes less for itself. */
const AT_REST = 0.15;

const besides = (pieces: readonly Pick<Kept, 'taken'>[]): string => {
  const most = Math.max(...pieces.map(({ taken }) => taken));
  return most > AT_REST
    ? ` The machine was not alone: up to ${(most * 100).toFixed(0)} % of its processors were taken when a part of it began, so that times are longer than they would be.`
    : '';
};

/** What stands in a place of the page: when and where it was measured, and what. @param pieces at least one */
export const sectionOf = (pieces: readonly Omit<Kept, 'output'>[], output: string): string => {
  const days = [...new Set(pieces.map(({ at }) => dayOf(at)).toSorted())];
  const machines = [...new Set(pieces.map(({ machine }) => machine))];
  return `Measured on ${days.join(' and ')}: ${machines.join('; ')}.${besides(pieces)}\n\n${shown(output)}`;
};
