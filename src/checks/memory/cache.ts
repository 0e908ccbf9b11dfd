import type { Need } from '../../domain/checks/fits.ts';
import type { Gguf } from '../formats/gguf.ts';

type PerToken = Pick<Need, 'bytesPerToken' | 'contextMost'>;

/** Of the numbers that a program keeps for each token: half precision, unless somebody asks for another. */
const BYTES = 2;
/** What no model has: a header that says so means something else. */
const LAYERS_MOST = 10_000;
const PER_LAYER_MOST = 10_000_000;

const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;

const perToken = (layers: number | undefined, perLayer: number | undefined): number | undefined =>
  layers !== undefined && perLayer !== undefined && layers <= LAYERS_MOST && perLayer <= PER_LAYER_MOST
    ? layers * perLayer * BYTES
    : undefined;

const known = (bytesPerToken: number | undefined, contextMost: number | undefined): PerToken => ({
  ...(bytesPerToken === undefined ? {} : { bytesPerToken }),
  ...(contextMost === undefined ? {} : { contextMost }),
});

/**
 * What a GGUF model keeps for each token, by the keys of its architecture (docs/gguf.md of ggml). Layers may differ in their
 * heads; windows that slide over a text are not told apart, so that more may be said than is used.
 */
export const cacheOfGguf = ({ values }: Pick<Gguf, 'values'>): PerToken => {
  const architecture = values.get('general.architecture');
  const of = (key: string) => values.get(`${String(architecture)}.${key}`);
  const layers = whole(of('block_count'));
  const heads = whole(of('attention.head_count'));
  const size = whole(of('embedding_length'));
  const contextMost = whole(of('context_length'));
  const usual = size !== undefined && heads !== undefined ? size / heads : undefined;
  const [key, value] = [whole(of('attention.key_length')) ?? usual, whole(of('attention.value_length')) ?? usual];
  // No text is read on from what was written before: nothing is kept (bert and its kin).
  if (layers === undefined || of('attention.causal') === 0) return known(undefined, contextMost);
  const rank = whole(of('attention.kv_lora_rank'));
  if (rank !== undefined) return known(perToken(layers, rank + (whole(of('rope.dimension_count')) ?? 0)), contextMost);
  const width = key !== undefined && value !== undefined ? key + value : undefined;
  const kept = of('attention.head_count_kv');
  if (width === undefined) return known(undefined, contextMost);
  if (typeof kept !== 'object') return known(perToken(layers, (whole(kept) ?? heads ?? NaN) * width), contextMost);
  const all = kept.reduce((sum, one) => sum + (whole(one) ?? 0), 0);
  return known(perToken(1, all > 0 ? all * width : undefined), contextMost);
};

const WRITES = /(ForCausalLM|LMHeadModel|ForConditionalGeneration|ForImageTextToText)$/;

/** The part of a configuration that is about text, where there are several. */
const textPart = (config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const inner = config['text_config'] ?? config['llm_config'];
  return typeof inner === 'object' && inner !== null ? { ...config, ...(inner as object) } : config;
};

/** What a model for transformers keeps for each token, by its `config.json`, under the names that architectures give these numbers. */
export const cacheOfConfig = (config: Readonly<Record<string, unknown>>): PerToken => {
  const architectures = config['architectures'];
  const isWriter = Array.isArray(architectures) && architectures.some((one) => WRITES.test(String(one)));
  if (!isWriter) return {};
  const text = textPart(config);
  const first = (...keys: readonly string[]): number | undefined =>
    keys.map((key) => whole(text[key])).find((value) => value !== undefined);
  const layers = first('num_hidden_layers', 'n_layer', 'n_layers', 'num_layers', 'decoder_layers');
  const heads = first('num_attention_heads', 'n_head', 'n_heads', 'num_heads', 'decoder_attention_heads');
  const size = first('hidden_size', 'n_embd', 'd_model');
  const contextMost = first('max_position_embeddings', 'n_positions', 'max_seq_len', 'seq_length', 'n_ctx');
  const rank = first('kv_lora_rank');
  if (rank !== undefined) return known(perToken(layers, rank + (first('qk_rope_head_dim') ?? 0)), contextMost);
  const head = first('head_dim', 'd_kv') ?? (size !== undefined && heads !== undefined ? size / heads : undefined);
  const kept = first('num_key_value_heads', 'num_kv_heads', 'n_head_kv') ?? (text['multi_query'] === true ? 1 : heads);
  const width = head === undefined || kept === undefined ? undefined : 2 * kept * head;
  return known(perToken(layers, width), contextMost);
};
