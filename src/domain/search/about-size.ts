import type { UsualSize } from './hit.ts';

/** What a search answer tells of the sizes of a repository, none of it exact. */
export interface ToldSizes {
  /** Of its safetensors: how many parameters of each type (`BF16`, `F32`). */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Of its GGUF files: how many parameters, whatever the quantization. */
  readonly ggufParameters?: number;
  /** All that the repository takes on the Hub, older commits too. */
  readonly storedBytes?: number;
}

/** Types of the safetensors format that are not 16 bits wide; packed ones are counted as the Hub counts them. */
const BITS: readonly (readonly [RegExp, number])[] = [
  [/64$/, 64],
  [/32$/, 32],
  [/16$/, 16],
  [/^(?:F8|I8|U8|BOOL)/, 8],
  [/^(?:F4|I4|U4)/, 4],
];
const USUAL_BITS = 16;

/** Bits a weight of Q4_K_M, which is what a GGUF repository is usually taken for (llama.cpp, `quantize`). */
const Q4_K_M_BITS = 4.85;

const bitsOf = (type: string): number => BITS.find(([form]) => form.test(type))?.[1] ?? USUAL_BITS;

/** What the usual choice takes, as far as what was told lets that be guessed; undefined if it does not. */
export const aboutSize = ({ parameters, ggufParameters, storedBytes }: ToldSizes): UsualSize | undefined => {
  const bits = Object.entries(parameters ?? {}).reduce((sum, [type, amount]) => sum + amount * bitsOf(type), 0);
  if (bits > 0) return { kind: 'about', bytes: Math.round(bits / 8) };
  if (ggufParameters) return { kind: 'about', bytes: Math.round((ggufParameters * Q4_K_M_BITS) / 8) };
  return storedBytes ? { kind: 'most', bytes: storedBytes } : undefined;
};
