import { describe, expect, test } from 'vitest';
import { chosen, offered, sampleListing, select, type Spec } from './sample-listing.ts';

const labels = (specs: readonly Spec[]): string[] => Object.keys(offered(sampleListing(specs))).toSorted();
const CONFIG = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];

describe('an ONNX model in several number formats', () => {
  // onnx-community/Qwen2.5-0.5B-Instruct
  const qwen: Spec[] = [
    '.gitattributes',
    'README.md',
    ...CONFIG,
    ['onnx/model.onnx', 500_000],
    ['onnx/model.onnx_data', 1_990_000_000],
    ['onnx/model_bnb4.onnx', 780_000_000],
    ['onnx/model_fp16.onnx', 990_000_000],
    ['onnx/model_int8.onnx', 500_000_000],
    ['onnx/model_q4.onnx', 786_000_000],
    ['onnx/model_q4f16.onnx', 483_000_000],
    ['onnx/model_quantized.onnx', 502_000_000],
    ['onnx/model_uint8.onnx', 501_000_000],
  ];
  const common = ['README.md', ...CONFIG];

  test('is offered by the names that transformers.js takes, each with its configuration, the plain one usual', () => {
    const listing = sampleListing(qwen);
    expect(select(listing)).toMatchObject({ kind: 'choose', of: 'dtypes', suggested: 'fp32' });
    expect(labels(qwen)).toEqual(['bnb4', 'fp16', 'fp32', 'int8', 'q4', 'q4f16', 'q8', 'uint8']);
    expect(offered(listing)['fp32']).toEqual([...common, 'onnx/model.onnx', 'onnx/model.onnx_data']);
    expect(offered(listing)['q8']).toEqual([...common, 'onnx/model_quantized.onnx']);
  });

  test.each([
    ['q4', 'onnx/model_q4.onnx'],
    ['fp16', 'onnx/model_fp16.onnx'],
    ['Q4F16', 'onnx/model_q4f16.onnx'],
    ['uint8', 'onnx/model_uint8.onnx'],
    ['q8', 'onnx/model_quantized.onnx'],
    ['quantized', 'onnx/model_quantized.onnx'],
    ['bnb4', 'onnx/model_bnb4.onnx'],
  ])('quantize=%s takes it without a question', (quantize, path) => {
    expect(chosen(sampleListing(qwen), { quantize })).toEqual([...common, path]);
  });

  test('full precision and fp32 are the plain one, and what is not there is refused with what is', () => {
    const plain = [...common, 'onnx/model.onnx', 'onnx/model.onnx_data'];
    expect(chosen(sampleListing(qwen), { quantize: 'no' })).toEqual(plain);
    expect(chosen(sampleListing(qwen), { quantize: 'fp32' })).toEqual(plain);
    expect(chosen(sampleListing(qwen), { quantize: 'latest' })).toEqual(plain);
    expect(() => select(sampleListing(qwen.slice(0, 9)), { quantize: 'q4' })).toThrow(
      'It has: fp32 (1.99 GB), bnb4 (780 MB), all.',
    );
  });

  test('the weights beside a graph come with it, in as many files as there are', () => {
    // onnx-community/Phi-3.5-mini-instruct-onnx-web
    const phi = ['onnx/model_q4.onnx', 'onnx/model_q4.onnx_data', 'onnx/model_q4.onnx_data_1', 'onnx/model_q4f16.onnx'];
    expect(offered(sampleListing(phi))).toEqual({ q4: phi.slice(0, 3), q4f16: phi.slice(3) });
  });

  test('encoder and decoder are one choice, and decoders that are merged come once', () => {
    // onnx-community/whisper-base; the encoder has no bnb4 here.
    const graphs = ['decoder_model', 'decoder_model_merged', 'decoder_with_past_model', 'encoder_model'];
    const whisper = graphs.flatMap((graph) => ['', '_fp16', '_q4'].map((dtype) => `onnx/${graph}${dtype}.onnx`));
    expect(offered(sampleListing([...whisper, 'onnx/decoder_model_merged_bnb4.onnx']))).toEqual({
      fp32: ['onnx/decoder_model_merged.onnx', 'onnx/encoder_model.onnx'],
      fp16: ['onnx/decoder_model_merged_fp16.onnx', 'onnx/encoder_model_fp16.onnx'],
      q4: ['onnx/decoder_model_merged_q4.onnx', 'onnx/encoder_model_q4.onnx'],
      bnb4: ['onnx/encoder_model.onnx', 'onnx/decoder_model_merged_bnb4.onnx'],
    });
  });

  test('small weights beside it come with each: the voices of a speech model', () => {
    // onnx-community/Kokoro-82M-v1.0-ONNX
    const voices = ['voices/af.bin', 'voices/af_bella.bin'].map((path): Spec => [path, 500_000]);
    const kokoro: Spec[] = [...voices, ['onnx/model.onnx', 326_000_000], ['onnx/model_q8f16.onnx', 86_000_000]];
    expect(offered(sampleListing(kokoro))).toEqual({
      fp32: ['voices/af.bin', 'voices/af_bella.bin', 'onnx/model.onnx'],
      q8f16: ['voices/af.bin', 'voices/af_bella.bin', 'onnx/model_q8f16.onnx'],
    });
  });

  test('beside safetensors of the same model it is taken only when it is asked for', () => {
    // mixedbread-ai/mxbai-embed-xsmall-v1
    const both: Spec[] = [
      'config.json',
      ['model.safetensors', 48_000_000],
      ['onnx/model.onnx', 96_000_000],
      ['onnx/model_q4.onnx', 50_000_000],
      ['onnx/model_quantized.onnx', 24_000_000],
    ];
    expect(chosen(sampleListing(both))).toEqual(['config.json', 'model.safetensors']);
    expect(chosen(sampleListing(both), { quantize: 'no' })).toEqual(['config.json', 'model.safetensors']);
    expect(chosen(sampleListing(both), { quantize: 'q8' })).toEqual(['config.json', 'onnx/model_quantized.onnx']);
    expect(chosen(sampleListing(both), { quantize: 'q4' })).toEqual(['config.json', 'onnx/model_q4.onnx']);
  });

  test('in one format is no choice', () => {
    expect(chosen(sampleListing(['config.json', 'onnx/encoder_model.onnx', 'onnx/decoder_model.onnx']))).toHaveLength(
      3,
    );
  });
});

describe('a repository of ggml files', () => {
  // ggerganov/whisper.cpp
  const whisper = [
    '.gitattributes',
    'README.md',
    'ggml-base-encoder.mlmodelc.zip',
    'ggml-base-q5_1.bin',
    'ggml-base.bin',
    'ggml-base.en-q5_1.bin',
    'ggml-base.en.bin',
    'ggml-large-v3-turbo-q5_0.bin',
    'ggml-large-v3-turbo.bin',
  ];

  test('offers each as a model, that one suggested which whisper.cpp takes', () => {
    expect(labels(whisper)).toEqual([
      'base',
      'base-q5_1',
      'base.en',
      'base.en-q5_1',
      'large-v3-turbo',
      'large-v3-turbo-q5_0',
    ]);
    expect(select(sampleListing(whisper))).toMatchObject({ of: 'models', suggested: 'base.en' });
  });

  test.each([
    ['base.en-q5_1', 'ggml-base.en-q5_1.bin'],
    ['ggml-large-v3-turbo.bin', 'ggml-large-v3-turbo.bin'],
    ['q5_0', 'ggml-large-v3-turbo-q5_0.bin'],
    ['latest', 'ggml-base.en.bin'],
  ])('%s takes it without a question', (quantize, path) => {
    expect(chosen(sampleListing(whisper), { quantize })).toEqual(['README.md', path]);
  });

  test('asks which where several are called so', () => {
    expect(Object.keys(offered(sampleListing(whisper), { quantize: 'q5_1' })).toSorted()).toEqual([
      'base-q5_1',
      'base.en-q5_1',
    ]);
  });

  test('of language models is chosen by its quants', () => {
    // TheBloke/Llama-2-7B-Chat-GGML
    const llama = ['q4_0', 'q4_K_M', 'q8_0'].map((quant) => `llama-2-7b-chat.ggmlv3.${quant}.bin`);
    expect(select(sampleListing(['config.json', ...llama]))).toMatchObject({ suggested: 'q4_K_M' });
    expect(chosen(sampleListing(['config.json', ...llama]), { quantize: 'Q8_0' })).toEqual(['config.json', llama[2]]);
  });

  test('beside weights of another kind is no choice', () => {
    expect(chosen(sampleListing(['ggml-model-f32.bin', 'ggml-a.bin', 'model.safetensors', 'config.json']))).toContain(
      'model.safetensors',
    );
  });
});

describe('two experts of one model', () => {
  // Comfy-Org/Wan_2.2_ComfyUI_Repackaged
  const folder = 'split_files/diffusion_models';
  const pair = (name: (side: string) => string): string[] => ['high', 'low'].map((side) => `${folder}/${name(side)}`);
  const t2v = pair((side) => `wan2.2_t2v_${side}_noise_14B_fp8_scaled.safetensors`);
  const i2v = pair((side) => `wan2.2_i2v_${side}_noise_14B_fp16.safetensors`);
  const single = `${folder}/wan2.2_ti2v_5B_fp16.safetensors`;
  const wan: Spec[] = [
    'README.md',
    ...[...t2v, ...i2v, single].map((path): Spec => [path, 14e9]),
    'split_files/loras/wan2.2_t2v_lightx2v_4steps_lora_v1.1_high_noise.safetensors',
    'split_files/loras/wan2.2_t2v_lightx2v_4steps_lora_v1.1_low_noise.safetensors',
    ['split_files/text_encoders/umt5_xxl_fp16.safetensors', 11e9],
    ['split_files/text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors', 6e9],
    'split_files/vae/wan2.2_vae.safetensors',
    'split_files/vae/wan_2.1_vae.safetensors',
  ];
  const vae = ['split_files/vae/wan2.2_vae.safetensors', 'split_files/vae/wan_2.1_vae.safetensors'];

  test('are one choice, with the text encoder in the same numbers and without adapters', () => {
    const encoder = (numbers: string): string => `split_files/text_encoders/umt5_xxl_${numbers}.safetensors`;
    expect(offered(sampleListing(wan))).toEqual({
      'wan2.2_t2v_14B_fp8_scaled': ['README.md', ...t2v, encoder('fp8_e4m3fn_scaled'), ...vae],
      'wan2.2_i2v_14B_fp16': ['README.md', ...i2v, encoder('fp16'), ...vae],
      'wan2.2_ti2v_5B_fp16': ['README.md', single, encoder('fp16'), ...vae],
    });
    expect(select(sampleListing(wan))).toMatchObject({ of: 'models', suggested: undefined });
  });

  test('one is chosen by its name, or by that of a half', () => {
    const first = ['README.md', ...t2v, 'split_files/text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors', ...vae];
    expect(chosen(sampleListing(wan), { quantize: 'wan2.2_t2v_14B_fp8_scaled' })).toEqual(first);
    const half = 'wan2.2_t2v_low_noise_14B_fp8_scaled.safetensors';
    expect(chosen(sampleListing(wan), { quantize: half })).toEqual(first);
    expect(chosen(sampleListing(wan), { quantize: 'all' })).toHaveLength(wan.length);
  });

  test('are told apart by capitals alone, too', () => {
    // Kijai/WanVideo_comfy_fp8_scaled
    const kijai = ['T2V/Wan2_2-T2V-A14B', 'I2V/Wan2_2-I2V-A14B'].map((model) =>
      ['HIGH', 'LOW'].map((side) => `${model}-${side}_fp8_e4m3fn_scaled_KJ.safetensors`),
    );
    expect(offered(sampleListing(kijai.flat()))).toEqual({
      'Wan2_2-T2V-A14B_fp8_e4m3fn_scaled_KJ': kijai[0],
      'Wan2_2-I2V-A14B_fp8_e4m3fn_scaled_KJ': kijai[1],
    });
    const gguf = ['HIGH', 'LOW'].flatMap((side) => ['Q4_K_M', 'Q8_0'].map((quant) => `m-${side}-${quant}.gguf`));
    expect(labels(gguf)).toEqual(['Q4_K_M', 'Q8_0']);
  });

  test('of which one is missing are no pair, nor are words that mean something else', () => {
    const [high = '', low = ''] = t2v;
    expect(chosen(sampleListing([high, single]))).toEqual([high, single]);
    expect(chosen(sampleListing(['a_high_vram.safetensors', 'a_low_vram.safetensors', 'b.safetensors']))).toHaveLength(
      3,
    );
    expect(chosen(sampleListing([low]))).toEqual([low]);
  });

  test('as their authors lay them out come together', () => {
    // Wan-AI/Wan2.2-T2V-A14B
    const folders = ['high_noise_model', 'low_noise_model'].flatMap((side) => [
      `${side}/config.json`,
      `${side}/diffusion_pytorch_model-00001-of-00002.safetensors`,
      `${side}/diffusion_pytorch_model-00002-of-00002.safetensors`,
      `${side}/diffusion_pytorch_model.safetensors.index.json`,
    ]);
    const whole = [...folders, 'Wan2.1_VAE.pth', 'models_t5_umt5-xxl-enc-bf16.pth'];
    expect(chosen(sampleListing(whole))).toEqual(whole);
  });
});

describe('whoever asks to be asked', () => {
  const ask = { quantize: 'ask' };

  test('is shown all that can be had, what comes unasked among it', () => {
    const mixed: Spec[] = [
      'config.json',
      ['model.safetensors', 48e6],
      ['m-Q4_K_M.gguf', 12e6],
      ['onnx/model.onnx', 96e6],
      ['onnx/model_quantized.onnx', 24e6],
    ];
    expect(select(sampleListing(mixed), ask)).toMatchObject({ of: 'all', suggested: 'auto' });
    expect(offered(sampleListing(mixed), ask)).toEqual({
      auto: ['config.json', 'model.safetensors'],
      Q4_K_M: ['config.json', 'm-Q4_K_M.gguf'],
      fp32: ['config.json', 'onnx/model.onnx'],
      q8: ['config.json', 'onnx/model_quantized.onnx'],
      all: mixed.map(String).map((spec) => spec.split(',')[0]),
    });
  });

  test('may have a pipeline in half precision', () => {
    const pipeline = [
      'model_index.json',
      'unet/config.json',
      ...['', '.fp16'].map((half) => `unet/model${half}.safetensors`),
    ];
    expect(select(sampleListing(pipeline), ask)).toMatchObject({ of: 'all', suggested: 'auto' });
    expect(offered(sampleListing(pipeline), ask)).toEqual({
      auto: pipeline.slice(0, 3),
      fp16: ['model_index.json', 'unet/config.json', 'unet/model.fp16.safetensors'],
      all: pipeline,
    });
  });

  test('is asked what everybody is asked, and about all of it', () => {
    const quants = ['m-Q4_K_M.gguf', 'm-Q8_0.gguf'];
    expect(select(sampleListing(quants), ask)).toMatchObject({ of: 'quants', suggested: 'Q4_K_M' });
    expect(offered(sampleListing(quants), ask)).toEqual({ ...offered(sampleListing(quants)), all: quants });
    const drafts = sampleListing(['MTP/a-BF16-MTP.gguf', 'MTP/a-Q8_0-MTP.gguf']);
    expect(select(drafts, ask)).toEqual(select(drafts));
  });

  test('gets the only one there is, under its name', () => {
    expect(select(sampleListing(['config.json', 'model.safetensors']), ask)).toMatchObject({ label: 'auto' });
    expect(select(sampleListing(['m-Q8_0.gguf']), ask)).toMatchObject({ label: 'Q8_0' });
    expect(select(sampleListing(['a.parquet'], { type: 'dataset' }), ask)).toMatchObject({ label: 'auto' });
  });
});

describe('every choice, taken as quantize, gives the files that were offered', () => {
  test.each([
    [
      'onnx',
      ['config.json', 'onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_q4.onnx', 'onnx/model_uint8f16.onnx'],
    ],
    ['ggml', ['ggml-tiny.bin', 'ggml-tiny.en.bin', 'ggml-tiny.en-q8_0.bin', 'sub/ggml-tiny.bin']],
    [
      'experts',
      ['high', 'low'].flatMap((side) => ['a', 'b/a', 'c'].map((name) => `${name}_${side}_noise.safetensors`)),
    ],
  ])('%s', (_, specs) => {
    const listing = sampleListing(specs);
    for (const [quantize, paths] of Object.entries(offered(listing))) {
      expect(chosen(listing, { quantize })).toEqual(paths);
    }
  });
});
