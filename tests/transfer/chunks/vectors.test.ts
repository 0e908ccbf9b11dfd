import { describe, expect, it } from 'vitest';
import { measure } from '../../../playground/hub/cas/measure.ts';
import { givenContent } from '../../../playground/hub/repos/content.ts';
import { wovenContent } from '../../../playground/hub/repos/woven-content.ts';
import { CUTS, EARLY_MATCH } from '../../../playground/tests/hub/cas/vectors.ts';
import { createCutter } from '../../../src/transfer/chunks/cutter.ts';

const lengthsOf = (bytes: Buffer, piece = bytes.length): number[] => {
  const cutter = createCutter();
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    cutter.push(bytes.subarray(at, at + piece), (length) => lengths.push(length));
  }
  return cutter.rest() > 0 ? [...lengths, cutter.rest()] : lengths;
};

const endsOf = (lengths: readonly number[]): number[] => {
  let end = 0;
  return lengths.map((length) => (end += length));
};

describe('what is published of cuts', () => {
  it.each(CUTS)('holds here, too: $name', ({ bytes, ends }) => {
    expect(endsOf(lengthsOf(bytes()))).toEqual(ends);
  });

  it.each([3 * 1024 * 1024, 4096])(
    'holds where the hash says cut shortly before the least length: %i bytes at a time',
    (piece) => {
      const lengths = lengthsOf(EARLY_MATCH.bytes(), piece);
      expect(lengths).toHaveLength(EARLY_MATCH.chunks);
      expect(lengths[EARLY_MATCH.index]).toBe(EARLY_MATCH.length);
    },
  );
});

describe('files are cut as the stand-in of the storage cuts them', () => {
  it.each([
    ['noise', wovenContent({ seed: 'cut', size: 5_000_003 })],
    ['numbers', wovenContent({ seed: 'cut', size: 3_000_001, like: 'numbers' })],
    ['nothing', givenContent(Buffer.alloc(1_000_000))],
    ['a few bytes', givenContent('abc')],
  ])('%s', (_, content) => {
    const { chunks } = measure(content);
    expect(lengthsOf(content.read(0, content.size), 70_001)).toEqual(chunks.map(({ length }) => length));
  });
});
