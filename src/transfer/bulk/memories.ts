import { PREFIX_BYTES } from './connections.ts';

/** Most small files are much smaller than the largest. */
const LENGTHS = [4096, 32_768, 131_072] as const;

/** Memory for bodies, each with room for a prefix: that of files that have come is for the next ones. */
export interface Memories {
  /** @param size of the body, in bytes */
  readonly take: (size: number) => Buffer;
  readonly giveBack: (memory: Buffer) => void;
  /** Nobody needs any for now. */
  readonly forget: () => void;
}

/** None is made before it is needed. */
export const createMemories = (): Memories => {
  const free = new Map<number, Buffer[]>(LENGTHS.map((length) => [length, []]));
  return {
    take: (size) => {
      const length = LENGTHS.find((one) => size <= one) ?? size;
      return free.get(length)?.pop() ?? Buffer.allocUnsafeSlow(PREFIX_BYTES + length);
    },
    giveBack: (memory) => void free.get(memory.length - PREFIX_BYTES)?.push(memory),
    forget: () => free.forEach((all) => all.splice(0)),
  };
};
