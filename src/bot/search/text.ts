import type { Topic } from '../feature.ts';

/** What the search feature says. */
export const text = {
  changed: 'This list has changed since. Tap on what it shows now.',
  gone: 'This list is from long ago. Search again: /search',
  addHere: 'Add with hubgram',
  tooMany: 'Too many searches. Wait a little',
} as const;

export const help: Topic = {
  name: 'search',
  lines: [
    'Finding models',
    '/search llama · models with that in their name',
    '/search · what is trending on the Hub',
    '',
    'Behind the words:',
    'gguf · only GGUF files',
    'task=text-to-image · what they are for',
    'author=Qwen · whose they are',
    'sort=trending, sort=downloads or sort=recent · what comes first',
    '',
    'In any chat, @ and this bot’s name with words behind it finds models too; what is posted can be added from there.',
    'Each hit says what its usual choice takes, “about” where the Hub has not told yet. A tap on Add looks it up.',
  ],
  words: ['search', 'find', 'finding', 'trending', 'hub'],
};
