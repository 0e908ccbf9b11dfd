import { describe, expect, it } from 'vitest';
import { keptByConfig } from '../../src/checks/memory/config-attention.ts';
import { keptByGguf } from '../../src/checks/memory/gguf-attention.ts';
import { fitsIn } from '../../src/domain/checks/fits.ts';

type Value = number | string | readonly number[];

/** Six layers, each of which keeps two heads of 8 numbers for keys and 8 for values, of two bytes. */
const LAYER = 2 * (8 + 8) * 2;
const gguf = (architecture: string, more: Readonly<Record<string, Value>>) => {
  const about = {
    block_count: 6,
    embedding_length: 64,
    'attention.head_count': 8,
    'attention.head_count_kv': 2,
    ...more,
  };
  const values = new Map<string, Value>([['general.architecture', architecture]]);
  for (const [key, value] of Object.entries(about)) values.set(`${architecture}.${key}`, value);
  return keptByGguf({ values });
};
const config = (more: object) =>
  keptByConfig({
    architectures: ['XForCausalLM'],
    num_hidden_layers: 6,
    hidden_size: 64,
    num_attention_heads: 8,
    num_key_value_heads: 2,
    ...more,
  });
/** So many layers keep all of a text, and so many of it this much. */
const split = (always: number, within = 0, tokens = 0) => ({
  bytesPerToken: always * LAYER,
  ...(within > 0 ? { windowed: { bytesPerToken: within * LAYER, tokens } } : {}),
});

describe('layers of a GGUF model that look back at a window', () => {
  it.each<[string, string, Readonly<Record<string, Value>>, number]>([
    ['gemma2: every other one', 'gemma2', {}, 3],
    ['gemma3: five of six', 'gemma3', {}, 5],
    ['smallthinker: three of four, and not the first', 'smallthinker', {}, 4],
    ['a period that the file names', 'gemma3', { 'attention.sliding_window_pattern': 3 }, 4],
    ['all, by the period 0', 'gemma3', { 'attention.sliding_window_pattern': 0 }, 6],
    ['those that the file lists', 'gemma4', { 'attention.sliding_window_pattern': [1, 1, 0, 1, 1, 0] }, 4],
    ['a list that ends too early', 'gemma4', { 'attention.sliding_window_pattern': [1] }, 1],
  ])('%s', (_, architecture, more, within) => {
    const about = { 'attention.sliding_window': 1024, ...more };
    expect(gguf(architecture, about)).toEqual(split(6 - within, within, 1024 + 512));
  });

  it('are none where there is no window, or llama.cpp looks at all of a text', () => {
    expect(gguf('gemma3', {})).toEqual(split(6));
    for (const architecture of ['phi3', 'llama', 'constructor'])
      expect(gguf(architecture, { 'attention.sliding_window': 1024 })).toEqual(split(6));
  });

  it('may have a width of their own, and the last ones nothing of their own', () => {
    const pattern = { 'attention.sliding_window': 8, 'attention.sliding_window_pattern': [1, 0, 1, 0, 1, 0] };
    const widths = { 'attention.key_length': 16, 'attention.value_length': 16 };
    const swa = { 'attention.key_length_swa': 8, 'attention.value_length_swa': 8 };
    expect(gguf('gemma4', { ...pattern, ...widths, ...swa })).toEqual(split(6, 3, 520));
    expect(gguf('gemma4', { ...pattern, 'attention.shared_kv_layers': 2 })).toEqual(split(2, 2, 520));
  });

  it('may differ in their heads', () => {
    const heads = { 'attention.head_count_kv': [2, 0, 4, 2, 2, 2] };
    expect(gguf('llama', heads)).toEqual(split(6));
    expect(gguf('gemma2', { ...heads, 'attention.sliding_window': 8 })).toEqual(split(2, 4, 520));
  });
});

describe('layers of a model for transformers that look back at a window', () => {
  const window = { sliding_window: 1024 };
  const sliding = 'sliding_attention';
  const full = 'full_attention';

  it.each<[string, object, number]>([
    ['those of layer_types', { layer_types: [sliding, sliding, full, sliding, sliding, full] }, 4],
    ['none of layer_types', { model_type: 'mistral', layer_types: Array(6).fill(full) }, 0],
    ['all, of Mistral', { model_type: 'mistral' }, 6],
    ['every other one, of Gemma 2', { model_type: 'gemma2' }, 3],
    ['five of six, of Gemma 3', { model_type: 'gemma3_text' }, 5],
    ['by a pattern', { model_type: 'gemma3_text', sliding_window_pattern: 2 }, 3],
    ['none, of Qwen 2 as it is', { model_type: 'qwen2', use_sliding_window: false, max_window_layers: 2 }, 0],
    ['the later ones, of Qwen 2 if it is wanted', { use_sliding_window: true, max_window_layers: 2 }, 4],
    ['none, of what is not known', { model_type: 'constructor' }, 0],
  ])('%s', (_, about, within) => {
    expect(config({ ...window, ...about })).toEqual(split(6 - within, within, 1024));
  });

  it('are none without a window, and may lie in a part of the configuration', () => {
    expect(config({ model_type: 'mistral', sliding_window: null })).toEqual(split(6));
    expect(config({ text_config: { model_type: 'mistral', ...window } })).toEqual(split(0, 6, 1024));
  });

  it('stand beside some that keep nothing for each token, or use what others keep, or are wider', () => {
    const linear = Array.from({ length: 6 }, (_, layer) => (layer % 3 === 2 ? full : 'linear_attention'));
    expect(config({ layer_types: linear })).toEqual(split(2));
    const types = [sliding, full, sliding, full, sliding, full];
    expect(config({ ...window, layer_types: types, num_kv_shared_layers: 2 })).toEqual(split(2, 2, 1024));
    expect(config({ ...window, layer_types: types, global_head_dim: 16 })).toEqual(split(6, 3, 1024));
  });
});

describe('the memory for a text', () => {
  it('grows with it in layers that keep all, and up to the window in the others', () => {
    const machine = { totalBytes: 1e9, freeBytes: 1e9, gpus: [] };
    const need = { weightBytes: 0, bytesPerToken: 1, windowed: { bytesPerToken: 10, tokens: 100 } };
    const needed = [99, 100, 101, 1000].map((tokens) => fitsIn(machine, need, tokens).neededBytes);
    expect(needed).toEqual([99 + 990, 100 + 1000, 101 + 1000, 1000 + 1000]);
    expect(fitsIn(machine, { ...need, bytesPerToken: 0 }, 1000)).toMatchObject({
      neededBytes: 1000,
      contextTokens: 1000,
    });
  });
});
