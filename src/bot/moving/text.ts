import type { Topic } from '../feature.ts';
import { shorten } from '../ui/text.ts';

/** What the moving feature says. */
export const text = {
  notYours: 'That belongs to another chat, or is gone.',
  notAllowed: 'Only who sent the file, an admin of this group or the bot’s owner may do that.',
  notTheMachine: 'Only an owner of this bot changes what holds on the machine.',
  stray: (words: string): string =>
    `“${shorten(words, 40)}” means nothing behind /import. on=nas says on which machine all of it is to lie; the rest stands in the file.`,
  decided: 'That was decided already.',
  allTaken: 'By now all of the file was taken.',
  notTaken: { name: 'not-taken.txt', caption: 'What of the file was not taken, and why.' },
} as const;

export const help: Topic = {
  name: 'moving',
  lines: [
    'Taking a library along',
    '/export sends this chat’s library as a file, models.json. Behind it stands which models, as behind /library: /export #nlp. “Export” under a list of the library sends what is in that list.',
    '/import, as the answer to such a file or under it, says first what would come, what would change and what is not taken; buttons decide. What comes waits for /download, unless you choose otherwise.',
    'The file says on which of your machines a model lies, and it comes back there. Where no machine has that name, you are told so first; /import on=nas has all of it come onto one that there is.',
    'A plain list of names works too. How far a download is, this library knows better than a file.',
  ],
  words: ['move', 'moving', 'backup', 'json'],
};
