import { describe, expect, test } from 'vitest';
import { isLoadable, type Loads, whatLoads } from '../../src/domain/files/loads/loads.ts';
import { sampleFile } from './sample-listing.ts';

interface Words {
  readonly pipelineTag?: string;
  readonly libraryName?: string;
  readonly tags?: readonly string[];
  readonly autoModel?: string;
  readonly baseModel?: string;
}

const loads = (paths: readonly string[], metadata: Words = {}): Loads =>
  whatLoads({ repoType: 'model', metadata: { ...metadata } }, paths.map(sampleFile));

const PLAIN = ['config.json', 'model.safetensors', 'tokenizer.json'];

describe('what loads a model', () => {
  test('is the class that the Hub names, else the one of the task', () => {
    expect(loads(PLAIN, { pipelineTag: 'text-generation' })).toMatchObject({
      autoModel: 'AutoModelForCausalLM',
      isServed: true,
    });
    expect(loads(PLAIN, { pipelineTag: 'text-generation', autoModel: 'AutoModelForSeq2SeqLM' })).toMatchObject({
      autoModel: 'AutoModelForSeq2SeqLM',
      isServed: false,
    });
    expect(loads(PLAIN)).toMatchObject({ kind: 'transformers', autoModel: 'AutoModel', isServed: false });
  });

  test('hears speech by one class of two', () => {
    const pipelineTag = 'automatic-speech-recognition';
    expect(loads(PLAIN, { pipelineTag, tags: ['whisper'] })).toMatchObject({
      autoModel: 'AutoModelForSpeechSeq2Seq',
      isServed: false,
    });
    expect(loads(PLAIN, { pipelineTag, tags: ['wav2vec2'] })).toMatchObject({ autoModel: 'AutoModelForCTC' });
  });

  // oscardvs/zoteus#51: four of ten embedding models came out wrong by transformers’ own pooling.
  test('is sentence-transformers where the repository says so, not transformers', () => {
    expect(loads([...PLAIN, 'modules.json', '1_Pooling/config.json'])).toEqual({
      kind: 'library',
      library: 'sentence-transformers',
    });
    expect(loads(PLAIN, { libraryName: 'sentence-transformers' })).toEqual({
      kind: 'library',
      library: 'sentence-transformers',
    });
  });

  // lm-sys/FastChat#1689: an adapter was served as if it were a model.
  test('is an adapter with what it was made for, and is served by nobody alone', () => {
    const paths = ['README.md', 'adapter_config.json', 'adapter_model.safetensors'];
    expect(loads(paths, { libraryName: 'peft', baseModel: 'org/base', pipelineTag: 'text-generation' })).toEqual({
      kind: 'peft',
      base: 'org/base',
      autoModel: 'AutoModelForCausalLM',
    });
    expect(loads(paths.slice(0, 2), { libraryName: 'peft' })).toEqual({ kind: 'nothing' });
  });

  // vllm-project/vllm#13283: mlx-community’s weights given to vLLM.
  test.each(['mlx', 'exl2', 'exl3'])('in the form of %s is not what transformers and vLLM read', (tag) => {
    const found = loads(PLAIN, { tags: [tag], libraryName: 'transformers', pipelineTag: 'text-generation' });
    expect(found).toMatchObject(tag === 'mlx' ? { kind: 'library', library: 'mlx' } : { kind: 'weights' });
  });

  // huggingface/huggingface_hub#3645: consolidated files only, and vLLM loads them.
  test('in Mistral’s own format is vLLM alone', () => {
    expect(loads(['consolidated.safetensors', 'params.json', 'tekken.json'])).toEqual({ kind: 'mistral' });
  });

  test('is a pipeline, told the variant if there is no plain file', () => {
    expect(loads(['model_index.json', 'unet/diffusion_pytorch_model.fp16.safetensors'])).toEqual({
      kind: 'diffusers',
      variant: 'fp16',
    });
    expect(loads(['model_index.json', 'unet/diffusion_pytorch_model.safetensors'])).toEqual({
      kind: 'diffusers',
      variant: undefined,
    });
    expect(loads(['config.json', 'model.fp16.safetensors'])).toMatchObject({ variant: 'fp16', isServed: false });
  });

  test('is a single .nemo, a single checkpoint, a CTranslate2 folder', () => {
    const pipelineTag = 'automatic-speech-recognition';
    expect(loads(['README.md', 'parakeet.nemo'], { libraryName: 'nemo', pipelineTag })).toEqual({
      kind: 'nemo',
      entry: 'parakeet.nemo',
    });
    expect(loads(['README.md', 'sd_xl_base_1.0.safetensors'], { libraryName: 'diffusers' })).toEqual({
      kind: 'weights',
      entry: 'sd_xl_base_1.0.safetensors',
    });
    expect(loads(['config.json', 'model.bin', 'vocabulary.json'], { libraryName: 'ctranslate2', pipelineTag })).toEqual(
      { kind: 'library', library: 'faster-whisper' },
    );
  });

  test('of pictures in GGUF form is not llama.cpp, nor of a draft head or a projector alone', () => {
    expect(loads(['flux1-dev-Q4_K_S.gguf'], { pipelineTag: 'text-to-image' })).toEqual({
      kind: 'weights',
      entry: 'flux1-dev-Q4_K_S.gguf',
    });
    expect(loads(['MTP/gemma-4-Q8_0-MTP.gguf']).kind).toBe('weights');
    expect(loads(['mmproj-F16.gguf']).kind).toBe('weights');
    expect(loads(['bge-m3-Q8_0.gguf'], { pipelineTag: 'sentence-similarity' })).toMatchObject({
      kind: 'llama.cpp',
      embeds: true,
    });
  });

  test('is nothing where a part is missing', () => {
    expect(loads(['m-00002-of-00002.gguf'])).toEqual({ kind: 'parts' });
    expect(loads(['config.json', 'model-00001-of-00002.safetensors'])).toEqual({ kind: 'parts' });
    // oobabooga/textgen#6187: whole, but nobody loads them before they are joined.
    expect(loads(['t.Q8_0.gguf.part1of2', 't.Q8_0.gguf.part2of2']).kind).toBe('weights');
  });

  test('is nothing where no weights came', () => {
    expect(loads(['README.md', 'measurement.json', '.gitattributes', 'logo.png'])).toEqual({ kind: 'nothing' });
    expect(loads(['onnx/config.json'])).toEqual({ kind: 'nothing' });
    expect(isLoadable(loads(['README.md']))).toBe(false);
    expect(whatLoads({ repoType: 'dataset', metadata: null }, ['README.md'].map(sampleFile))).toEqual({
      kind: 'nothing',
    });
    expect(whatLoads({ repoType: 'dataset', metadata: null }, ['a.parquet'].map(sampleFile))).toEqual({
      kind: 'datasets',
    });
  });

  test('is read from the files alone where nothing was kept with the model', () => {
    expect(whatLoads({ repoType: 'model', metadata: null }, PLAIN.map(sampleFile)).kind).toBe('transformers');
  });
});
