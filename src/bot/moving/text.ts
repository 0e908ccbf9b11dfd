import { formatBytes } from '../../lib/text/bytes.ts';
import type { Topic } from '../feature.ts';
import { count } from '../ui/text.ts';

/** What the moving feature says. */
export const text = {
  nothing: 'There is nothing to write down: nothing in this library is like that.',
  exported: (models: number): string => `${count(models, 'model')} of this library.`,
  tooLarge: (models: number, bytes: number, most: number): string =>
    `${count(models, 'model')} would make a file of ${formatBytes(bytes)}, and Telegram takes ${formatBytes(most)} from me. Behind /export stands which, as behind /library: a #tag, a category, a status.`,
} as const;

export const help: Topic = {
  name: 'moving',
  lines: [
    'Taking a library along',
    '/export sends this chat’s library as a file, models.json. Behind it stands which models, as behind /library: /export #nlp',
  ],
  words: ['move', 'moving', 'backup', 'json'],
};
