import type { RepoFile } from '../../listing.ts';
import { type GgufModel, ggufSides, readQuant } from '../gguf.ts';

const bareQuant = (quant: string): string => quant.toLowerCase().replace(/^ud-/, '');

const AROUND_TAG = ['-', '.', '_', '/'].flatMap((before) => ['.', '-'].map((after) => [before, after] as const));

const isFile = ({ entry }: GgufModel, asked: string): boolean =>
  [asked, `${asked}.gguf`].includes(entry.slice(entry.lastIndexOf('/') + 1).toLowerCase());

/** Ways to understand a label, the strictest first; the first that fits any model decides. */
const READINGS: readonly ((model: GgufModel, asked: string) => boolean)[] = [
  ({ label }, asked) => label.toLowerCase() === asked,
  ({ quant }, asked) => quant.toLowerCase() === asked,
  isFile,
  // As llama.cpp's `-hf`: the tag anywhere in the path, before a dot or a dash; but F16 does not mean BF16.
  ({ entry }, asked) =>
    AROUND_TAG.some(([before, after]) => `/${entry}`.toLowerCase().includes(before + asked + after)),
  ({ quant }, asked) => bareQuant(quant) === bareQuant(asked),
  // As the Hub's pages for Ollama: Q8 where there is only Q8_0.
  ({ quant }, asked) => bareQuant(quant).startsWith(`${bareQuant(asked)}_`),
];

/** All GGUF models that a label, a quant or a file name means; what lies beside them only by its whole name. */
export const ggufNamed = (
  files: readonly RepoFile[],
  models: readonly GgufModel[],
  name: string,
): readonly GgufModel[] => {
  const asked = (readQuant(name) ?? name).toLowerCase();
  const sides = ggufSides(files);
  for (const reads of READINGS) {
    const named = (models.length > 0 ? models : sides).filter((model) => reads(model, asked));
    if (named.length > 0) return named;
  }
  return sides.filter((side) => isFile(side, asked));
};
