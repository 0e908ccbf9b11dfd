import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { escapeGlob } from '../../src/domain/files/glob.ts';
import type { RepoFile, RepoListing } from '../../src/domain/listing.ts';
import { parseRepoRef } from '../../src/domain/repo/repo.ts';
import {
  DEFAULT_SELECTION,
  parseSelectionKey,
  type Selection,
  selectFiles,
  selectionKey,
  selectionOf,
} from '../../src/domain/files/selection.ts';
import { chosen as paths, sampleListing as repo, select, type Spec } from './sample-listing.ts';

const refusal = (listing: RepoListing, wanted: Partial<Selection>): string => {
  try {
    select(listing, wanted);
  } catch (error) {
    if (error instanceof AppError && error.code === 'validation') return error.message;
    throw error;
  }
  throw new Error('It was taken');
};

/** openai-community/gpt2 at 607a30d7; the sizes of the small files in onnx/ and of the graphs are rounded. */
const GPT2 = repo([
  ['.gitattributes', 445],
  ['64-8bits.tflite', 125162496],
  ['64-fp16.tflite', 248269688],
  ['64.tflite', 495791932],
  ['README.md', 8092],
  ['config.json', 665],
  ['flax_model.msgpack', 497764120],
  ['generation_config.json', 124],
  ['merges.txt', 456318],
  ['model.safetensors', 548105171],
  ['onnx/config.json', 879],
  ['onnx/decoder_model.onnx', 653665842],
  ['onnx/decoder_model_merged.onnx', 655188910],
  ['onnx/decoder_with_past_model.onnx', 653672649],
  ['onnx/generation_config.json', 119],
  ['onnx/merges.txt', 456318],
  ['onnx/special_tokens_map.json', 99],
  ['onnx/tokenizer.json', 2107653],
  ['onnx/tokenizer_config.json', 234],
  ['onnx/vocab.json', 798156],
  ['pytorch_model.bin', 548118077],
  ['rust_model.ot', 702517648],
  ['tf_model.h5', 497933648],
  ['tokenizer.json', 1355256],
  ['tokenizer_config.json', 26],
  ['vocab.json', 1042301],
]);

describe('gpt2', () => {
  test('without a wish is what transformers reads: 551 MB of 5.6 GB', () => {
    const all = select(GPT2, { quantize: 'all' });
    const auto = select(GPT2);
    expect(paths(GPT2)).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'merges.txt',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.json',
    ]);
    expect(all.kind === 'files' && all.files.length).toBe(26);
    expect(all.kind === 'files' && all.totalBytes / 1e9).toBeCloseTo(5.63, 2);
    expect(auto.kind === 'files' && auto.totalBytes).toBe(550_967_953);
  });

  test('no means the same, for its safetensors are in full precision', () => {
    expect(paths(GPT2, { quantize: 'no' })).toEqual(paths(GPT2));
  });

  test('has no 4-bit, fp16 or labelled files, and the sentence says what it has', () => {
    expect(refusal(GPT2, { quantize: 'q4' })).toBe(
      'org/name has no 4-bit files. It has only one form: quantize= takes auto, no or all.',
    );
    expect(refusal(GPT2, { quantize: 'fp16' })).toBe(
      'org/name has no fp16 files. It has only one form: quantize= takes auto, no or all.',
    );
    expect(refusal(GPT2, { quantize: 'Q4_K_M' })).toContain('no files called Q4_K_M');
  });

  test('without its safetensors is read from the .bin', () => {
    const chosen = paths(GPT2, { exclude: ['*.safetensors'] });
    expect(chosen).toContain('pytorch_model.bin');
    expect(chosen).not.toContain('rust_model.ot');
  });

  test('gives another form to whoever names it', () => {
    expect(paths(GPT2, { include: ['onnx/*'], exclude: ['*_merged*', '*with_past*'] })).toEqual([
      'onnx/config.json',
      'onnx/decoder_model.onnx',
      'onnx/generation_config.json',
      'onnx/merges.txt',
      'onnx/special_tokens_map.json',
      'onnx/tokenizer.json',
      'onnx/tokenizer_config.json',
      'onnx/vocab.json',
    ]);
  });
});

describe('weights in several forms', () => {
  test("shards come with their index, and the other form's index does not", () => {
    const listing = repo([
      'config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'pytorch_model-00001-of-00002.bin',
      'pytorch_model-00002-of-00002.bin',
      'pytorch_model.bin.index.json',
      'tokenizer.model',
    ]);
    expect(paths(listing)).toEqual([
      'config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'tokenizer.model',
    ]);
  });

  test('a .bin is taken where there is no safetensors, as in the side folders of sentence-transformers', () => {
    const listing = repo([
      '1_Pooling/config.json',
      '2_Dense/config.json',
      '2_Dense/pytorch_model.bin',
      'config.json',
      'model.safetensors',
      'modules.json',
      'onnx/model.onnx',
      'openvino/openvino_model.bin',
      'openvino/openvino_model.xml',
      'pytorch_model.bin',
      'vocab.txt',
    ]);
    expect(paths(listing)).toEqual([
      '1_Pooling/config.json',
      '2_Dense/config.json',
      '2_Dense/pytorch_model.bin',
      'config.json',
      'model.safetensors',
      'modules.json',
      'vocab.txt',
    ]);
  });

  test('copies of Meta and Mistral in their own format, and states of the training, are left out', () => {
    const listing = repo([
      'checkpoint-500/model.safetensors',
      'checkpoint-500/optimizer.pt',
      'config.json',
      'consolidated.safetensors',
      'model-00001-of-00001.safetensors',
      'optimizer.pt',
      'original/consolidated.00.pth',
      'original/params.json',
      'params.json',
      'runs/Jan/events.out.tfevents.1',
      'training_args.bin',
    ]);
    expect(paths(listing)).toEqual(['config.json', 'model-00001-of-00001.safetensors', 'params.json']);
  });

  test('where there is nothing but such a copy, it is what there is', () => {
    expect(paths(repo(['consolidated.safetensors', 'params.json', 'tekken.json']))).toEqual([
      'consolidated.safetensors',
      'params.json',
      'tekken.json',
    ]);
    expect(paths(repo(['checkpoint-9/config.json', 'checkpoint-9/model.safetensors']))).toHaveLength(2);
  });

  test('a variant is left out beside the plain file, taken where it is all there is, and chosen by fp16', () => {
    const listing = repo([
      'config.json',
      'model.fp16.safetensors',
      'model.fp32-00001-of-00002.safetensors',
      'model.fp32-00002-of-00002.safetensors',
      'model.safetensors',
      'model.safetensors.index.fp32.json',
    ]);
    expect(paths(listing)).toEqual(['config.json', 'model.safetensors']);
    expect(paths(listing, { quantize: 'fp16' })).toEqual(['config.json', 'model.fp16.safetensors']);
    expect(paths(repo(['config.json', 'model.fp16.safetensors']))).toEqual(['config.json', 'model.fp16.safetensors']);
  });

  test('pictures, logs and .gitattributes stay, code, tokenizers, the card and the licence come', () => {
    const listing = repo([
      '.gitattributes',
      'LICENSE',
      'README.md',
      'USE_POLICY.md',
      'assets/demo.mp4',
      'chat_template.jinja',
      'logo.png',
      'model.safetensors',
      'modeling_x.py',
      'qwen.tiktoken',
      'sentencepiece.bpe.model',
      'speaker/embedding.npz',
      'tokenizer.model.v3',
    ]);
    expect(paths(listing)).toEqual([
      'LICENSE',
      'README.md',
      'USE_POLICY.md',
      'chat_template.jinja',
      'model.safetensors',
      'modeling_x.py',
      'qwen.tiktoken',
      'sentencepiece.bpe.model',
      'speaker/embedding.npz',
      'tokenizer.model.v3',
    ]);
  });

  test('if ONNX is all there is, it is taken, with the external data that lies beside it', () => {
    const listing = repo([
      'config.json',
      'onnx/model.onnx',
      'onnx/model.onnx_data',
      'onnx/embed.weight',
      'logo.png',
      '.gitattributes',
    ]);
    expect(paths(listing)).toEqual(['config.json', 'onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/embed.weight']);
  });

  test('Core ML packages are taken whole where there is nothing else, and not at all where there is', () => {
    const weights = 'm.mlpackage/Data/com.apple.CoreML/weights/weight.bin';
    const packed = ['m.mlpackage/Data/com.apple.CoreML/model.mlmodel', weights, 'm.mlpackage/Manifest.json'];
    expect(paths(repo(packed))).toEqual(packed);
    expect(paths(repo([...packed, 'model.safetensors']))).toEqual(['model.safetensors']);
  });

  test('a repository without weights that we know is taken whole', () => {
    expect(paths(repo(['.gitattributes', 'README.md', 'model.nemo', 'logo.png']))).toEqual([
      'README.md',
      'model.nemo',
      'logo.png',
    ]);
  });
});

describe('a diffusers pipeline', () => {
  const COMMON: Spec[] = [
    'README.md',
    'model_index.json',
    'scheduler/scheduler_config.json',
    'tokenizer/vocab.json',
    'unet/config.json',
    'vae/config.json',
  ];
  const SAFE: Spec[] = [
    'text_encoder/model.safetensors',
    'unet/diffusion_pytorch_model-00001-of-00002.safetensors',
    'unet/diffusion_pytorch_model-00002-of-00002.safetensors',
    'unet/diffusion_pytorch_model.safetensors.index.json',
    'vae/diffusion_pytorch_model.safetensors',
  ];
  const TORCH: Spec[] = [
    'text_encoder/pytorch_model.bin',
    'unet/diffusion_pytorch_model-00001-of-00002.bin',
    'unet/diffusion_pytorch_model-00002-of-00002.bin',
    'unet/diffusion_pytorch_model.bin.index.json',
    'vae/diffusion_pytorch_model.bin',
  ];
  const HALF: Spec[] = ['text_encoder/model.fp16.safetensors', 'unet/diffusion_pytorch_model.fp16.safetensors'];
  const sorted = (...specs: readonly Spec[][]): string[] => specs.flat().map(String).toSorted();

  test('is taken as safetensors if every weight has a twin; single files for other programs stay', () => {
    const listing = repo([
      ...COMMON,
      ...SAFE,
      ...TORCH,
      ...HALF,
      'v1-5-pruned.safetensors',
      'v1-5-pruned.ckpt',
      'unet/model.onnx',
      'flax_model.msgpack',
    ]);
    expect(paths(listing).toSorted()).toEqual(sorted(COMMON, SAFE));
  });

  test('is taken as .bin if one weight has no twin', () => {
    const checker = 'safety_checker/pytorch_model.bin';
    const listing = repo([...COMMON, ...SAFE, ...TORCH, checker]);
    expect(paths(listing).toSorted()).toEqual(sorted(COMMON, TORCH, [checker]));
  });

  test('in fp16 has the plain file where the variant is missing', () => {
    const listing = repo([...COMMON, ...SAFE, ...TORCH, ...HALF, 'vae/diffusion_pytorch_model.fp32.safetensors']);
    expect(paths(listing, { quantize: 'fp16' }).toSorted()).toEqual(
      sorted(COMMON, HALF, ['vae/diffusion_pytorch_model.safetensors']),
    );
  });
});

describe('a repository of GGUF files', () => {
  const LISTING = repo([
    ['.gitattributes', 2000],
    ['README.md', 500],
    ['config.json', 100],
    ['BF16/name-BF16-00001-of-00002.gguf', 2_000_000],
    ['BF16/name-BF16-00002-of-00002.gguf', 1_400_000],
    ['imatrix.gguf', 77],
    ['imatrix.dat', 77],
    ['logo.png', 9],
    ['mmproj-BF16.gguf', 50_000],
    ['mmproj-F32.gguf', 100_000],
    ['mtp-name-Q8_0.gguf', 88],
    ['name-Q2_K.gguf', 700_000],
    ['name-Q4_K_M.gguf', 1_000_000],
    ['name-Q8_0.gguf', 1_800_000],
    ['name-UD-Q4_K_XL.gguf', 1_100_000],
  ]);
  const Q4 = ['README.md', 'config.json', 'mmproj-BF16.gguf', 'name-Q4_K_M.gguf'];

  test('asks which, with the exact size of each: shards one choice, projector and configuration counted', () => {
    const result = select(LISTING);
    if (result.kind !== 'choose') throw new Error('No choice was offered');
    const small = 600 + 50_000;
    expect(result.suggested).toBe('Q4_K_M');
    expect(result.choices.map(({ label, totalBytes }) => [label, totalBytes])).toEqual([
      ['Q2_K', 700_000 + small],
      ['Q4_K_M', 1_000_000 + small],
      ['UD-Q4_K_XL', 1_100_000 + small],
      ['Q8_0', 1_800_000 + small],
      ['BF16', 3_400_000 + small],
    ]);
  });

  test('every choice, taken as quantize, gives the files that were offered', () => {
    const result = select(LISTING);
    if (result.kind !== 'choose') throw new Error('No choice was offered');
    for (const { label, files, totalBytes } of result.choices) {
      expect(select(LISTING, { quantize: label })).toMatchObject({ kind: 'files', files, totalBytes });
    }
  });

  test.each(['Q4_K_M', 'q4_k_m', 'q4', 'name-Q4_K_M.gguf'])('%s gives that one, with its projector', (quantize) => {
    expect(paths(LISTING, { quantize })).toEqual(Q4);
  });

  test('full precision is the largest unquantized one', () => {
    expect(paths(LISTING, { quantize: 'no' })).toEqual([
      'README.md',
      'config.json',
      'BF16/name-BF16-00001-of-00002.gguf',
      'BF16/name-BF16-00002-of-00002.gguf',
      'mmproj-BF16.gguf',
    ]);
  });

  test('a label that is not there is refused with those that are', () => {
    expect(refusal(LISTING, { quantize: 'Q5_K_M' })).toBe(
      'org/name has no files called Q5_K_M. It has: BF16 (3.4 MB), Q2_K (700 kB), Q4_K_M (1 MB), Q8_0 (1.8 MB), UD-Q4_K_XL (1.1 MB), all.',
    );
    expect(refusal(LISTING, { quantize: 'fp16' })).toContain('has no fp16 files. It has: BF16');
  });

  test('a single quant needs no question', () => {
    expect(paths(repo(['README.md', 'name-Q8_0.gguf', 'mmproj-F16.gguf']))).toEqual([
      'README.md',
      'name-Q8_0.gguf',
      'mmproj-F16.gguf',
    ]);
  });

  test('fp16 is the F16 file, also when it is called fp16', () => {
    expect(paths(repo(['a.fp16.gguf', 'a.Q8_0.gguf']), { quantize: 'fp16' })).toEqual(['a.fp16.gguf']);
  });

  test('a quant that two models share leads to a choice between them', () => {
    const listing = repo(['a-7b.Q4_K_M.gguf', 'a-13b.Q4_K_M.gguf', 'a-7b.Q8_0.gguf']);
    const result = select(listing, { quantize: 'Q4_K_M' });
    expect(result.kind === 'choose' && result.choices.map(({ label }) => label)).toEqual([
      'a-7b.Q4_K_M',
      'a-13b.Q4_K_M',
    ]);
    expect(paths(listing, { quantize: 'a-13b.Q4_K_M' })).toEqual(['a-13b.Q4_K_M.gguf']);
  });

  test('beside safetensors GGUF is taken only when asked for', () => {
    const listing = repo(['config.json', 'model.safetensors', 'name-Q4_K_M.gguf', 'name-Q8_0.gguf']);
    expect(paths(listing)).toEqual(['config.json', 'model.safetensors']);
    expect(paths(listing, { quantize: 'Q8_0' })).toEqual(['config.json', 'name-Q8_0.gguf']);
    expect(paths(listing, { quantize: 'q4' })).toEqual(['config.json', 'name-Q4_K_M.gguf']);
  });

  test('two paths of one blob are both kept, and counted once', () => {
    const twins = repo([]);
    const files: RepoFile[] = [
      { path: 'm-Q2_K.gguf', size: 500, etag: 'a'.repeat(64) },
      { path: 'm-Q2_K_L.gguf', size: 500, etag: 'a'.repeat(64) },
    ];
    expect(select({ ...twins, files }, { quantize: 'all' })).toEqual({ kind: 'files', files, totalBytes: 500 });
  });
});

describe('a dataset', () => {
  const LISTING = repo(['.gitattributes', 'README.md', 'data/a.parquet', 'data/b.parquet'], { type: 'dataset' });

  test('is taken whole, unless patterns say less', () => {
    expect(paths(LISTING)).toHaveLength(4);
    expect(paths(LISTING, { include: ['data/a*'] })).toEqual(['data/a.parquet']);
    expect(paths(LISTING, { exclude: ['data/'] })).toEqual(['.gitattributes', 'README.md']);
  });
  test('has no quants', () => {
    expect(refusal(LISTING, { quantize: 'q4' })).toContain('is a dataset and has no quants');
  });
});

describe('what a reference asks for', () => {
  const of = (text: string, options: Partial<Selection> = {}) => selectionOf(parseRepoRef(text), options);

  test('a link to a file means exactly that file, whatever its name holds', () => {
    const listing = repo(['a[1]*.gguf', 'a1x.gguf', 'config.json']);
    const selection = selectionOf({ type: 'model', id: 'org/name', path: 'a[1]*.gguf' });
    expect(selectFiles(listing, selection)).toMatchObject({ files: [{ path: 'a[1]*.gguf' }] });
    expect(paths(GPT2, of('https://huggingface.co/gpt2/blob/main/rust_model.ot'))).toEqual(['rust_model.ot']);
  });

  test('a link to a folder means all that is in it', () => {
    expect(paths(GPT2, of('https://huggingface.co/gpt2/tree/main/onnx'))).toHaveLength(10);
  });

  test('a file that is not there is refused', () => {
    expect(refusal(GPT2, of('https://huggingface.co/gpt2/blob/main/no.bin'))).toContain('none fits include=no.bin');
  });

  test('a tag is a quantize, and an option beside it wins', () => {
    expect(of('org/name:q4_k_m').quantize).toBe('Q4_K_M');
    expect(of('org/name:fp16').quantize).toBe('fp16');
    expect(of('org/name:Q4_K_M', { quantize: 'Q8_0' }).quantize).toBe('Q8_0');
    expect(of('org/name')).toEqual(DEFAULT_SELECTION);
  });

  test('an empty repository is refused', () => {
    expect(refusal(repo([]), {})).toContain('is empty');
  });
});

describe('the key of a selection', () => {
  test('is equal for selections that mean the same, and reads back', () => {
    const key = selectionKey({ quantize: 'q4_k_m', include: ['b', 'a', 'b'], exclude: [] });
    expect(key).toBe('{"quantize":"Q4_K_M","include":["a","b"],"exclude":[]}');
    expect(selectionKey({ exclude: [], include: ['a', 'b'], quantize: 'Q4_K_M' })).toBe(key);
    expect(selectionKey({ ...DEFAULT_SELECTION, quantize: 'AUTO' })).toBe(selectionKey(DEFAULT_SELECTION));
    expect(parseSelectionKey(key)).toEqual({ quantize: 'Q4_K_M', include: ['a', 'b'], exclude: [] });
  });

  test.each(['', 'auto', 'null', '{"quantize":1}', '{"include":"x"}', '{"include":[1]}'])('%j is refused', (text) => {
    expect(() => parseSelectionKey(text)).toThrow(AppError);
  });

  test.each(['q4f16', 'int8', 'uint8', 'bnb4', 'q8', 'fp32', 'latest'])(
    '%s is written so, however it was typed',
    (word) => {
      const { quantize } = selectionOf(parseRepoRef('org/name'), { quantize: word.toUpperCase() });
      expect(quantize).toBe(word);
    },
  );

  test('a name of the whole length that a path may have is a possible selection', () => {
    const path = Array.from({ length: 5 }, () => '*'.repeat(198)).join('/');
    expect(parseSelectionKey(selectionKey(selectionOf({ type: 'model', id: 'gpt2', path }))).include).toEqual([
      escapeGlob(path),
    ]);
  });
});
