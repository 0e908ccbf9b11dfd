import type { Topic } from '../feature.ts';
import { shorten } from '../../lib/text/shorten.ts';

/** What the add feature says. */
export const text = {
  which:
    'Which model? Write its name or link behind the command, for example “/add gpt2” or “/add Qwen/Qwen3-1.7B-GGUF:Q8_0”.',
  ask: 'Which model? Send its name or its Hub link, for example gpt2. /cancel leaves.',
  left: 'Nothing was added.',
  priority: 'The priority is high, medium or low, for example priority=high.',
  stray: (word: string): string =>
    `I do not understand “${shorten(word, 60)}”. Behind the name stands now or later, or options such as quantize=Q4_K_M; one model in each message.`,
  tooManyLinks: (shown: number, all: number): string =>
    `There are ${all} links in this message. Here are the first ${shown}; send the others again in another one.`,
  linkGone: 'The message with the link is gone. Send it again.',
  notYours: 'That belongs to another chat.',
  tooLate: 'That was decided already.',
  copy: (ref: string): string =>
    `${shorten(ref, 60)} · sent twice\nTelegram has shown this message twice. The other one says what becomes of it.`,
} as const;

export const help: Topic = {
  name: 'add',
  lines: [
    'Adding models',
    '/add gpt2',
    '/add Qwen/Qwen3-1.7B-GGUF:Q8_0 · one quantization',
    '/add org/name@branch · a branch, tag or commit',
    '/add datasets/org/name · a dataset',
    'A link from huggingface.co works too, with /add or by itself.',
    '',
    'Behind the name:',
    'now · start at once; later · wait for /download',
    'quantize=auto, q4, fp16, no, all or a label such as Q4_K_M',
    'include=*.json and exclude=*.bin · only these files, or all but these',
    'priority=high, medium or low; description="for the demo"',
    '',
    'Without options you get what a loader needs: safetensors, configuration and tokenizer, not every format that lies in the repository.',
  ],
  words: ['adding', 'models', 'link', 'links', 'quantize', 'options'],
};
