import type { MenuCommand } from '../feature.ts';
import { shorten } from '../../lib/text/shorten.ts';

const named = (commands: readonly string[]): string => {
  const written = commands.map((command) => `/${command}`);
  return [written.slice(0, -1).join(', '), written.at(-1)].join(' and ');
};

/** What the help feature says. */
export const text = {
  welcome: [
    'I keep this machine stocked with Hugging Face models.',
    'Write /add gpt2, or paste a link from huggingface.co, and watch the bytes arrive.',
    '/help says what else there is.',
  ],
  welcomeToLook: [
    'I keep this machine stocked with Hugging Face models.',
    'You may look here: at the /library, the /queue and the /history.',
    '/help says what else there is.',
  ],
  overview: (commands: readonly MenuCommand[], isToLook: boolean): readonly string[] => [
    isToLook ? 'What you may use here:' : 'What I understand:',
    ...commands.map(({ command, description }) => `/${command} · ${description}`),
  ],
  more: (all: readonly string[], owner: readonly string[]): string =>
    `That is not all. There are ${named(all)} too; for the owner ${named(owner)}. “Topics” tells of each.`,
  moreToLook: (others: readonly string[]): string => `There are ${named(others)} too. “Topics” tells of each.`,
  topics: 'Which topic? /help and a word leads there too: /help storage.',
  toTopics: 'Topics',
  toCommands: '‹ All commands',
  toOtherTopics: '‹ Topics',
  unknownTopic: (word: string): string => `There is no help on “${shorten(word, 40)}”. These are the topics:`,
  unknownCommand: (word: string, near: string | undefined): string =>
    near === undefined
      ? `I do not know ${shorten(word, 40)}. /help lists what I know.`
      : `I do not know ${shorten(word, 40)}. Did you mean /${near}?`,
  notText:
    '/keep as the answer to a file keeps it on this machine. Models come by /add gpt2, or by a link from huggingface.co.',
  chat: 'Write /add and the name of a model, or paste a link from huggingface.co. /help lists the rest.',
  address: 'If that is the address of a file, /add and the address fetches it. /help lists the rest.',
  look: 'Try /library, /queue or /search; /help lists the rest.',
  staleButton: 'This button is from an older version. Write /queue or /library.',
} as const;
