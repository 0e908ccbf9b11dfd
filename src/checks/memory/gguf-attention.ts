import { table } from '../../lib/table.ts';
import type { Gguf } from '../formats/gguf.ts';
import { inTurn, type Kept, keptBy, whole } from './layers.ts';

/**
 * Which layers look back at a window where the file names no pattern, by architecture: the period, and whether the first of each is
 * the one that does not. As llama.cpp has them in `load_arch_hparams` of src/models. Those that are missing here, as phi3, look at
 * all of a text whatever their files say, or are not known: then more may be said than is used.
 */
const PATTERNS = table<readonly [period: number, isFirstWhole: boolean]>({
  'gpt-oss': [2, false],
  gemma2: [2, false],
  gemma3: [6, false],
  gemma3n: [5, false],
  cohere2: [4, false],
  exaone4: [4, false],
  'exaone-moe': [4, false],
  olmo2: [4, false],
  afmoe: [4, false],
  mellum: [4, false],
  plamo3: [8, false],
  smallthinker: [4, true],
  cohere2moe: [4, true],
});

/** Of a text that is read, llama.cpp takes so many tokens at once, which a window has to hold as well (`n_ubatch`). */
const AT_ONCE = 512;

/**
 * What a GGUF model keeps for each token, by the keys of its architecture (docs/gguf.md of ggml). Layers may differ in their heads,
 * and look back at a window (`attention.sliding_window`, and `…_pattern`, a period or a list of layers: `set_swa_pattern` of
 * llama-hparams.cpp), of which they keep the window and what is read at once (llama-kv-cache-iswa.cpp); the last ones may use what
 * others keep (`attention.shared_kv_layers`).
 */
export const keptByGguf = ({ values }: Pick<Gguf, 'values'>): Kept => {
  const architecture = String(values.get('general.architecture'));
  const of = (key: string) => values.get(`${architecture}.${key}`);
  const layers = whole(of('block_count'));
  const heads = whole(of('attention.head_count'));
  const size = whole(of('embedding_length'));
  const contextMost = whole(of('context_length'));
  // No text is read on from what was written before: nothing is kept (bert and its kin).
  if (layers === undefined || of('attention.causal') === 0) return contextMost === undefined ? {} : { contextMost };

  const usual = size !== undefined && heads !== undefined ? size / heads : undefined;
  const widthOf = (end: '' | '_swa'): number | undefined => {
    const [key, value] = ['key', 'value'].map((part) => whole(of(`attention.${part}_length${end}`)) ?? usual);
    return key === undefined || value === undefined ? undefined : key + value;
  };
  const hasOwn = whole(of('attention.key_length_swa')) !== undefined;
  const widths = { whole: widthOf(''), windowed: widthOf(hasOwn ? '_swa' : '') };
  const kept = of('attention.head_count_kv');
  const headsOf = (layer: number): number | undefined =>
    typeof kept === 'object' ? (whole(kept[layer]) ?? 0) : (whole(kept) ?? heads);
  const rank = whole(of('attention.kv_lora_rank'));
  const firstShared = layers - (whole(of('attention.shared_kv_layers')) ?? 0);

  const window = whole(of('attention.sliding_window'));
  const pattern = of('attention.sliding_window_pattern');
  const [period, isFirstWhole] = PATTERNS[architecture] ?? [1, false];
  return keptBy({
    layers,
    contextMost,
    window: window === undefined ? undefined : window + AT_ONCE,
    isWindowed:
      typeof pattern === 'object'
        ? (layer) => (pattern[layer] ?? 0) !== 0
        : inTurn(typeof pattern === 'number' ? pattern : period, isFirstWhole),
    width: (layer, isWindowed) => {
      if (layer >= firstShared) return 0;
      if (rank !== undefined) return rank + (whole(of('rope.dimension_count')) ?? 0);
      const width = isWindowed ? widths.windowed : widths.whole;
      const count = headsOf(layer);
      return width === undefined || count === undefined ? undefined : count * width;
    },
  });
};
