import { expect, it } from 'vitest';
import { aboutSize, type ToldSizes } from '../../src/domain/search/about-size.ts';

/** Sizes of files on the Hub, and what its search tells of the repositories that they lie in. */
const REAL: readonly (readonly [string, ToldSizes, number])[] = [
  ['gpt2, model.safetensors', { parameters: { F32: 137_022_720 }, storedBytes: 5_600_000_000 }, 548_105_171],
  ['Mistral-7B-Instruct-v0.2-GGUF, Q4_K_M', { ggufParameters: 7_241_732_096 }, 4_368_439_584],
  ['TinyLlama-1.1B-Chat-v1.0-GGUF, Q4_K_M', { ggufParameters: 1_100_048_384 }, 668_788_096],
];

it.each(REAL)('is near what the usual choice takes: %s', (_name, told, bytes) => {
  const about = aboutSize(told);
  expect(about?.kind).toBe('about');
  expect(Math.abs((about?.bytes ?? 0) - bytes) / bytes).toBeLessThan(0.02);
});

it('counts each type by its width', () => {
  const parameters = { BF16: 100, F32: 10, F8_E4M3: 8, F4: 16, UNKNOWN: 1 };
  expect(aboutSize({ parameters })?.bytes).toBe(200 + 40 + 8 + 8 + 2);
});

it('is at most all there is where nothing else is told, and nothing where nothing is', () => {
  expect(aboutSize({ storedBytes: 12 })).toEqual({ kind: 'most', bytes: 12 });
  expect(aboutSize({ parameters: {}, ggufParameters: 0, storedBytes: 0 })).toBeUndefined();
  expect(aboutSize({})).toBeUndefined();
});
