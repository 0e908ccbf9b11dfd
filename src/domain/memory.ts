import { z } from 'zod';

/** The memory of the machine whose disk a model is to lie on, in bytes. */
export const memorySchema = z.object({
  totalBytes: z.number(),
  /** Not used by anything right now. */
  freeBytes: z.number(),
  /** Of graphics cards whose memory is known; each with all that it has. */
  gpus: z.array(z.object({ name: z.string(), totalBytes: z.number() })).readonly(),
});
export type Memory = Readonly<z.infer<typeof memorySchema>>;

/** Beside its weights a loaded model keeps what it has read so far, and what it computes with: for short texts about so much. */
const BESIDE_WEIGHTS = 0.2;

/** Where a model can be loaded: on the graphics cards alone, with the help of the machine's memory, or not at all. */
export type MemoryFit = 'gpu' | 'memory' | 'none';

/** What all graphics cards have together: programs part the layers of a model among them. */
export const gpuBytes = ({ gpus }: Memory): number => gpus.reduce((sum, { totalBytes }) => sum + totalBytes, 0);

/** Whether weights of this size fit, with a fifth more for what loading them takes; by all the memory there is, free or not. */
export const memoryFit = (memory: Memory, weightBytes: number): MemoryFit => {
  const needed = weightBytes * (1 + BESIDE_WEIGHTS);
  const onGpus = gpuBytes(memory);
  if (needed <= onGpus) return 'gpu';
  return needed <= memory.totalBytes + onGpus ? 'memory' : 'none';
};
