import { createHash } from 'node:crypto';
import { fileHash, hashToHex, hexToBytes, xorbHash } from '@huggingface/xetchunk-wasm';
import { describe, expect, it } from 'vitest';
import { CHUNK, createCutter } from '../../../hub/cas/cuts.ts';
import { chunkHash, measure } from '../../../hub/cas/measure.ts';
import { packLz4 } from '../../../hub/cas/lz4.ts';
import { groupBytes, headerOf, packChunk, SCHEMES } from '../../../hub/cas/packing.ts';
import { givenContent } from '../../../hub/repos/content.ts';
import { wovenContent } from '../../../hub/repos/woven-content.ts';
import { CHUNK_HASHES, CUTS, EARLY_MATCH, HEADER, HELLO, LZ4_FRAMES, splitMix64, TREES } from './vectors.ts';

/** Where chunks end, if the bytes come in slices of this length. */
const endsOf = (bytes: Buffer, slice = bytes.length): number[] => {
  const cutter = createCutter();
  const ends: number[] = [];
  for (let from = 0; from < bytes.length; from += slice) {
    const until = Math.min(bytes.length, from + slice);
    for (let at = from; at < until; ) {
      const length = cutter.next(bytes.subarray(at, until));
      if (length !== undefined) ends.push(at + length);
      at += length ?? until - at;
    }
  }
  return ends.at(-1) === bytes.length ? ends : [...ends, bytes.length];
};

describe('boundaries of chunks', () => {
  it.each(CUTS)('are those of xet-core: $name', ({ bytes, sha256, ends }) => {
    const data = bytes();
    const hash = createHash('sha256').update(data).digest('hex');
    expect(hash).toBe(sha256 ?? hash);
    expect(endsOf(data)).toEqual(ends);
  });

  it.each([1, 37, 255, 4096, 65_537])('do not depend on how the bytes come: %d at a time', (slice) => {
    const data = splitMix64(256_000, 1n);
    expect(endsOf(data, slice)).toEqual(endsOf(data));
  });

  it('are not before the least length, nor missed after a match there', () => {
    const { chunks } = measure(givenContent(EARLY_MATCH.bytes()));
    expect(chunks).toHaveLength(EARLY_MATCH.chunks);
    expect(chunks[EARLY_MATCH.index]).toMatchObject({ length: EARLY_MATCH.length, hash: EARLY_MATCH.hash });
    expect(chunks.slice(0, -1).every(({ length }) => length >= CHUNK.least && length <= CHUNK.most)).toBe(true);
  });
});

describe('hashes', () => {
  it('of a chunk and how it is written are those of the draft', () => {
    const hash = chunkHash(HELLO.bytes());
    expect(Buffer.from(hash).toString('hex')).toBe(HELLO.raw);
    expect(hashToHex(hash)).toBe(HELLO.hash);
  });

  it('of chunks are those of xet-core', () => {
    expect(measure(givenContent(splitMix64(1_000_000, 0n))).chunks.map(({ hash }) => hash)).toEqual(CHUNK_HASHES);
  });

  it.each(TREES)('of xorbs and files are those of xet-core: $xorb', ({ chunks, xorb, file }) => {
    const list = chunks.map(([hash, length]) => ({ hash: hexToBytes(hash), length }));
    expect(hashToHex(xorbHash(list))).toBe(xorb);
    expect(hashToHex(fileHash(list))).toBe(file);
  });
});

describe('a chunk in a xorb', () => {
  it('has the header that xet-core writes', () => {
    const header = headerOf({ scheme: HEADER.scheme, bytes: Buffer.alloc(HEADER.packed) }, HEADER.unpacked);
    expect(header.toString('hex')).toBe(HEADER.hex);
  });

  it.each(LZ4_FRAMES)('is packed by LZ4 as the reference program does: $text', ({ text, hex }) => {
    expect(packLz4(Buffer.from(text)).toString('hex')).toBe(hex);
  });

  it('has its bytes grouped by their place in each four', () => {
    expect(groupBytes(Buffer.from('A1B1C1D1A2B2C2D2', 'hex')).toString('hex')).toBe('a1a2b1b2c1c2d1d2');
    expect(groupBytes(Buffer.from('A1B1C1D1A2B2C2', 'hex')).toString('hex')).toBe('a1a2b1b2c1c2d1');
    expect(groupBytes(Buffer.from('A1B1C1D1A2', 'hex')).toString('hex')).toBe('a1a2b1c1d1');
  });

  it.each([
    ['noise', wovenContent({ seed: 'n', size: 65_536 }), SCHEMES.none],
    ['numbers', wovenContent({ seed: 'n', size: 65_536, like: 'numbers' }), SCHEMES.groupedLz4],
    ['words', givenContent('The quick brown fox jumps over the lazy dog. '.repeat(1000)), SCHEMES.lz4],
  ])('is packed as suits it: %s', (_, content, scheme) => {
    const packed = packChunk(content.read(0, content.size));
    expect(packed.scheme).toBe(scheme);
    expect(packed.bytes.length).toBeLessThanOrEqual(content.size);
  });
});
