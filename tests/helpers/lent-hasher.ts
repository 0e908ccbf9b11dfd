import { createHasher, type GrowingHash, type Hasher } from '../../src/transfer/files/hasher.ts';

/** One thread hashes for all tests of a worker: to start one takes 34 ms of the processor, and hundreds of tests fetch something. */
const SHARED = createHasher(60_000);

/** What hashes, and is closed for its borrower alone. */
export const lendHasher = (): Hasher => {
  const open = new Set<GrowingHash>();
  return {
    begin: (path, size, etag) => {
      const hash = SHARED.begin(path, size, etag);
      const ends = (): void => void open.delete(hash);
      open.add(hash);
      hash.digest.then(ends, ends);
      return hash;
    },
    close: async () => {
      for (const hash of open) hash.drop();
    },
  };
};
