import { table } from '../../lib/table.ts';
import { inTurn, type Kept, keptBy, whole } from './layers.ts';

type Config = Readonly<Record<string, unknown>>;

/** What it says in words; nothing where it says something else: of an object that a file writes not even a text can be made always. */
const word = (value: unknown): string => (typeof value === 'string' ? value : '');

const WRITES = /(ForCausalLM|LMHeadModel|ForConditionalGeneration|ForImageTextToText)$/;

/** The part of a configuration that is about text, where there are several. */
const textPart = (config: Config): Config => {
  const inner = config['text_config'] ?? config['llm_config'];
  return typeof inner === 'object' && inner !== null ? { ...config, ...(inner as object) } : config;
};

/** Kinds of layers that look back at a part of a text only, and keep that (`DynamicCache` in cache_utils.py of transformers). */
const WITHIN = new Set<unknown>(['sliding_attention', 'chunked_attention']);
/** Kinds that keep something, but nothing for each token. */
const WITHOUT = new Set<unknown>(['linear_attention', 'mamba', 'conv', 'moe']);

/**
 * How often a layer of these looks at all of a text where `layer_types` does not say which: the defaults of their configuration_*.py
 * in transformers; 0: none does.
 */
const PERIODS = table<number>({
  gemma2: 2,
  gemma3: 6,
  gemma3_text: 6,
  cohere2: 4,
  mistral: 0,
  mixtral: 0,
  starcoder2: 0,
  phi3: 0,
  phimoe: 0,
});

/** Which layers look back at a window; of what is not known, none: then more may be said than is used. */
const windowedLayers = (text: Config, types: readonly unknown[] | undefined): ((layer: number) => boolean) => {
  if (types) return (layer) => WITHIN.has(types[layer]);
  if (text['use_sliding_window'] === false) return () => false;
  const fromLayer = text['max_window_layers'];
  if (text['use_sliding_window'] === true && typeof fromLayer === 'number') return (layer) => layer >= fromLayer;
  const period = text['sliding_window_pattern'] ?? PERIODS[word(text['model_type'])];
  return typeof period === 'number' ? inTurn(period) : () => false;
};

/**
 * What a model for transformers keeps for each token, by its `config.json`, under the names that architectures give these numbers.
 * Layers that slide over a text keep their window of it (`sliding_window`, `attention_chunk_size`), the last ones may use what others
 * keep (`num_kv_shared_layers`), and those that look at all of it may be wider (Gemma 4's `global_head_dim`).
 */
export const keptByConfig = (config: Config): Kept => {
  const architectures = config['architectures'];
  const isWriter = Array.isArray(architectures) && architectures.some((one) => WRITES.test(word(one)));
  if (!isWriter) return {};
  const text = textPart(config);
  const first = (...keys: readonly string[]): number | undefined =>
    keys.map((key) => whole(text[key])).find((value) => value !== undefined);
  const layers = first('num_hidden_layers', 'n_layer', 'n_layers', 'num_layers', 'decoder_layers');
  const heads = first('num_attention_heads', 'n_head', 'n_heads', 'num_heads', 'decoder_attention_heads');
  const size = first('hidden_size', 'n_embd', 'd_model');
  const rank = first('kv_lora_rank');
  const head = first('head_dim', 'd_kv') ?? (size !== undefined && heads !== undefined ? size / heads : undefined);
  const kept = first('num_key_value_heads', 'num_kv_heads', 'n_head_kv') ?? (text['multi_query'] === true ? 1 : heads);
  const widthOf = (count: number | undefined, one: number | undefined): number | undefined =>
    count === undefined || one === undefined ? undefined : 2 * count * one;
  const within = widthOf(kept, head);
  const always = widthOf(first('num_global_key_value_heads') ?? kept, first('global_head_dim') ?? head);
  const given = text['layer_types'];
  const types = Array.isArray(given) ? (given as readonly unknown[]) : undefined;
  const firstShared = (layers ?? 0) - (first('num_kv_shared_layers') ?? 0);
  return keptBy({
    layers,
    contextMost: first('max_position_embeddings', 'n_positions', 'max_seq_len', 'seq_length', 'n_ctx'),
    window: first('sliding_window', 'attention_chunk_size'),
    isWindowed: windowedLayers(text, types),
    width: (layer, isWindowed) => {
      if (layer >= firstShared || WITHOUT.has(types?.[layer])) return 0;
      if (rank !== undefined) return rank + (first('qk_rope_head_dim') ?? 0);
      return isWindowed ? within : always;
    },
  });
};
