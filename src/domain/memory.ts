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

/** Where so many bytes fit that are all there is to be loaded; by all the memory there is, free or not. */
export const fitOfBytes = (memory: Memory, neededBytes: number): MemoryFit => {
  const onGpus = gpuBytes(memory);
  if (neededBytes <= onGpus) return 'gpu';
  return neededBytes <= memory.totalBytes + onGpus ? 'memory' : 'none';
};

/** What weights of this size come to with a fifth more, for all that loading them takes. */
export const withBeside = (weightBytes: number): number => weightBytes * (1 + BESIDE_WEIGHTS);

/** Whether weights of this size fit, with a fifth more for what loading them takes. */
export const memoryFit = (memory: Memory, weightBytes: number): MemoryFit =>
  fitOfBytes(memory, withBeside(weightBytes));
