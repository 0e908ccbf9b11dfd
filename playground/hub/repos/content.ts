import { createHash } from 'node:crypto';

/** How bytes are made, in a form that crosses to another thread (see `contentOf`). */
export type Recipe =
  | ({ readonly kind: 'generated' } & GeneratedContent)
  | { readonly kind: 'given'; readonly bytes: Uint8Array }
  | ({ readonly kind: 'woven' } & WovenContent)
  | { readonly kind: 'joined'; readonly parts: readonly Recipe[] };

/** The bytes of one file: any range of them at any time, always the same. */
export interface Content {
  readonly size: number;
  readonly recipe: Recipe;
  /** Names these bytes: equal keys mean equal bytes. Undefined for bytes that were given, not generated. */
  readonly key: string | undefined;
  /** A buffer of its own with the bytes from `start` up to, not including, `end`. */
  readonly read: (start: number, end: number) => Buffer;
}

const BLOCK = 65_536;
const PAGE = 4096;
const HASH_CHUNK = 1 << 20;

/** A stretch of bytes of which no part comes twice, as the weights of a model are. */
export interface WovenContent {
  readonly seed: string;
  readonly size: number;
  /** The first byte's place in the seed's endless row of bytes; 0 unless said otherwise. */
  readonly from?: number | undefined;
  /** `numbers`: as 16-bit floats near one, which become smaller when their bytes are grouped; `noise` does not get smaller. */
  readonly like?: 'noise' | 'numbers' | undefined;
}

/** Pseudo-random bytes (xorshift32), twice as long as a block so that every file can begin at another place in it. */
const BASE = ((): Buffer => {
  const words = new Uint32Array((2 * BLOCK) / 4);
  let state = 0x9e3779b9;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return Buffer.from(words.buffer);
})();

export interface GeneratedContent {
  readonly seed: string;
  readonly size: number;
  /** Lies over the first bytes: the header that makes it a file of its format. */
  readonly head?: Uint8Array | undefined;
}

/**
 * Bytes that depend on the seed and on the offset: the base block over and over, and at the start of each 4096 bytes the
 * seed's number and the page's. A range that was put in another place, or taken from another file, changes the hash.
 */
export const generatedContent = (made: GeneratedContent): Content => {
  const { seed, size, head } = made;
  const digest = createHash('sha256').update(seed).digest();
  const shift = digest.readUInt32LE(0) % BLOCK;
  const number = digest.readUInt32LE(4);

  const read = (start: number, end: number): Buffer => {
    const from = start - (start % PAGE);
    const pages = Buffer.allocUnsafe(Math.ceil((end - from) / PAGE) * PAGE);
    for (let at = 0; at < pages.length; ) {
      const inBlock = (from + at) % BLOCK;
      at += BASE.copy(pages, at, shift + inBlock, shift + BLOCK);
    }
    for (let at = 0; at < pages.length; at += PAGE) {
      pages.writeUInt32LE(number, at);
      pages.writeUInt32LE((from + at) / PAGE, at + 4);
    }
    if (head && from < head.length) pages.set(head.subarray(from, from + pages.length));
    return pages.subarray(start - from, end - from);
  };
  const headKey = head ? ` ${createHash('sha1').update(head).digest('hex').slice(0, 8)}` : '';
  return { size, recipe: { kind: 'generated', ...made }, key: `${seed} ${size}${headKey}`, read };
};

/** Bytes as they were given; text becomes UTF-8. */
export const givenContent = (content: string | Uint8Array): Content => {
  const bytes = Buffer.from(content);
  return {
    size: bytes.length,
    recipe: { kind: 'given', bytes },
    key: undefined,
    read: (start, end) => Buffer.from(bytes.subarray(start, end)),
  };
};

const hash = (algorithm: string, prefix: string, content: Content): string => {
  const digest = createHash(algorithm).update(prefix);
  for (let at = 0; at < content.size; at += HASH_CHUNK) {
    digest.update(content.read(at, Math.min(at + HASH_CHUNK, content.size)));
  }
  return digest.digest('hex');
};

export const sha256Of = (content: Content): string => hash('sha256', '', content);

/** What git calls a file with these bytes. */
export const gitSha1Of = (content: Content): string => hash('sha1', `blob ${content.size}\0`, content);
