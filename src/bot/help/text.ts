import type { MenuCommand } from '../feature.ts';
import { shorten } from '../../lib/text/shorten.ts';

/** What the help feature says. */
export const text = {
  welcome: [
    'hubgram keeps this machine stocked with Hugging Face models.',
    'Write /add gpt2, or paste a link from huggingface.co, and watch the bytes arrive.',
    '/help says what else there is.',
  ],
  welcomeToLook: [
    'hubgram keeps this machine stocked with Hugging Face models.',
    'You may look here: at the /library, the /queue and the /history.',
    '/help says what else there is.',
  ],
  overview: (commands: readonly MenuCommand[]): readonly string[] => [
    'What I understand:',
    ...commands.map(({ command, description }) => `/${command} · ${description}`),
  ],
  more: 'That is not all. The buttons tell of more: /undo, /update, /export, /import, /link, /adopt, /quota and /token; for the owner /users, /invite, /activity, /logs, /backup, /jobs, /config and /hold.',
  unknownTopic: (word: string, topics: readonly string[]): string =>
    `There is no help on “${shorten(word, 40)}”. There is: ${topics.join(', ')}.`,
  unknownCommand: (word: string, near: string | undefined): string =>
    near === undefined
      ? `I do not know ${shorten(word, 40)}. /help lists what I know.`
      : `I do not know ${shorten(word, 40)}. Did you mean /${near}?`,
  notText: 'I read text only. Write /add gpt2, or paste a link from huggingface.co.',
  chat: 'Write /add and the name of a model, or paste a link from huggingface.co. /help lists the rest.',
  address: 'If that is the address of a file, /add and the address fetches it. /help lists the rest.',
  look: 'Try /library, /queue or /search; /help lists the rest.',
  staleButton: 'This button is from an older version. Write /queue or /library.',
} as const;
