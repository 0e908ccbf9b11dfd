/* domain/chunks: which chunks a file is put together from. */

/**
 * A stretch of a file as the Hub's storage by chunks keeps it: chunks that follow each other in one xorb, and in the file. All of
 * them, one after the other, are the file (huggingface.co/docs/xet/download-protocol).
 */
export interface Term {
  /** 64 hex: the bundle that the chunks lie in. */
  readonly xorb: string;
  /** Which of its chunks: `start` is among them, `end` is not. */
  readonly start: number;
  readonly end: number;
  /** How long they are together, unpacked. */
  readonly bytes: number;
}

/** A chunk is no longer (huggingface.co/docs/xet/chunking). */
export const CHUNK_MOST_BYTES = 128 * 1024;

/** Whether these can be all of a file of that size. */
export const areTermsOf = (terms: readonly Term[], size: number): boolean => {
  let sum = 0;
  for (const { start, end, bytes } of terms) {
    const chunks = end - start;
    if (start < 0 || chunks <= 0 || bytes < chunks || bytes > chunks * CHUNK_MOST_BYTES) return false;
    sum += bytes;
  }
  return sum === size;
};
