import { createCipheriv, createHash } from 'node:crypto';
import { type Content, generatedContent, givenContent, type Recipe, type WovenContent } from './content.ts';

/** Of AES. */
const BLOCK = 16;

/** 16-bit floats near one (bfloat16, little-endian): the low byte is any, the high one of four. */
const asNumbers = (bytes: Buffer): void => {
  for (let at = 1; at < bytes.length; at += 2) bytes[at] = 0x3c + ((bytes[at] ?? 0) & 3);
};

/** Of a seed's endless row of bytes so many are made at a time… */
const STRETCH = 2 ** 20;
/** …and so many such stretches are kept: tests publish the same few megabytes over and over, a little changed. */
const KEPT_MOST = 32;
const kept = new Map<string, Buffer>();

/** A stretch of the keystream of AES-128 in counter mode, keyed by the seed: each is as quick to have as the first. */
const stretchOf = (seed: string, like: 'noise' | 'numbers', number: number): Buffer => {
  const name = `${like} ${number} ${seed}`;
  const known = kept.get(name);
  if (known) return known;
  const key = createHash('sha256').update(seed).digest().subarray(0, BLOCK);
  const counter = Buffer.alloc(BLOCK);
  counter.writeBigUInt64BE(BigInt((number * STRETCH) / BLOCK), 8);
  const bytes = createCipheriv('aes-128-ctr', key, counter).update(Buffer.alloc(STRETCH));
  if (like === 'numbers') asNumbers(bytes);
  kept.set(name, bytes);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_MOST && oldest !== undefined) kept.delete(oldest);
  return bytes;
};

export const wovenContent = (made: WovenContent): Content => {
  const { seed, size, from = 0, like = 'noise' } = made;
  const read = (start: number, end: number): Buffer => {
    const bytes = Buffer.allocUnsafe(Math.max(0, end - start));
    for (let at = 0; at < bytes.length; ) {
      const place = from + start + at;
      const inStretch = place % STRETCH;
      at += stretchOf(seed, like, (place - inStretch) / STRETCH).copy(bytes, at, inStretch);
    }
    return bytes;
  };
  return { size, recipe: { kind: 'woven', ...made }, key: `${like} ${seed} ${from} ${size}`, read };
};

const nameOf = ({ key, size, read }: Content): string => key ?? createHash('sha1').update(read(0, size)).digest('hex');

type Readable = Pick<Content, 'size' | 'read'>;

/** The bytes of several things, one thing after the other. */
export const readJoined = (parts: readonly Readable[]): Readable => ({
  size: parts.reduce((sum, part) => sum + part.size, 0),
  read: (start, end) => {
    const pieces: Buffer[] = [];
    let begin = 0;
    for (const part of parts) {
      const [first, last] = [Math.max(start, begin) - begin, Math.min(end, begin + part.size) - begin];
      if (first < last) pieces.push(part.read(first, last));
      begin += part.size;
    }
    const [only] = pieces;
    return pieces.length === 1 && only ? only : Buffer.concat(pieces);
  },
});

/** One content after the other. */
export const joinedContent = (parts: readonly Content[]): Content => {
  const { size, read } = readJoined(parts);
  const key = createHash('sha1').update(parts.map(nameOf).join('\n')).digest('hex');
  return { size, recipe: { kind: 'joined', parts: parts.map((part) => part.recipe) }, key: `joined ${key}`, read };
};

/** The bytes that a recipe makes; in every thread the same. */
export const contentOf = (recipe: Recipe): Content => {
  if (recipe.kind === 'generated') return generatedContent(recipe);
  if (recipe.kind === 'given') return givenContent(recipe.bytes);
  if (recipe.kind === 'woven') return wovenContent(recipe);
  return joinedContent(recipe.parts.map(contentOf));
};
