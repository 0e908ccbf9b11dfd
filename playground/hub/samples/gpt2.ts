import { defineRepo, type FileSpec, type SampleRepo } from '../repos/sample-repo.ts';
import { GPT2_CARD } from './gpt2-card.ts';
import { jsonText, mergesText, padded, tokenizerText, vocabularyText } from './texts.ts';

const WORDS = 50_257;

const CONFIG = {
  activation_function: 'gelu_new',
  architectures: ['GPT2LMHeadModel'],
  attn_pdrop: 0.1,
  bos_token_id: 50256,
  embd_pdrop: 0.1,
  eos_token_id: 50256,
  initializer_range: 0.02,
  layer_norm_epsilon: 0.00001,
  model_type: 'gpt2',
  n_ctx: 1024,
  n_embd: 768,
  n_head: 12,
  n_layer: 12,
  n_positions: 1024,
  resid_pdrop: 0.1,
  summary_activation: null,
  summary_first_dropout: 0.1,
  summary_proj_to_labels: true,
  summary_type: 'cls_index',
  summary_use_proj: true,
  task_specific_params: { 'text-generation': { do_sample: true, max_length: 50 } },
  vocab_size: WORDS,
};

const GITATTRIBUTES = '*.bin.* *.lfs.* *.bin *.h5 *.tflite *.tar.gz *.ot *.onnx *.msgpack model.safetensors'
  .split(' ')
  .map((name) => `${name} filter=lfs diff=lfs merge=lfs -text\n`)
  .join('');

const generationConfig = (version: string): string =>
  jsonText({ bos_token_id: 50256, eos_token_id: 50256, transformers_version: version, _from_model_config: true });

const onnxFiles = (): FileSpec[] => [
  { path: 'onnx/config.json', content: padded(jsonText({ _name_or_path: 'gpt2', ...CONFIG }), 879) },
  { path: 'onnx/generation_config.json', content: generationConfig('4.29.2') },
  { path: 'onnx/merges.txt', content: mergesText(456_318) },
  {
    path: 'onnx/special_tokens_map.json',
    content: jsonText({ bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' }),
  },
  { path: 'onnx/tokenizer.json', content: padded(tokenizerText(WORDS), 2_107_653) },
  {
    path: 'onnx/tokenizer_config.json',
    content: jsonText({ add_prefix_space: false, model_max_length: 1024, tokenizer_class: 'GPT2Tokenizer' }),
  },
  { path: 'onnx/vocab.json', content: padded(vocabularyText(WORDS), 798_156) },
  { path: 'onnx/decoder_model.onnx', size: 653_665_842 },
  { path: 'onnx/decoder_model_merged.onnx', size: 655_188_765 },
  { path: 'onnx/decoder_with_past_model.onnx', size: 653_672_649 },
];

/**
 * `openai-community/gpt2` with the 26 files of the real one in their real sizes, 5.6 GB, at the real commit. The four
 * smallest files are the real ones.
 */
export const gpt2Repo = (): SampleRepo =>
  defineRepo({
    id: 'openai-community/gpt2',
    renamedFrom: ['gpt2'],
    commit: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
    objectId: '621ffdc036468d709f17434d',
    license: 'mit',
    pipelineTag: 'text-generation',
    libraryName: 'transformers',
    tags: ['pytorch', 'tf', 'jax', 'tflite', 'rust', 'onnx', 'safetensors', 'gpt2', 'exbert', 'text-generation', 'en'],
    downloads: 10_240_318,
    likes: 3042,
    info: {
      config: { architectures: ['GPT2LMHeadModel'], model_type: 'gpt2', tokenizer_config: {} },
      safetensors: { parameters: { F32: 137_022_720 }, total: 137_022_720 },
    },
    files: [
      { path: '.gitattributes', content: padded(GITATTRIBUTES, 445) },
      { path: '64-8bits.tflite', size: 125_162_496 },
      { path: '64-fp16.tflite', size: 248_269_688 },
      { path: '64.tflite', size: 495_791_932 },
      { path: 'README.md', content: padded(GPT2_CARD, 8092) },
      // JavaScript writes 0.00001 where Python writes 1e-05; with that, this is the real file.
      { path: 'config.json', content: jsonText(CONFIG).replace('0.00001', '1e-05').trimEnd() },
      { path: 'flax_model.msgpack', size: 497_764_120 },
      { path: 'generation_config.json', content: generationConfig('4.26.0.dev0') },
      { path: 'merges.txt', content: mergesText(456_318) },
      { path: 'model.safetensors', size: 548_105_171 },
      ...onnxFiles(),
      { path: 'pytorch_model.bin', size: 548_118_077 },
      { path: 'rust_model.ot', size: 702_517_648 },
      { path: 'tf_model.h5', size: 497_933_648 },
      { path: 'tokenizer.json', content: padded(tokenizerText(WORDS), 1_355_256) },
      { path: 'tokenizer_config.json', content: '{"model_max_length": 1024}' },
      { path: 'vocab.json', content: padded(vocabularyText(WORDS), 1_042_301) },
    ],
  });
