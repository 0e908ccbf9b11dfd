import { defineRepo, type FileSpec, type SampleRepo } from '../repos/sample-repo.ts';
import { cardText, jsonText, llamaConfig, llamaFiles } from './texts.ts';

const readme = (title: string, about: string, pipelineTag: string, license = 'apache-2.0'): FileSpec => ({
  path: 'README.md',
  content: cardText({ title, license, about, pipelineTag }),
});

/** A language model as transformers.js has it: one graph in eight number formats, the plain one with its weights beside it. */
const onnxRepo = (): SampleRepo => {
  const sizes = {
    bnb4: 780_000,
    fp16: 990_000,
    int8: 502_000,
    q4: 786_000,
    q4f16: 483_000,
    quantized: 502_000,
    uint8: 501_000,
  };
  return defineRepo({
    id: 'sample/tiny-llama-ONNX',
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    libraryName: 'transformers.js',
    tags: ['onnx', 'llama', 'text-generation'],
    files: [
      readme('Tiny Llama ONNX', 'One model in every format that a browser takes.', 'text-generation'),
      ...llamaFiles(64),
      { path: 'onnx/model.onnx', size: 120_000 },
      { path: 'onnx/model.onnx_data', size: 1_900_000 },
      ...Object.entries(sizes).map(([dtype, size]) => ({ path: `onnx/model_${dtype}.onnx`, size })),
    ],
  });
};

/** What whisper.cpp reads: many models in one repository, each one file, some of them quantized. */
const whisperRepo = (): SampleRepo => {
  const sizes = {
    'tiny.en': 777_000,
    'tiny.en-q5_1': 322_000,
    base: 1_480_000,
    'base.en': 1_480_000,
    'base.en-q5_1': 598_000,
    'large-v3-turbo': 3_240_000,
    'large-v3-turbo-q5_0': 1_140_000,
  };
  return defineRepo({
    id: 'sample/tiny-whisper.cpp',
    license: 'mit',
    pipelineTag: 'automatic-speech-recognition',
    tags: ['whisper'],
    files: [
      readme('Tiny whisper.cpp', 'Each file is a model.', 'automatic-speech-recognition', 'mit'),
      ...Object.entries(sizes).map(([name, size]) => ({ path: `ggml-${name}.bin`, size })),
      { path: 'ggml-base.en-encoder.mlmodelc.zip', size: 379_000 },
    ],
  });
};

/** A video model packed for ComfyUI: models of two halves, the text encoder twice, VAEs, adapters. */
const packedVideoRepo = (): SampleRepo => {
  const model = (name: string, size: number): FileSpec => ({
    path: `split_files/diffusion_models/${name}.safetensors`,
    size,
  });
  const halves = (name: (side: string) => string, size: number): FileSpec[] =>
    ['high_noise', 'low_noise'].map((side) => model(name(side), size));
  return defineRepo({
    id: 'sample/Tiny-Video-ComfyUI',
    license: 'apache-2.0',
    pipelineTag: 'text-to-video',
    tags: ['comfyui', 'text-to-video'],
    files: [
      readme('Tiny Video for ComfyUI', 'Every model has a half for high noise and one for low.', 'text-to-video'),
      ...halves((side) => `tiny2.2_t2v_${side}_14B_fp8_scaled`, 1_430_000),
      ...halves((side) => `tiny2.2_t2v_${side}_14B_fp16`, 2_860_000),
      model('tiny2.2_ti2v_5B_fp16', 1_000_000),
      { path: 'split_files/loras/tiny2.2_t2v_4steps_lora_high_noise.safetensors', size: 120_000 },
      { path: 'split_files/loras/tiny2.2_t2v_4steps_lora_low_noise.safetensors', size: 120_000 },
      { path: 'split_files/text_encoders/umt5_xxl_fp16.safetensors', size: 1_140_000 },
      { path: 'split_files/text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors', size: 670_000 },
      { path: 'split_files/vae/tiny_2.1_vae.safetensors', size: 250_000 },
    ],
  });
};

/** Weights in branches, one for each number of bits; the main one holds papers only. */
const branchesRepo = (): SampleRepo => {
  const papers = [
    readme('Tiny Llama EXL2', 'Each branch holds another number of bits per weight.', 'text-generation'),
    { path: 'measurement.json', content: jsonText({ measurement: {} }) },
  ];
  const branch = (bits: number): FileSpec[] => [
    { path: 'config.json', content: llamaConfig(64) },
    { path: 'output.safetensors', size: bits * 600_000, seed: `exl2 ${bits}` },
  ];
  return defineRepo({
    id: 'sample/tiny-llama-exl2',
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    tags: ['exl2', 'text-generation'],
    files: papers,
    branches: { '3.5bpw': branch(3.5), '4.0bpw': branch(4), '6.0bpw': branch(6) },
  });
};

/** Repositories of which a person has to say which form of the model is meant. */
export const formRepos = (): readonly SampleRepo[] => [onnxRepo(), whisperRepo(), packedVideoRepo(), branchesRepo()];
