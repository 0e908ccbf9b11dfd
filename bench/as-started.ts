/** How the program is started where its memory counts: what Node is told by `npm start`, and the environment of its image and its units. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

export const AS_STARTED = {
  flags: scripts['start']?.match(/--[\w-]+=\S+/g) ?? [],
  env: { MALLOC_ARENA_MAX: '2' },
} as const;
