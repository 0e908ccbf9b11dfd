import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../ARCHITECTURE.md'), 'utf8');

/** The arrows of a machine's picture in ARCHITECTURE.md, in order: `from to`. */
export const drawn = (name: string): readonly string[] => {
  const picture = new RegExp(`as ${name} \\{\\n([^}]*)\\}`).exec(DOCUMENT)?.[1] ?? '';
  return [...picture.matchAll(/^ *(\w+) --> (\w+)/gm)].map(([, from, to]) => `${from} ${to}`).toSorted();
};
