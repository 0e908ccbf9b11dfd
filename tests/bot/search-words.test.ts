import { describe, expect, it } from 'vitest';
import { parseSearch } from '../../src/bot/search/parse.ts';

describe('what is searched for', () => {
  it.each([
    ['', { words: '', gguf: false, order: 'trending' }],
    ['tiny llama', { words: 'tiny llama', gguf: false, order: 'trending' }],
    ['qwen GGUF', { words: 'qwen', gguf: true, order: 'trending' }],
    ['llama-gguf', { words: 'llama-gguf', gguf: false, order: 'trending' }],
    ['sort=Downloads whisper', { words: 'whisper', gguf: false, order: 'downloads' }],
    ['--sort recent', { words: '', gguf: false, order: 'recent' }],
    [
      'author=Qwen task=text-generation',
      { words: '', author: 'Qwen', task: 'text-generation', gguf: false, order: 'trending' },
    ],
    ['task="Text to Image"', { words: '', task: 'text-to-image', gguf: false, order: 'trending' }],
  ])('is read from “%s”', (line, terms) => {
    expect(parseSearch(line)).toEqual(terms);
  });

  it.each([
    ['sort=size', 'What comes first is trending, downloads or recent'],
    ['author=a/b', '“a/b” is no account the Hub could have'],
    ['author=../x', 'is no account the Hub could have'],
    ['task=<b>', '“<b>” is no task the Hub could have'],
    ['limit=3', 'There is no option “limit”'],
    ['x'.repeat(101), 'longer than any name'],
  ])('is refused with what would be right: “%s”', (line, sentence) => {
    expect(() => parseSearch(line)).toThrow(sentence);
  });
});
