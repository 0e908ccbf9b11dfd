import { describe, expect, it } from 'vitest';
import { createCutter } from '../../../src/transfer/chunks/cutter.ts';

/** SplitMix64, as the reference's tests fill their data (huggingface/xet-core, xet_data/src/deduplication/chunking.rs). */
const splitmix = (bytes: number, seed: bigint): Buffer => {
  const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
  const data = Buffer.alloc(bytes + 8);
  let state = seed;
  for (let at = 0; at < bytes; at += 8) {
    state = wrap(state + 0x9e3779b97f4a7c15n);
    let value = wrap((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    value = wrap((value ^ (value >> 27n)) * 0x94d049bb133111ebn);
    data.writeBigUInt64LE(value ^ (value >> 31n), at);
  }
  return data.subarray(0, bytes);
};

/** Where chunks end. @param piece so many bytes come at a time */
const endsIn = (data: Buffer, piece = data.length): number[] => {
  const cutter = createCutter();
  const ends: number[] = [];
  let end = 0;
  const whenCut = (length: number): void => {
    end += length;
    ends.push(end);
  };
  for (let at = 0; at < data.length; at += piece) cutter.push(data.subarray(at, at + piece), whenCut);
  return cutter.rest() > 0 ? [...ends, end + cutter.rest()] : ends;
};

/** A pattern at the end of which the hash is a cut's, of the same tests: it comes again and again, with so many zeros between. */
const PATTERN = Buffer.from(
  '9a342a229f4b7ee046ec0cc44fecb27c7f3263b22cb0ae7efaebcdaefc7a230a1465d645c10873699ee4786f88a2c6fbd3b7fdfca4933f10baa27517aa24cdbbae4cd2aed3af0cad913b0246deb59fe3b69cbd33e26a1832b79d8c0a0817d4460aea1721dbfe27ec4631bf7409730f651a9fa5dc0faa387d5ca35eeb26283151',
  'hex',
);
const hitting = (zeros: number): Buffer => Buffer.alloc(65_536, Buffer.concat([PATTERN, Buffer.alloc(zeros)]));

describe('content is cut as the reference cuts it', () => {
  it('where it is random', () => {
    const data = splitmix(1_000_000, 0n);
    expect([data[0], data[127], data[111_111]]).toEqual([175, 132, 118]);
    const ends = [
      84493, 134421, 144853, 243318, 271793, 336457, 467529, 494581, 582000, 596735, 616815, 653164, 678202, 724510,
      815591, 827760, 958832, 991092, 1000000,
    ];
    expect(endsIn(data)).toEqual(ends);
  });

  it('where there is nothing to cut at: at the longest that a chunk may be', () => {
    const ends = [131072, 262144, 393216, 524288, 655360, 786432, 917504, 1000000];
    expect(endsIn(Buffer.alloc(1_000_000, 59))).toEqual(ends);
  });

  it.each([
    [0, 236, [8256, 16448, 24640, 32832, 41024, 49216, 57408, 65536]],
    [2, 36, [8254, 16574, 24894, 33214, 41534, 49854, 58174, 65536]],
    [38, 0, [8198, 16498, 24798, 33098, 41398, 49698, 57998, 65536]],
    [45, 105, [8195, 16499, 24803, 33107, 41411, 49715, 58019, 65536]],
    [63, 101, [8277, 16490, 24703, 32916, 41129, 49342, 57555, 65536]],
    [86, 0, [8196, 16542, 24888, 33234, 41580, 49926, 58272, 65536]],
    [111, 170, [8429, 16794, 25159, 33524, 41889, 50254, 58619, 65536]],
    [126, 0, [8192, 16574, 24956, 33338, 41720, 50102, 58484, 65536]],
  ])(
    'where it may be cut all the time, %i zeros apart: not before the least that a chunk may be',
    (zeros, sample, ends) => {
      const data = hitting(zeros);
      expect(data[11_111]).toBe(sample);
      expect(endsIn(data)).toEqual(ends);
    },
  );

  it.each([1, 37, 255, 65_537])('however it comes: %i bytes at a time', (piece) => {
    for (const data of [splitmix(256_000, 1n), hitting(126)]) expect(endsIn(data, piece)).toEqual(endsIn(data));
  });
});
