import { expect, test } from 'vitest';
import { isPreferredQuantized } from '../../src/domain/pulls/pull-job.ts';
import { selectionKey } from '../../src/domain/files/selection.ts';

const of = (quantize: string): boolean | null =>
  isPreferredQuantized({ selection: selectionKey({ quantize, include: [], exclude: [] }) });

test.each([
  'Q4_K_M',
  'UD-Q4_K_XL',
  'IQ2_XXS',
  'TQ1_0',
  'MXFP4',
  'FP8',
  'I8',
  'q4',
  'q8',
  'int8',
  'uint8',
  'q4f16',
  'bnb4',
  'quantized',
])('%s is loaded as quantized weights', (quantize) => expect(of(quantize)).toBe(true));

test.each(['auto', 'no', 'all', 'latest', 'fp16', 'fp32', 'F16', 'BF16', 'F32', 'UD-BF16', 'onnx', 'v4'])(
  '%s is not',
  (quantize) => expect(of(quantize)).toBe(false),
);

test('nobody knows before the files were chosen', () => {
  expect(isPreferredQuantized({ selection: null })).toBeNull();
});
