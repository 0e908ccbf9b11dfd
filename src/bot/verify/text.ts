import type { Model } from '../../domain/model.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import type { Topic } from '../feature.ts';
import { modelLabel } from '../ui/label.ts';

/** What the verify feature says. */
export const text = {
  nothingComplete: 'Nothing is here completely yet, so there is nothing to verify.',
  notYours: 'That belongs to another chat, or is gone.',
  notComplete: (model: Model, word: StatusWord): string =>
    `${modelLabel(model)} is ${word}: what has arrived is verified when it is complete.`,
  already: (model: Model): string => `${modelLabel(model)} is being verified already.`,
  allAlready: 'All that is complete here is being verified already.',
  begun: (model: Model): string => `${modelLabel(model)} is read again.`,
  ended: 'It had ended already.',
  left: 'Left. What was found until then is on the cards.',
} as const;

export const help: Topic = {
  name: 'verify',
  lines: [
    'Verifying files',
    '/verify #12 makes sure of a finished model: all of its files are read again and compared with what the Hub said of them. /verify all does it with the whole library.',
    'One model is read at a time, at half the disk’s speed, and “Cancel” leaves it. It goes on after a restart.',
    'What is broken or missing is fetched again, and nothing else. Other chats that have the same files see it on their cards.',
    'With the setting verify_monthly everything is read once a month, and the owner is told what was found.',
  ],
  words: ['hash', 'repair'],
};
