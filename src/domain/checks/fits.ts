import { z } from 'zod';
import { fitOfBytes, gpuBytes, type Memory, withBeside } from '../memory.ts';

/** How much memory a model takes, and how much there is, in bytes. */
export const fitsSchema = z.object({
  neededBytes: z.number().nonnegative(),
  /** For so much text at once; without it, it has no such thing, or nobody can tell. */
  contextTokens: z.int().positive().optional(),
  /** More was asked for than it was made for. */
  isLongest: z.boolean().optional(),
  where: z.enum(['gpu', 'memory', 'none']),
  memoryBytes: z.number().nonnegative(),
  gpuBytes: z.number().nonnegative(),
  /** Of `memoryBytes`, not used by anything when it was checked. */
  freeBytes: z.number().nonnegative(),
});
export type Fits = Readonly<z.infer<typeof fitsSchema>>;

/** What headers say of the memory that a model takes. */
export const needSchema = z.object({
  weightBytes: z.number().nonnegative(),
  /** What it remembers of each token of a text, in bytes; undefined: nobody can tell. */
  bytesPerToken: z.number().nonnegative().optional(),
  /** What it remembers besides of each of the last so many tokens, where some of it looks back no further. */
  windowed: z.object({ bytesPerToken: z.number().positive(), tokens: z.number().positive() }).optional(),
  /** The longest text that it was made for, in tokens. */
  contextMost: z.number().positive().optional(),
});
export type Need = Readonly<z.infer<typeof needSchema>>;

/** A text of some pages; what llama.cpp and vLLM are usually started with is of that order. */
export const USUAL_CONTEXT = 4096;
/** More than any model reads at once. */
export const CONTEXT_MOST = 10_000_000;
/** What is computed with, and the program itself, beside weights and cache. */
const WORKING_SHARE = 0.1;

/**
 * The memory that a model takes for a text of this length, against all that there is. Where nothing is known of what it keeps for
 * each token, a fifth of the weights stands for all that comes beside them.
 */
export const fitsIn = (
  memory: Memory,
  { weightBytes, bytesPerToken, windowed, contextMost = Infinity }: Need,
  wanted: number = USUAL_CONTEXT,
): Fits => {
  const contextTokens = Math.max(1, Math.min(wanted, Math.floor(contextMost)));
  const isKnown = bytesPerToken !== undefined;
  const windowBytes = windowed ? Math.min(contextTokens, windowed.tokens) * windowed.bytesPerToken : 0;
  const neededBytes = Math.round(
    isKnown ? weightBytes * (1 + WORKING_SHARE) + contextTokens * bytesPerToken + windowBytes : withBeside(weightBytes),
  );
  return {
    neededBytes,
    ...(isKnown ? { contextTokens, ...(contextTokens < wanted ? { isLongest: true } : {}) } : {}),
    where: fitOfBytes(memory, neededBytes),
    memoryBytes: memory.totalBytes,
    gpuBytes: gpuBytes(memory),
    freeBytes: memory.freeBytes,
  };
};
