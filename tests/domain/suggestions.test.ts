import { describe, expect, it } from 'vitest';
import { likelyRepos } from '../../src/domain/repo/suggestions.ts';

/** Those downloaded most first. */
const HUB = [
  'openai-community/gpt2',
  'meta-llama/Llama-3.2-1B',
  'intfloat/e5-large',
  'Qwen/Qwen3-1.7B-GGUF',
  'unsloth/Qwen3-1.7B-GGUF',
  'sample/tiny-llama',
];

describe('a repository that the Hub does not know', () => {
  it.each([
    ['gtp2', ['openai-community/gpt2']],
    // kubeflow/mcp-server#66: the owner was the mistake.
    ['meta-lama/Llama-3.2-1B', ['meta-llama/Llama-3.2-1B']],
    ['facebook/Llama-3.2-1B', ['meta-llama/Llama-3.2-1B']],
    // postgresml/postgresml#616: an underscore where a dash stands.
    ['intfloat/e5_large', ['intfloat/e5-large']],
    ['qwen/qwen3-1.7b-guff', ['Qwen/Qwen3-1.7B-GGUF', 'unsloth/Qwen3-1.7B-GGUF']],
    ['sample/tiny-lama', ['sample/tiny-llama']],
    ['sample/nothing-like-it', []],
    ['t5', []],
  ])('%s most likely meant %j', (id, meant) => {
    expect(likelyRepos(id, HUB)).toEqual(meant);
  });

  it('is offered four at most, each once', () => {
    const many = Array.from({ length: 9 }, (_, index) => `owner-${index}/gpt2`);
    expect(likelyRepos('gpt2', [...many, ...many])).toEqual(many.slice(0, 4));
  });
});
