import * as tasks from '@huggingface/tasks';
import { describe, expect, test } from 'vitest';
import * as names from '../../src/domain/files/gguf-names.ts';
import { fourBitGguf, ggufLabel, ggufModels, projectorOf, readQuant, usualGguf } from '../../src/domain/files/gguf.ts';
import type { RepoFile } from '../../src/domain/listing.ts';

const file = (path: string, size = 1000): RepoFile => ({ path, size, etag: path });
const models = (...paths: string[]) => ggufModels(paths.map((path) => file(path)));
const projectorAmong = (model: string, ...others: string[]): string | undefined => {
  const files = [model, ...others].map((path) => file(path));
  return projectorOf(ggufModels(files)[0]!, files)?.path;
};

test('what is taken from an inner file of a package is what the package exports', () => {
  const types = Object.values(tasks.GGMLFileQuantizationType).filter((type) => typeof type === 'number');
  expect(names.GGMLFileQuantizationType).toEqual(tasks.GGMLFileQuantizationType);
  for (const type of types) {
    const name = `model-${tasks.GGMLFileQuantizationType[type]}.gguf`;
    expect(names.parseGGUFQuantLabel(name)).toBe(tasks.parseGGUFQuantLabel(name));
    expect(names.findNearestQuantType(type, types)).toBe(tasks.findNearestQuantType(type, types));
  }
});

describe('the label of a file', () => {
  const cases: [string, string][] = [
    ['Qwen_Qwen3-1.7B-Q4_K_M.gguf', 'Q4_K_M'],
    ['mistral-7b-instruct-v0.2.Q4_K_M.gguf', 'Q4_K_M'],
    ['llama-3.2-3b-instruct-q4_k_m.gguf', 'Q4_K_M'],
    ['ggml-model-q8_0.gguf', 'Q8_0'],
    ['llama_7b_q4_0.gguf', 'Q4_0'],
    ['model-f16.gguf', 'F16'],
    ['model.fp16.gguf', 'F16'],
    ['model-fp32.gguf', 'F32'],
    ['model-BF16.gguf', 'BF16'],
    ['model-Q3_K.gguf', 'Q3_K'],
    ['model-Q5_K.gguf', 'Q5_K'],
    ['model-Q4_0_4_4.gguf', 'Q4_0_4_4'],
    ['model-IQ4_KSS.gguf', 'IQ4_KSS'],
    ['model-IQ2_KL.gguf', 'IQ2_KL'],
    ['model-IQ1_S_R4.gguf', 'IQ1_S_R4'],
    ['model-fp8.gguf', 'FP8'],
    ['model-Q8_P.gguf', 'Q8_P'],
    ['model.i1-Q4_K_S.gguf', 'Q4_K_S'],
    ['model-TQ1_0.gguf', 'TQ1_0'],
    ['gpt-oss-20b-MXFP4.gguf', 'MXFP4'],
    ['gpt-oss-20b-MXFP4_MOE.gguf', 'MXFP4_MOE'],
    ['model-Q4_K_L.gguf', 'Q4_K_L'],
    ['model-Q4_K_M-imat.gguf', 'Q4_K_M'],
    ['model-UD-Q8_K_XL.gguf', 'UD-Q8_K_XL'],
    ['UD-Q4_K_XL/model-UD-Q4_K_XL-00001-of-00003.gguf', 'UD-Q4_K_XL'],
    ['UD-IQ4_XS/Qwen3.8-Flash-Next-UD-IQ4_XS-00001-of-00003.gguf', 'UD-IQ4_XS'],
    ['Q4_K_M/model.gguf', 'Q4_K_M'],
    ['big.Q6_K.gguf.part1of2', 'Q6_K'],
    ['big.Q8_0.gguf-split-a', 'Q8_0'],
    ['tiny-model.gguf', 'tiny-model'],
    ['sub/other.gguf', 'other'],
  ];
  test.each(cases)('%s is %s', (path, label) => {
    expect(ggufLabel(path)).toBe(label);
  });

  test('a typed quant is brought to the same form, and other words are none', () => {
    expect(['q4_k_m', 'ud-q4_k_xl', 'fp16', 'F16', 'bf16', 'iq2_xxs'].map(readQuant)).toEqual([
      'Q4_K_M',
      'UD-Q4_K_XL',
      'F16',
      'F16',
      'BF16',
      'IQ2_XXS',
    ]);
    expect(['auto', 'latest', 'model', ''].map(readQuant)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('models in a list of files', () => {
  test('the shards of a split file are one model, with the sum of their sizes', () => {
    const found = ggufModels([
      file('Q3_K_M/model-Q3_K_M-00002-of-00003.gguf', 20),
      file('Q3_K_M/model-Q3_K_M-00001-of-00003.gguf', 10),
      file('Q3_K_M/model-Q3_K_M-00003-of-00003.gguf', 30),
      file('model-Q8_0.gguf', 5),
    ]);
    expect(found.map(({ label, bytes, entry }) => ({ label, bytes, entry }))).toEqual([
      { label: 'Q3_K_M', bytes: 60, entry: 'Q3_K_M/model-Q3_K_M-00001-of-00003.gguf' },
      { label: 'Q8_0', bytes: 5, entry: 'model-Q8_0.gguf' },
    ]);
    expect(found[0]?.files.map(({ path }) => path.slice(-14, -5))).toEqual(['-of-00003', '-of-00003', '-of-00003']);
  });

  test('parts made with split and cat are one model too', () => {
    const found = models(
      'big.Q6_K.gguf.part1of2',
      'big.Q6_K.gguf.part2of2',
      'big.Q8_0.gguf-split-a',
      'big.Q8_0.gguf-split-b',
    );
    expect(found.map(({ label, files }) => [label, files.length])).toEqual([
      ['Q6_K', 2],
      ['Q8_0', 2],
    ]);
  });

  test('projectors, importance matrices and draft models are no models', () => {
    const found = models(
      'model-Q4_K_M.gguf',
      'mmproj-model-f16.gguf',
      'model.mmproj-Q8_0.gguf',
      'imatrix.gguf',
      'model-imatrix.gguf',
      'mtp-model-Q8_0.gguf',
      'eagle3-model.gguf',
      'dflash-model-Q4_K_M.gguf',
      'dspark-model.gguf',
      'model.imatrix',
      'imatrix.dat',
    );
    expect(found.map(({ entry }) => entry)).toEqual(['model-Q4_K_M.gguf']);
  });

  test('two models with the same quant are told apart by their paths', () => {
    expect(models('a-7b.Q4_K_M.gguf', 'a-13b.Q4_K_M.gguf', 'a-7b.Q8_0.gguf').map(({ label }) => label)).toEqual([
      'a-7b.Q4_K_M',
      'a-13b.Q4_K_M',
      'Q8_0',
    ]);
  });

  test('Q2_K and Q2_K_L are different models', () => {
    expect(models('m-Q2_K.gguf', 'm-Q2_K_L.gguf').map(({ label }) => label)).toEqual(['Q2_K', 'Q2_K_L']);
  });
});

describe('the projector that comes along', () => {
  test('is the one with the closest number of bits', () => {
    expect(projectorAmong('m-Q8_0.gguf', 'mmproj-F32.gguf', 'mmproj-BF16.gguf', 'mmproj-Q8_0.gguf')).toBe(
      'mmproj-Q8_0.gguf',
    );
    expect(projectorAmong('m-Q4_K_M.gguf', 'mmproj-F32.gguf', 'mmproj-BF16.gguf')).toBe('mmproj-BF16.gguf');
  });
  test('is the first listed of equals', () => {
    expect(projectorAmong('m-Q4_K_M.gguf', 'mmproj-BF16.gguf', 'mmproj-F16.gguf')).toBe('mmproj-BF16.gguf');
  });
  test("is rather the deepest on the model's own path", () => {
    expect(projectorAmong('Q3_K_M/m-Q3_K_M-00001-of-00002.gguf', 'mmproj-Q3_K.gguf', 'Q3_K_M/mmproj-F32.gguf')).toBe(
      'Q3_K_M/mmproj-F32.gguf',
    );
  });
  test("is never one from another model's folder", () => {
    expect(projectorAmong('a/m-Q4_K_M.gguf', 'b/mmproj-F16.gguf')).toBeUndefined();
    expect(projectorAmong('a/m-Q4_K_M.gguf', 'b/mmproj-F16.gguf', 'mmproj-F32.gguf')).toBe('mmproj-F32.gguf');
  });
});

describe('without a wish', () => {
  test('Q4_K_M is usual, then Q8_0, then the first listed', () => {
    expect(usualGguf(models('m-Q2_K.gguf', 'm-Q8_0.gguf', 'm-Q4_K_M.gguf'))?.label).toBe('Q4_K_M');
    expect(usualGguf(models('m-Q2_K.gguf', 'm-Q8_0.gguf', 'm-Q4_K_S.gguf'))?.label).toBe('Q8_0');
    expect(usualGguf(models('m-Q2_K.gguf', 'm-Q3_K_M.gguf'))?.label).toBe('Q2_K');
    expect(
      usualGguf(models('m-Q4_K_M-00001-of-00002.gguf', 'm-Q4_K_M-00002-of-00002.gguf', 'm-Q2_K.gguf'))?.label,
    ).toBe('Q4_K_M');
    expect(usualGguf([])).toBeUndefined();
  });

  test('the nearest four-bit model is the next smaller than Q4_K_M, and plain before dynamic', () => {
    expect(fourBitGguf(models('m-UD-Q4_K_XL.gguf', 'm-Q4_K_M.gguf', 'm-Q4_0.gguf'))?.label).toBe('Q4_K_M');
    expect(fourBitGguf(models('m-Q4_0.gguf', 'm-Q4_K_S.gguf', 'm-Q8_0.gguf'))?.label).toBe('Q4_K_S');
    expect(fourBitGguf(models('m-UD-Q4_K_M.gguf', 'm-Q4_K_M.gguf'))?.label).toBe('Q4_K_M');
    expect(fourBitGguf(models('m-UD-Q4_K_XL.gguf', 'm-Q8_0.gguf'))?.label).toBe('UD-Q4_K_XL');
    expect(fourBitGguf(models('m-IQ4_KSS.gguf', 'm-Q8_0.gguf'))?.label).toBe('IQ4_KSS');
    expect(fourBitGguf(models('m-Q8_0.gguf', 'llama-4.gguf'))).toBeUndefined();
  });
});
