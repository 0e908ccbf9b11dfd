/** Memory for bytes on their way from a socket to the disk: a fixed number of buffers, used again and again. */
export interface Buffers {
  /** A buffer, or undefined if all are in use. */
  readonly take: () => Buffer | undefined;
  readonly giveBack: (buffer: Buffer) => void;
  /** Calls back once when one may be free. */
  readonly whenFree: (callback: () => void) => void;
}

/**
 * One core reads into it, and another writes what was read: twice as much, for each of many connections, has left all caches
 * by then, and the copy into the page cache took half of all the processor's time. Half as much costs more calls than it saves.
 */
const BUFFER_BYTES = 256 * 1024;

/** @param most how many there may be; made when needed, kept for the next */
export const createBuffers = (most: number): Buffers => {
  const free: Buffer[] = [];
  const waiting = new Set<() => void>();
  let made = 0;
  return {
    take: () => {
      const buffer = free.pop();
      if (buffer || made >= most) return buffer;
      made += 1;
      return Buffer.allocUnsafeSlow(BUFFER_BYTES);
    },
    giveBack: (buffer) => {
      free.push(buffer);
      const all = [...waiting];
      waiting.clear();
      // Whoever finds none again waits again.
      for (const callback of all) callback();
    },
    whenFree: (callback) => {
      waiting.add(callback);
    },
  };
};
